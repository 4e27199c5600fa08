// SPDX-License-Identifier: Apache-2.0
// Windows: what they keep, taken apart, compiled and held against the window's own bounds.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/time.hpp"
#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

std::optional<window::aggregate> bind_aggregate(binder& work, const stage_binding& stage,
                                                const entry& written) {
  const auto parsed = window::parse_aggregate(written.value.text);
  if (!parsed) {
    work.about.add(*written.value.node, parsed.error());
    return std::nullopt;
  }
  window::aggregate made;
  made.name = written.name.text;
  made.function = parsed->function;
  made.q = parsed->q;
  if (!parsed->of.empty()) {
    auto of =
        compile_for_events(stage, *written.value.node, parsed->of, parsed->of_begin, work.about);
    if (!of) {
      return std::nullopt;
    }
    made.of = std::move(*of);
  }
  return made;
}

/// Where the part of a window is written that `field` of a refusal names.
const base::yaml_node& node_of(const window_spec& window, std::string_view field) {
  constexpr std::string_view aggregate = "aggregates.";
  const base::yaml_node* node = nullptr;
  if (field == "size") {
    node = window.size_node;
  } else if (field == "slide") {
    node = window.slide_node;
  } else if (field == "lateness") {
    node = window.lateness_node;
  } else if (field.starts_with(aggregate)) {
    const auto found = std::ranges::find_if(
        window.keep, [&](const entry& e) { return e.name.text == field.substr(aggregate.size()); });
    node = found == window.keep.end() ? nullptr : found->value.node;
  }
  return node == nullptr ? *window.name.node : *node;
}

std::vector<std::pair<std::string, std::string>> parameters_of(const window_spec& written) {
  std::vector<std::pair<std::string, std::string>> parameters;
  const bool slides = written.kind == window::kind::sliding;
  parameters.emplace_back(slides ? "sliding" : "tumbling", base::to_text(written.size));
  if (slides) {
    parameters.emplace_back("every", base::to_text(written.slide));
  }
  if (written.lateness > base::duration{0}) {
    parameters.emplace_back("lateness", base::to_text(written.lateness));
  }
  for (const auto& kept : written.keep) {
    parameters.emplace_back(kept.name.text, kept.value.text);
  }
  return parameters;
}

/// A window's cells are those of its kind, span and aggregates, in their order and of their types;
/// what an aggregate is called, and how long late events are waited for, is not in them.
std::string form_of(const window_spec& written, const window::spec& made) {
  std::string form = base::to_text(made.size);
  if (made.kind == window::kind::sliding) {
    form += " every " + base::to_text(made.slide);
  }
  for (std::size_t i = 0; i < made.aggregates.size(); ++i) {
    form += (i == 0 ? ": " : ", ") + written.keep[i].value.text;
    const auto& of = made.aggregates[i].of;
    if (!of) {
      continue;
    }
    // Of one type in all streams that have it: window::validate has seen to that.
    const auto compiled =
        std::ranges::find_if(of->by_stream, &std::optional<expr::program>::has_value);
    if (compiled != of->by_stream.end()) {
      form += fmt::format(" ({})", base::to_text((*compiled)->type()));
    }
  }
  return form;
}

}  // namespace

std::optional<planned_behaviour> bind_window(binder& work, const stage_binding& stage,
                                             const window_spec& written) {
  window::spec spec{.name = written.name.text,
                    .kind = written.kind,
                    .size = written.size,
                    .slide = written.slide,
                    .lateness = written.lateness,
                    .aggregates = {}};
  const auto before = work.about.count();
  for (const auto& kept : written.keep) {
    if (auto aggregate = bind_aggregate(work, stage, kept)) {
      spec.aggregates.push_back(std::move(*aggregate));
    }
  }
  if (!written.good || !stage.complete || spec.aggregates.empty()) {
    return std::nullopt;
  }
  for (const auto& refusal : window::validate(spec)) {
    work.about.add(node_of(written, refusal.parameter), "bad-window", refusal.message);
  }
  if (work.about.count() > before) {
    return std::nullopt;
  }
  planned_behaviour planned;
  planned.model = written.kind == window::kind::sliding ? "sliding" : "tumbling";
  planned.parameters = parameters_of(written);
  planned.form = form_of(written, spec);
  planned.behaviour = window::make_window(std::move(spec));
  return planned;
}

}  // namespace aisle::topology
