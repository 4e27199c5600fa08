// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runtime/topology/plan.hpp"

namespace aisle::topology {

/// The plan for a person: sources, tables, each stage with its key, windows and what each behaviour
/// needs, and where everything goes. Says also what goes nowhere.
[[nodiscard]] std::string explain(const plan& of);

/// The same graph for Graphviz: sources → stages → sinks.
[[nodiscard]] std::string to_dot(const plan& of);

/// `windows`, `decisions`, `reports`, `late`.
[[nodiscard]] std::string_view to_text(port of);

/// `one actor per region`
[[nodiscard]] std::string key_text(const planned_stage& stage);

/// True when the stage has something that comes out of the port.
[[nodiscard]] bool has_port(const planned_stage& stage, port of);

}  // namespace aisle::topology
