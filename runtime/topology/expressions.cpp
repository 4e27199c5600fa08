// SPDX-License-Identifier: Apache-2.0
// Which of a stage's expressions mean what in which stream.
#include <algorithm>

#include <fmt/core.h>

#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

std::size_t missing_in(const expr::scope& scope, const std::vector<std::string>& names) {
  return static_cast<std::size_t>(std::ranges::count_if(
      names, [&](const std::string& name) { return scope.find(name) == nullptr; }));
}

/// True when streams were lost to other errors, so that a missing name need not be wrong.
bool is_excused(const stage_binding& stage, const expr::diagnostic& wrong) {
  return wrong.code == expr::errc::unknown_name && !stage.complete;
}

/// No stream has all the names: complains as the stream does that lacks the fewest.
void complain_of_names(const stage_binding& stage, const std::vector<std::string>& names,
                       const base::yaml_node& at, std::string_view text, std::size_t shift,
                       complaints& about) {
  const auto closest = std::ranges::min_element(
      stage.by_stream, {}, [&](const expr::scope& scope) { return missing_in(scope, names); });
  if (closest == stage.by_stream.end()) {
    return;
  }
  auto compiled = expr::compile(text, *closest);
  if (compiled || is_excused(stage, compiled.error())) {
    return;
  }
  auto wrong = compiled.error();
  const bool known_elsewhere = std::ranges::all_of(names, [&](const std::string& name) {
    return std::ranges::any_of(
        stage.by_stream, [&](const expr::scope& scope) { return scope.find(name) != nullptr; });
  });
  if (known_elsewhere && wrong.code == expr::errc::unknown_name) {
    wrong.message = "no single stream of this stage has all names of this expression";
    wrong.expected = "fields of one stream, and of tables this stage knows";
    wrong.suggestion.clear();
  }
  about.add(at, wrong, shift);
}

}  // namespace

std::optional<entity::event_expression> compile_for_events(const stage_binding& stage,
                                                           const base::yaml_node& at,
                                                           std::string_view text, std::size_t shift,
                                                           complaints& about) {
  entity::event_expression made;
  made.by_stream.resize(stage.by_stream.size());
  const auto names = expr::names_in(text);
  bool feeds = false;
  for (std::size_t i = 0; i < stage.by_stream.size(); ++i) {
    if (missing_in(stage.by_stream[i], names) > 0) {
      continue;
    }
    auto compiled = expr::compile(text, stage.by_stream[i]);
    if (!compiled) {
      about.add(at, compiled.error(), shift);
      return std::nullopt;
    }
    made.by_stream[i] = std::move(*compiled);
    feeds = true;
  }
  if (!feeds) {
    complain_of_names(stage, names, at, text, shift, about);
    return std::nullopt;
  }
  return made;
}

std::shared_ptr<const expr::program> compile_for_actor(const stage_binding& stage,
                                                       const base::yaml_node& at,
                                                       std::string_view text, complaints& about) {
  auto compiled = expr::compile(text, stage.of_tables);
  if (compiled) {
    return std::make_shared<const expr::program>(std::move(*compiled));
  }
  auto wrong = compiled.error();
  if (is_excused(stage, wrong)) {
    return nullptr;
  }
  const auto name = text.substr(wrong.begin, wrong.end - wrong.begin);
  const bool of_event = wrong.code == expr::errc::unknown_name &&
                        std::ranges::any_of(stage.by_stream, [&](const expr::scope& scope) {
                          return scope.find(name) != nullptr;
                        });
  if (of_event) {
    wrong.message = fmt::format(
        "\"{}\" belongs to events; this must be the same for all events of an actor", name);
    wrong.expected = "a literal, or a field of a table this stage knows";
    wrong.suggestion.clear();
  }
  about.add(at, wrong);
  return nullptr;
}

}  // namespace aisle::topology
