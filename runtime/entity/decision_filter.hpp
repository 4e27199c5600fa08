// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runtime/entity/decision.hpp"
#include "runtime/expr/program.hpp"

namespace aisle::entity {

/// What of a decision a sink can choose by.
struct decision_labels {
  std::string_view kind;
  /// What it is called under `decides:`.
  std::string_view name;
  std::string code;
  entity::severity severity = severity::medium;
};

/// The names of an expression over decisions: kind, name, code, severity, all texts.
[[nodiscard]] const expr::scope& decision_names();

/// Which decisions a sink takes.
class decision_filter {
 public:
  /// `of`: compiled with decision_names(), of type boolean.
  explicit decision_filter(expr::program of) : of_{std::move(of)} {}

  /// A decision for which the expression has no value is taken: rather one too many.
  [[nodiscard]] bool takes(const decision_labels& labels) const;

 private:
  expr::program of_;
};

}  // namespace aisle::entity
