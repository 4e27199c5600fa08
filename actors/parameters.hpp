// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/entity/catalog.hpp"
#include "runtime/expr/program.hpp"

// How models write down their parameters, and how they read them.
namespace aisle::shop {

struct bounds {
  double least = 0;
  double most = 0;
};

/// An expression over the event that must be given.
[[nodiscard]] entity::parameter event_parameter(std::string name, base::kind yields,
                                                std::string summary);
/// An expression over the event that stands for the field `usual` where it is left out, in every
/// stream that has such a field; read with `event_expression_or`.
[[nodiscard]] entity::parameter field_parameter(std::string name, std::string_view usual,
                                                base::kind yields, std::string summary);
/// An expression over the tables the stage knows, or a literal. Without a fallback it may be left
/// out.
[[nodiscard]] entity::parameter actor_parameter(std::string name, base::kind yields,
                                                std::string summary, std::string fallback = "");
[[nodiscard]] entity::parameter number_parameter(std::string name, std::string fallback,
                                                 bounds within, std::string summary);
[[nodiscard]] entity::parameter integer_parameter(std::string name, std::string fallback,
                                                  bounds within, std::string summary);
[[nodiscard]] entity::parameter boolean_parameter(std::string name, std::string fallback,
                                                  std::string summary);
[[nodiscard]] entity::parameter duration_parameter(std::string name, std::string fallback,
                                                   std::string_view least, std::string_view most,
                                                   std::string summary);
/// The name of another behaviour, which must be given.
[[nodiscard]] entity::parameter input_parameter(std::string name, std::string summary);
[[nodiscard]] entity::parameter required(entity::parameter p);

/// What `parameter` was set to, else the field `usual` of every stream that has it: it may feed on
/// no stream at all.
[[nodiscard]] entity::event_expression event_expression_or(entity::settings& from,
                                                           std::string_view parameter,
                                                           std::string_view usual);
[[nodiscard]] bool feeds_anything(const entity::event_expression& e);

/// An expression over tables; null when the parameter was left out.
using actor_expression = std::shared_ptr<const expr::program>;

/// Its value for this actor: null when there is none, and where the table has no row for it.
[[nodiscard]] base::value value_of(const actor_expression& e, std::span<const expr::row_ref> rows);
[[nodiscard]] std::optional<double> number_of(const actor_expression& e,
                                              std::span<const expr::row_ref> rows);

}  // namespace aisle::shop
