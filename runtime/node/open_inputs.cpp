// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/open_inputs.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/node/kafka_start.hpp"

namespace aisle::node {
namespace {

std::expected<run_inputs, base::diagnostics> open_inputs_once(const topology::plan& plan,
                                                              const run_options& options) {
  const auto schemas = registry_for(plan, options.registry);
  if (!schemas) {
    return std::unexpected{schemas.error()};
  }
  auto tables = load_tables(plan, options.kafka, *schemas);
  if (!tables) {
    return std::unexpected{std::move(tables.error())};
  }
  auto sources = open_sources(plan, !options.bounded, options.kafka, *schemas);
  if (!sources) {
    return std::unexpected{std::move(sources.error())};
  }
  return run_inputs{*std::move(tables), *std::move(sources)};
}

}  // namespace

std::expected<std::optional<run_inputs>, run_error> open_inputs(const topology::plan& plan,
                                                                const run_options& options) {
  const auto tell = [&](const std::string& text) {
    options.notice ? options.notice(text) : void();
  };
  while (true) {
    const auto reached = reach_brokers(plan, options);
    if (!reached) {
      return std::unexpected{reached.error()};
    }
    if (*reached == brokers::not_waited_for) {
      return std::nullopt;
    }
    auto inputs = open_inputs_once(plan, options);
    if (inputs) {
      std::ranges::for_each(inputs->tables.remarks, tell);
      return std::optional{*std::move(inputs)};
    }
    const auto away = std::ranges::find_if(inputs.error(), is_away);
    const bool may_come = away != inputs.error().end();
    if (!may_come || start_patience(options)) {
      return std::unexpected{
          run_error{may_come ? errc::stopped : errc::not_started, std::move(inputs.error())}};
    }
    // It went while it was read, or the registry that knows its schemas is away.
    tell(fmt::format("{}: {}; tried again", away->path, away->message));
  }
}

}  // namespace aisle::node
