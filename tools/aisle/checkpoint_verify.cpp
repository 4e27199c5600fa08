// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/checkpoint/state_check.hpp"
#include "runtime/node/source_keeping.hpp"
#include "tools/aisle/checkpoint_commands.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/aisle/state_folder.hpp"

namespace aisle::tool {
namespace {

void print_json(const checkpoint::state_verdict& found) {
  std::string json;
  base::json_object line{json};
  const auto count = [&](std::string_view name, std::uint64_t number) {
    line.integer(name, static_cast<std::int64_t>(number));
  };
  line.boolean("sound", found.sound());
  count("pages", found.file.pages);
  count("free_pages", found.file.free_pages);
  count("rows", found.file.rows);
  count("copies", found.file.copies);
  count("records", found.records);
  count("actors", found.actors);
  count("notes", found.notes);
  count("outbox_parts", found.outbox_parts);
  auto& to = line.name("findings");
  to += '[';
  const auto put = [&](std::optional<std::uint64_t> at, const std::string& what) {
    to += to.back() == '[' ? "" : ",";
    base::json_object finding{to};
    at ? finding.integer("byte", static_cast<std::int64_t>(*at)) : finding.raw("byte", "null");
    finding.text("what", what);
    finding.end();
  };
  for (const auto& one : found.file.findings) {
    put(one.at, one.what);
  }
  for (const auto& one : found.findings) {
    put(std::nullopt, one);
  }
  to += ']';
  line.end();
  fmt::print("{}\n", json);
}

void print_text(const checkpoint::state_verdict& found) {
  for (const auto& one : found.file.findings) {
    fmt::print("at byte {}: {}\n", one.at, one.what);
  }
  for (const auto& one : found.findings) {
    fmt::print("{}\n", one);
  }
}

/// Only where a topology is given: a state that does not open is the check's to say.
std::expected<std::optional<known_stages>, int> known_to_read(const checkpoint_options& options) {
  if (options.topology.empty()) {
    return std::optional<known_stages>{};
  }
  const auto state = open_state(options.state);
  if (!state && !kv::is_fatal(state.error().code)) {
    return std::unexpected{state_failure(state.error(), "Stop the node first.")};
  }
  if (!state) {
    return std::optional<known_stages>{};
  }
  auto read = known_stages::read(options, **state);
  if (!read) {
    return std::unexpected{read.error()};
  }
  return std::optional{*std::move(read)};
}

}  // namespace

int checkpoint_verify(const checkpoint_options& options) {
  auto known = known_to_read(options);
  if (!known) {
    return known.error();
  }
  checkpoint::state_readers readers{
      .read_source = [](kv::copy_reader& copy,
                        const std::string& source) -> checkpoint::state_readers::verdict {
        const auto read = node::load_source(copy, source);
        return read ? checkpoint::state_readers::verdict{} : std::unexpected{read.error()};
      }};
  if (const auto* const stages = *known ? &**known : nullptr) {
    readers.read_actor = [stages](const std::string& stage, std::string_view key,
                                  std::string_view kept) {
      return stages->read_actor(stage, key, kept);
    };
    readers.read_page = [stages](const std::string& stage, std::string_view bytes) {
      return stages->read_page(stage, bytes);
    };
  }
  const auto found = checkpoint::check_state(options.state, readers);
  if (!found) {
    return state_failure(found.error(), "Stop the node first: its state changes while it runs.");
  }
  options.json ? print_json(*found) : print_text(*found);
  if (!found->sound()) {
    fmt::print(stderr,
               "aisle: {} is damaged; put back an export with aisle checkpoint restore EXPORT "
               "--state NEW, or begin anew with an empty folder\n",
               options.state);
    return problems_found;
  }
  if (!options.json) {
    fmt::print(stderr,
               "aisle: {} is sound: {} pages, {} rows, {} copies, {} records, {} notes, {} actors"
               "{}\nNext: aisle checkpoint export OUTDIR --state {}\n",
               options.state, with_commas(found->file.pages), with_commas(found->file.rows),
               with_commas(found->file.copies), with_commas(found->records),
               with_commas(found->notes), with_commas(found->actors),
               !*known ? " (--topology reads what behaviours kept, too)" : "",
               for_shell(options.state));
  }
  return done;
}

}  // namespace aisle::tool
