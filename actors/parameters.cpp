// SPDX-License-Identifier: Apache-2.0
#include "actors/parameters.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/time.hpp"

namespace aisle::shop {
namespace {

using entity::parameter;
using entity::parameter_kind;

parameter make(std::string name, parameter_kind kind, std::string summary) {
  parameter p;
  p.name = std::move(name);
  p.kind = kind;
  p.summary = std::move(summary);
  return p;
}

double milliseconds_of(std::string_view span) {
  const auto parsed = base::parse_duration(span);
  base::check(parsed.has_value(), "a bound of a catalog entry is a span");
  return static_cast<double>(parsed->count());
}

}  // namespace

parameter event_parameter(std::string name, base::kind yields, std::string summary) {
  auto p = make(std::move(name), parameter_kind::event_expression, std::move(summary));
  p.yields = yields;
  p.required = true;
  return p;
}

parameter field_parameter(std::string name, std::string_view usual, base::kind yields,
                          std::string summary) {
  auto p = make(std::move(name), parameter_kind::event_expression,
                fmt::format("{}; `{}` of the streams that have it, unless said", summary, usual));
  p.yields = yields;
  return p;
}

parameter actor_parameter(std::string name, base::kind yields, std::string summary,
                          std::string fallback) {
  auto p = make(std::move(name), parameter_kind::actor_expression, std::move(summary));
  p.yields = yields;
  p.fallback = std::move(fallback);
  return p;
}

parameter number_parameter(std::string name, std::string fallback, bounds within,
                           std::string summary) {
  auto p = make(std::move(name), parameter_kind::number, std::move(summary));
  p.fallback = std::move(fallback);
  p.least = within.least;
  p.most = within.most;
  return p;
}

parameter integer_parameter(std::string name, std::string fallback, bounds within,
                            std::string summary) {
  auto p = number_parameter(std::move(name), std::move(fallback), within, std::move(summary));
  p.kind = parameter_kind::integer;
  return p;
}

parameter boolean_parameter(std::string name, std::string fallback, std::string summary) {
  auto p = make(std::move(name), parameter_kind::boolean, std::move(summary));
  p.fallback = std::move(fallback);
  return p;
}

parameter duration_parameter(std::string name, std::string fallback, std::string_view least,
                             std::string_view most, std::string summary) {
  auto p = make(std::move(name), parameter_kind::duration, std::move(summary));
  p.fallback = std::move(fallback);
  p.least = milliseconds_of(least);
  p.most = milliseconds_of(most);
  return p;
}

parameter input_parameter(std::string name, std::string summary) {
  return required(make(std::move(name), parameter_kind::input, std::move(summary)));
}

parameter required(parameter p) {
  p.required = true;
  return p;
}

entity::event_expression event_expression_or(entity::settings& from, std::string_view parameter,
                                             std::string_view usual) {
  if (from.has(parameter)) {
    return from.take_event_expression(parameter);
  }
  entity::event_expression made;
  for (const auto& stream : from.streams()) {
    auto& program = made.by_stream.emplace_back();
    if (const auto field = stream.layout->find(usual)) {
      const auto type = stream.layout->fields()[*field].type;
      const expr::scope names{{{std::string{usual}, {0, *field, type}}}};
      auto compiled = expr::compile(usual, names);
      base::check(compiled.has_value(), "the name of a field is an expression");
      program = std::move(*compiled);
    }
  }
  return made;
}

bool feeds_anything(const entity::event_expression& e) {
  return std::ranges::any_of(e.by_stream, [](const auto& program) { return program.has_value(); });
}

base::value value_of(const actor_expression& e, std::span<const expr::row_ref> rows) {
  return e == nullptr ? base::value{} : e->evaluate(rows).value_or(base::value{});
}

std::optional<double> number_of(const actor_expression& e, std::span<const expr::row_ref> rows) {
  const auto v = value_of(e, rows);
  return v.is_null() ? std::nullopt : std::optional{v.to_number()};
}

}  // namespace aisle::shop
