// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdint>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/topic_facts.hpp"
#include "runtime/kv/node_state.hpp"
#include "runtime/log/topic.hpp"
#include "runtime/node/config.hpp"
#include "runtime/topology/past_layouts.hpp"
#include "runtime/topology/transition.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"

namespace aisle::tool {
namespace {

using topology::part;
using topology::verdict;

int refuse(const std::string& what) {
  fmt::print(stderr, "aisle: {}\n", what);
  return nothing_done;
}

/// What the state was written by; nothing of a state that no run has used yet.
std::expected<std::optional<topology::manifest>, std::string> manifest_in(
    const std::string& folder) {
  const auto state = kv::node_state::open({.folder = folder, .new_id = {}});
  if (!state) {
    return std::unexpected{state.error().message};
  }
  const auto view = (*state)->read();
  const auto schemas = view ? view->schemas() : std::unexpected{view.error()};
  const auto copies = view ? view->copies() : std::unexpected{view.error()};
  if (!schemas || !copies) {
    return std::unexpected{schemas ? copies.error().message : schemas.error().message};
  }
  if (schemas->empty() && !copies->empty()) {
    return std::unexpected{
        fmt::format("{}: the state does not say by which topology it was written; give an empty "
                    "folder with --state to begin anew",
                    folder)};
  }
  if (schemas->empty()) {
    return std::nullopt;
  }
  auto newest = topology::unpack_manifest(schemas->back().bytes);
  if (!newest) {
    return std::unexpected{fmt::format("{}: {}", folder, newest.error())};
  }
  return *std::move(newest);
}

/// The options with what the node's file says and they leave out, and the file.
std::expected<std::pair<plan_options, node::config>, base::diagnostics> with_config(
    plan_options asked) {
  if (asked.config.empty()) {
    return std::pair{std::move(asked), node::config{}};
  }
  auto file = node::load_config(asked.config);
  if (!file) {
    return std::unexpected{std::move(file.error())};
  }
  asked.log = asked.log.empty() ? file->log.value_or("") : asked.log;
  asked.state = asked.state.empty() ? file->state.value_or("") : asked.state;
  asked.shards = asked.shards == 0 ? file->shards.value_or(0) : asked.shards;
  return std::pair{std::move(asked), *std::move(file)};
}

constexpr base::duration look_every = std::chrono::seconds{1};

/// How often a plan looks for topics again where nobody answers, in all.
std::int64_t looks_again(const node::kafka_config& config) {
  constexpr base::duration usual_patience = std::chrono::seconds{3};
  return config.connect_within.value_or(usual_patience) / look_every - 1;
}

/// Partitions of a topic; looks again until somebody answers, or waiting mends nothing.
kafka::result<std::uint32_t> look_for(const topology::log_address& log, const std::string& topic,
                                      const node::kafka_config& config, std::int64_t& looks) {
  const auto with =
      kafka::client::open(kafka::purpose::administer, node::settings_for(log, config));
  if (!with) {
    return std::unexpected{with.error()};
  }
  auto there = kafka::partitions_of(**with, topic, look_every);
  for (; looks > 0 && !there && kafka::may_pass(there.error().code); --looks) {
    there = kafka::partitions_of(**with, topic, look_every);
  }
  return there;
}

/// Partitions of a topic that is there; 0 where nobody answers, which a person is told.
std::uint32_t partitions_of(const topology::log_address& log, const std::string& topic,
                            const node::kafka_config& config, std::int64_t& looks) {
  if (log.kind != topology::log_kind::kafka) {
    const auto there = log::open_topic(log.folder, topic);
    return there ? there->settings.partitions : 0;
  }
  const auto there = look_for(log, topic, config, looks);
  if (!there) {
    fmt::print(stderr,
               "aisle: topic {} has as many partitions as the state knows, for all that is known "
               "here: {}\n",
               topic, there.error().message);
  }
  return there.value_or(0);
}

/// By source, as a run would find them. Of a topic whose log is not named, or in a Kafka that does
/// not answer, the state is believed.
std::vector<std::uint32_t> partitions_of(const topology::plan& plan,
                                         const std::optional<topology::manifest>& before,
                                         const node::kafka_config& config) {
  std::vector<std::uint32_t> partitions;
  auto looks = looks_again(config);
  for (const auto& source : plan.sources) {
    auto& found = partitions.emplace_back(0);
    if (!source.topic) {
      continue;
    }
    found = source.log ? partitions_of(*source.log, *source.topic, config, looks) : 0;
    const bool asked = source.log && source.log->kind == topology::log_kind::embedded;
    if (found > 0 || asked || !before) {
      continue;
    }
    const auto known =
        std::ranges::find(before->sources, source.name, &topology::manifest::source::name);
    found = known != before->sources.end() ? known->partitions : 0;
  }
  return partitions;
}

std::string json_of(const plan_options& options, const topology::plan& plan,
                    const topology::transition& made) {
  std::string json;
  base::json_object whole{json};
  whole.text("topology", plan.name);
  whole.text("state", options.state);
  whole.boolean("keeps_all", made.keeps_all());
  whole.boolean("may_drop", made.may_drop());
  auto& list = whole.name("parts");
  list += '[';
  for (bool first = true; const auto& v : made.verdicts) {
    list += first ? "" : ",";
    first = false;
    base::json_object one{list};
    one.text("part", to_text(v.part));
    one.text_or_null("stage", v.stage);
    one.text("name", v.name);
    one.text("fate", to_text(v.fate));
    one.text_or_null("why", v.why);
    one.text_or_null("advice", v.advice);
    one.boolean("drop_helps", !v.is_final && !v.advice.empty());
    one.end();
  }
  list += ']';
  whole.end();
  return json + "\n";
}

/// A line for each part, behaviours below their stage.
std::string table_of(const topology::transition& made) {
  std::size_t width = 0;
  const auto name_in_table = [](const verdict& v) {
    return fmt::format("{}{}", v.part == part::behaviour ? "  " : "", v.name);
  };
  for (const auto& v : made.verdicts) {
    width = std::max(width, name_in_table(v).size());
  }
  std::string text;
  for (const auto& v : made.verdicts) {
    auto line = fmt::format("{:<10} {:<{}}  {:<12}  {}", to_text(v.part), name_in_table(v), width,
                            to_text(v.fate), v.why);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// What is in the way, and the command to go on with.
void tell_next(const plan_options& options, const topology::transition& made) {
  const auto config = options.config.empty() ? "" : " --config " + for_shell(options.config);
  const auto run = fmt::format("aisle run {}{} --state {} --out OUT", arguments_again(options),
                               config, options.state);
  if (made.keeps_all()) {
    fmt::print(stderr, "aisle: nothing of the state is lost\nNext: {}\n", run);
    return;
  }
  for (const auto& v : made.verdicts) {
    if (!v.advice.empty()) {
      fmt::print(stderr, "aisle: {}: {}: {}\n", name_of(v), to_text(v.fate), v.advice);
    }
  }
  if (made.may_drop()) {
    fmt::print(stderr, "Next: mend {}, or {} --drop\n", options.topology, run);
  } else {
    fmt::print(stderr, "Next: mend {}; --drop does not help with all of it\n", options.topology);
  }
}

}  // namespace

int plan_command(const plan_options& asked) {
  const auto form = asked.json ? report_form::json : report_form::text;
  const auto configured = with_config(asked);
  if (!configured) {
    report(configured.error(), form);
    return nothing_done;
  }
  const auto& [options, file] = *configured;
  if (options.state.empty()) {
    return refuse("which state? --state DIR, or state: in a --config FILE");
  }
  const auto opened = open_topology(options, topology::inputs::may_be_missing);
  if (!opened) {
    report(opened.error().problems, form);
    fmt::print(stderr, "aisle: nothing to compare before this is mended\n");
    return nothing_done;
  }
  const auto before = manifest_in(options.state);
  if (!before) {
    return refuse(before.error());
  }
  const auto now = topology::manifest_of(opened->plan, options.shards,
                                         partitions_of(opened->plan, *before, file.kafka));
  auto from = topology::manifest{};
  from.topology = now.topology;
  from.order = now.order;
  const auto made = topology::compare(*before ? **before : from, now, options.shards == 0);
  if (options.json) {
    fmt::print("{}", json_of(options, opened->plan, made));
  } else {
    fmt::print("{}", table_of(made));
    tell_next(options, made);
  }
  return made.keeps_all() ? done : problems_found;
}

}  // namespace aisle::tool
