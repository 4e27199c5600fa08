// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/base/json_object.hpp"
#include "runtime/checkpoint/state_diff.hpp"
#include "runtime/entity/actor_host.hpp"
#include "tools/aisle/checkpoint_commands.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/aisle/state_folder.hpp"

namespace aisle::tool {
namespace {

using checkpoint::changed_actor;
using checkpoint::state_difference;
using json = nlohmann::ordered_json;

constexpr std::uint64_t limit_unless_said = 10;
/// Of one actor, in text.
constexpr std::size_t fields_shown = 8;

std::string_view word_for(const changed_actor& one) {
  return !one.before ? "added" : !one.after ? "gone" : "changed";
}

/// What stands before the states: when it last had an event, and when it is due.
json head_json(const std::string& kept) {
  const auto view = entity::actor_host::view_of_kept({.key_hash = 0, .key = {}, .bytes = kept});
  json head = json::object();
  if (view) {
    head["last"] = time_text(view->last);
    head["due"] = time_text(view->due);
    head["failures"] = view->failures;
    head["quarantined"] = view->quarantined;
  }
  return head;
}

json shown(const known_stages& known, const std::string& stage, const std::string& key,
           const std::string& kept) {
  auto all = head_json(kept);
  all["state"] = json::parse(known.states_json(stage, key, kept), nullptr, false);
  return all;
}

/// The path of a member of what lies at `at`.
std::string below(std::string at, std::string_view name) {
  if (!at.empty()) {
    at += '.';
  }
  at += name;
  return at;
}

/// `/state/model/total` → before and after, of every leaf that differs.
void leaves(const json& before, const json& after, const std::string& at,
            std::vector<std::tuple<std::string, json, json>>& into) {
  if (before == after) {
    return;
  }
  if (before.is_object() && after.is_object()) {
    for (const auto& [name, value] : before.items()) {
      leaves(value, after.value(name, json{}), below(at, name), into);
    }
    for (const auto& [name, value] : after.items()) {
      if (!before.contains(name)) {
        leaves(json{}, value, below(at, name), into);
      }
    }
    return;
  }
  if (before.is_array() && after.is_array() && before.size() == after.size()) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      leaves(before[i], after[i], fmt::format("{}[{}]", at, i), into);
    }
    return;
  }
  into.emplace_back(at, before, after);
}

void print_actor_json(const known_stages& known, const std::string& stage,
                      const changed_actor& one) {
  const auto state = [&](const std::optional<std::string>& kept) {
    return kept ? shown(known, stage, one.key, *kept).dump() : "null";
  };
  std::string text;
  base::json_object line{text};
  line.text("kind", "actor");
  line.text("stage", stage);
  line.raw("key", known.key_json(stage, one.key));
  line.text("difference", word_for(one));
  line.raw("before", state(one.before));
  line.raw("after", state(one.after));
  line.end();
  fmt::print("{}\n", text);
}

void print_actor(const known_stages& known, const std::string& stage, const changed_actor& one) {
  fmt::print("  {:<8} {}\n", word_for(one), known.key_json(stage, one.key));
  if (!one.before || !one.after) {
    return;
  }
  std::vector<std::tuple<std::string, json, json>> differing;
  leaves(shown(known, stage, one.key, *one.before), shown(known, stage, one.key, *one.after), "",
         differing);
  for (std::size_t i = 0; i < std::min(differing.size(), fields_shown); ++i) {
    const auto& [name, before, after] = differing[i];
    fmt::print("             {}: {} -> {}\n", name, before.dump(), after.dump());
  }
  if (differing.size() > fields_shown) {
    fmt::print("             and {} more\n", differing.size() - fields_shown);
  }
}

std::string position_text(const std::optional<control::source_state>& at) {
  return at ? fmt::format("record {}, {}{}", at->next.get(), time_text(at->highest),
                          at->idle ? ", idle" : "")
            : "not known";
}

std::string position_json(const std::optional<control::source_state>& at) {
  if (!at) {
    return "null";
  }
  std::string text;
  base::json_object line{text};
  line.integer("next", at->next.get());
  line.text_or_null("highest", time_text(at->highest));
  line.boolean("idle", at->idle);
  line.end();
  return text;
}

void print_json(const known_stages& known, const state_difference& found) {
  for (const auto& [name, stage] : found.stages) {
    std::string text;
    base::json_object line{text};
    line.text("kind", "stage");
    line.text("stage", name);
    for (const auto& [word, count] : {std::pair{"added", stage.added},
                                      {"gone", stage.gone},
                                      {"changed", stage.changed},
                                      {"same", stage.same}}) {
      line.integer(word, static_cast<std::int64_t>(count));
    }
    line.end();
    fmt::print("{}\n", text);
    for (const auto& one : stage.first) {
      print_actor_json(known, name, one);
    }
  }
  for (const auto& one : found.positions) {
    std::string text;
    base::json_object line{text};
    line.text("kind", "position");
    line.text("source", one.partition.source);
    line.integer("partition", one.partition.number);
    line.raw("before", position_json(one.before));
    line.raw("after", position_json(one.after));
    line.end();
    fmt::print("{}\n", text);
  }
}

void print_text(const known_stages& known, const state_difference& found) {
  fmt::print("{} -> {}\n", control::to_text(found.before), control::to_text(found.after));
  for (const auto& [name, stage] : found.stages) {
    fmt::print("stage {}: {} added, {} gone, {} changed, {} the same\n", name,
               with_commas(stage.added), with_commas(stage.gone), with_commas(stage.changed),
               with_commas(stage.same));
    for (const auto& one : stage.first) {
      print_actor(known, name, one);
    }
    if (const auto all = stage.added + stage.gone + stage.changed; all > stage.first.size()) {
      fmt::print("  and {} more (--limit shows them)\n", with_commas(all - stage.first.size()));
    }
  }
  for (const auto& one : found.positions) {
    fmt::print("source {}/{}: {} -> {}\n", one.partition.source, one.partition.number,
               position_text(one.before), position_text(one.after));
  }
}

}  // namespace

int checkpoint_diff(const checkpoint_options& options) {
  std::error_code ignored;
  if (std::filesystem::equivalent(options.folders[0], options.folders[1], ignored)) {
    fmt::print(stderr, "aisle: {} and {} are one folder\n", options.folders[0], options.folders[1]);
    return nothing_done;
  }
  const auto before = open_state(options.folders[0]);
  const auto after = before ? open_state(options.folders[1]) : std::unexpected{before.error()};
  if (!after) {
    return state_failure(after.error(), "Stop the node first, or compare an export of its state.");
  }
  const auto known = known_stages::read(options, **after);
  if (!known) {
    return known.error();
  }
  const auto found =
      checkpoint::compare_states(**before, **after, options.limit.value_or(limit_unless_said));
  if (!found) {
    return state_failure(found.error());
  }
  options.json ? print_json(*known, *found) : print_text(*known, *found);
  if (!found->differs() && !options.json) {
    fmt::print(stderr, "aisle: the actors and positions of both are the same\n");
  }
  if (found->differs() && !known->has_topology() && !options.json) {
    fmt::print(stderr, "Next: the same with --topology TOPOLOGY, for the names of what changed\n");
  }
  return found->differs() ? problems_found : done;
}

}  // namespace aisle::tool
