// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/kv/node_state.hpp"
#include "runtime/log/topic.hpp"
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

/// By source, as a run would find them. Of a topic whose log is not named the state is believed.
std::vector<std::uint32_t> partitions_of(const topology::plan& plan,
                                         const std::optional<topology::manifest>& before) {
  std::vector<std::uint32_t> partitions;
  for (const auto& source : plan.sources) {
    auto& found = partitions.emplace_back(0);
    if (!source.topic) {
      continue;
    }
    if (source.log) {
      const auto topic = log::open_topic(source.log->folder, *source.topic);
      found = topic ? topic->settings.partitions : 0;
      continue;
    }
    if (!before) {
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
  const auto run =
      fmt::format("aisle run {} --state {} --out OUT", arguments_again(options), options.state);
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

int plan_command(const plan_options& options) {
  const auto opened = open_topology(options, topology::inputs::may_be_missing);
  const auto form = options.json ? report_form::json : report_form::text;
  if (!opened) {
    report(opened.error().problems, form);
    fmt::print(stderr, "aisle: nothing to compare before this is mended\n");
    return nothing_done;
  }
  const auto before = manifest_in(options.state);
  if (!before) {
    return refuse(before.error());
  }
  const auto now =
      topology::manifest_of(opened->plan, options.shards, partitions_of(opened->plan, *before));
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
