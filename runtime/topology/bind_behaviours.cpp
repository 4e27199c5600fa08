// SPDX-License-Identifier: Apache-2.0
// Behaviours of a stage, in four steps:
//   1. draft: every window and behaviour, with its model looked up;
//   2. inputs: names of other behaviours become drafts;
//   3. order: who publishes comes before who reads; what is left is a cycle;
//   4. make: settings are read, and the model makes its behaviour.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

/// An input parameter that is set.
struct named_input {
  const base::yaml_node* node = nullptr;
  std::size_t draft = 0;
};

struct draft {
  const word* name = nullptr;
  topology::role role = role::window;
  /// One of the two.
  const window_spec* window = nullptr;
  const behaviour_spec* behaviour = nullptr;
  /// Null when it is unknown, and for windows.
  const entity::model* model = nullptr;
  std::vector<named_input> inputs;
  /// False when something was complained of.
  bool good = true;
  /// Its place in planned_stage::behaviours once it is made.
  std::optional<std::size_t> made;
};

std::vector<draft> make_drafts(binder& work, const stage_spec& stage) {
  std::vector<draft> drafts;
  for (const auto& window : stage.windows) {
    draft made;
    made.name = &window.name;
    made.window = &window;
    drafts.push_back(std::move(made));
  }
  for (const auto& behaviour : stage.behaviours) {
    draft made;
    made.name = &behaviour.name;
    made.role = behaviour.role;
    made.behaviour = &behaviour;
    made.model = find_model(work, behaviour);
    made.good = made.model != nullptr;
    drafts.push_back(std::move(made));
  }
  return drafts;
}

void find_input(binder& work, std::vector<draft>& drafts, draft& reader,
                const base::yaml_node& node) {
  const auto found = std::ranges::find_if(
      drafts, [&](const draft& other) { return other.name->text == node.text; });
  if (found != drafts.end()) {
    reader.inputs.push_back({&node, static_cast<std::size_t>(found - drafts.begin())});
    return;
  }
  std::vector<std::string> names;
  for (const auto& other : drafts) {
    if (other.role == role::estimate) {
      names.push_back(other.name->text);
    }
  }
  work.about.unknown(node, "unknown-input",
                     fmt::format("no behaviour of this stage is called \"{}\"", node.text), names);
  reader.good = false;
}

void find_inputs(binder& work, std::vector<draft>& drafts) {
  for (auto& reader : drafts) {
    if (reader.model == nullptr) {
      continue;
    }
    for (const auto& parameter : reader.model->parameters) {
      const auto* const node = reader.behaviour->node->find(parameter.name);
      if (parameter.kind == entity::parameter_kind::input && node != nullptr &&
          node->shape == base::yaml_node::shape::scalar) {
        find_input(work, drafts, reader, *node);
      }
    }
  }
}

/// Says the cycle that `at` is part of: `a → b → a`.
void complain_of_cycle(binder& work, const std::vector<draft>& drafts,
                       const std::vector<bool>& placed, std::size_t at) {
  const auto next = [&](std::size_t from) -> const named_input& {
    return *std::ranges::find_if(drafts[from].inputs,
                                 [&](const named_input& input) { return !placed[input.draft]; });
  };
  // Every draft that is left reads another that is left: after as many steps one stands in the
  // cycle.
  for (std::size_t steps = 0; steps < drafts.size(); ++steps) {
    at = next(at).draft;
  }
  std::string names = drafts[at].name->text;
  for (auto step = next(at).draft; step != at; step = next(step).draft) {
    names += " → " + drafts[step].name->text;
  }
  work.about.add(
      *next(at).node, "cycle",
      fmt::format("these read each other in a circle: {} → {}", names, drafts[at].name->text),
      "inputs that lead to an end");
}

/// The drafts in an order in which everything comes before what reads it; as written where that is
/// free.
std::vector<std::size_t> in_order(binder& work, std::vector<draft>& drafts) {
  std::vector<std::size_t> order;
  std::vector<bool> placed(drafts.size());
  const auto is_ready = [&](const draft& d) {
    return std::ranges::all_of(d.inputs,
                               [&](const named_input& input) { return placed[input.draft]; });
  };
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      if (!placed[i] && is_ready(drafts[i])) {
        order.push_back(i);
        placed[i] = moved = true;
      }
    }
  }
  const auto stuck = std::ranges::find(placed, false);
  if (stuck != placed.end()) {
    complain_of_cycle(work, drafts, placed, static_cast<std::size_t>(stuck - placed.begin()));
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      if (!placed[i]) {
        drafts[i].good = false;
        order.push_back(i);
      }
    }
  }
  return order;
}

/// What the inputs of a behaviour publish, those that could be made.
std::map<std::string, const entity::published*> interfaces_of(const stage_binding& stage,
                                                              const std::vector<draft>& drafts,
                                                              const draft& reader) {
  std::map<std::string, const entity::published*> interfaces;
  for (const auto& input : reader.inputs) {
    const auto& source = drafts[input.draft];
    if (source.made) {
      interfaces[source.name->text] = stage.made.behaviours[*source.made].behaviour->publishes();
    }
  }
  return interfaces;
}

void complain_of_refusal(binder& work, const draft& of, const entity::refusal& why) {
  const auto* const parameter = of.behaviour->node->find(why.parameter);
  work.about.add(parameter == nullptr ? *of.name->node : *parameter, "bad-parameter",
                 parameter == nullptr && !why.parameter.empty()
                     ? fmt::format("{}: {}", why.parameter, why.message)
                     : why.message);
}

std::optional<planned_behaviour> make_behaviour(binder& work, stage_binding& stage,
                                                const std::vector<draft>& drafts, const draft& of) {
  auto bound =
      bind_settings(stage, *of.behaviour, *of.model, interfaces_of(stage, drafts, of), work.about);
  const bool inputs_made = std::ranges::all_of(
      of.inputs, [&](const named_input& input) { return drafts[input.draft].made.has_value(); });
  if (!bound.good || !of.good || !stage.complete || !inputs_made) {
    return std::nullopt;
  }
  auto made = of.model->make(bound.values);
  if (!made) {
    complain_of_refusal(work, of, made.error());
    return std::nullopt;
  }
  planned_behaviour planned;
  planned.kind = of.model->family;
  planned.model = of.model->name;
  planned.parameters = std::move(bound.written);
  planned.behaviour = std::move(*made);
  for (const auto& input : of.inputs) {
    planned.inputs.push_back(*drafts[input.draft].made);
  }
  return planned;
}

void make(binder& work, stage_binding& stage, std::vector<draft>& drafts, draft& of) {
  std::optional<planned_behaviour> planned;
  if (of.window != nullptr) {
    planned = bind_window(work, stage, *of.window);
  } else if (of.model != nullptr) {
    planned = make_behaviour(work, stage, drafts, of);
  }
  if (planned) {
    planned->name = of.name->text;
    const auto& was = of.window != nullptr ? of.window->was : of.behaviour->was;
    planned->was = was ? was->text : std::string{};
    planned->role = of.role;
    of.made = stage.made.behaviours.size();
    stage.made.behaviours.push_back(std::move(*planned));
  }
}

}  // namespace

void bind_behaviours(binder& work, stage_binding& stage) {
  auto drafts = make_drafts(work, stage.written);
  find_inputs(work, drafts);
  for (const auto at : in_order(work, drafts)) {
    make(work, stage, drafts, drafts[at]);
  }
}

}  // namespace aisle::topology
