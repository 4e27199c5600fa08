// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

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

}  // namespace

int checkpoint_verify(const checkpoint_options& options) {
  const auto known = known_stages::read(options);
  if (!known) {
    return known.error();
  }
  const checkpoint::state_readers readers{
      .read_source = [](kv::copy_reader& copy,
                        const std::string& source) -> std::expected<void, std::string> {
        const auto read = node::load_source(copy, source);
        return read ? std::expected<void, std::string>{} : std::unexpected{read.error()};
      },
      .stages = known->empty() ? nullptr : &known->all()};
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
               known->empty() ? " (--topology reads what behaviours kept, too)" : "",
               for_shell(options.state));
  }
  return done;
}

}  // namespace aisle::tool
