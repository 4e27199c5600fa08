// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/catalog.hpp"

#include <algorithm>

#include "runtime/base/check.hpp"

namespace aisle::entity {
namespace {

template <class Kind>
const Kind& get(const setting& value) {
  const auto* held = std::get_if<Kind>(&value);
  base::check(held != nullptr, "a model asks for a parameter by the kind its catalog entry states");
  return *held;
}

}  // namespace

base::value event_expression::of(const event& e) const {
  if (!feeds(e.stream)) {
    return {};
  }
  const auto outcome = by_stream[e.stream]->evaluate(e.rows);
  if (!outcome) {
    throw evaluation_failed{std::string{expr::to_text(outcome.error())}};
  }
  return *outcome;
}

void settings::set(std::string parameter, setting value) {
  values_.emplace_back(std::move(parameter), std::move(value));
}

const setting& settings::at(std::string_view parameter) const {
  const auto found = std::ranges::find(
      values_, parameter, [](const auto& entry) -> std::string_view { return entry.first; });
  base::check(found != values_.end(), "a model asks only for parameters its catalog entry states");
  return found->second;
}

bool settings::has(std::string_view parameter) const {
  return !std::holds_alternative<std::monostate>(at(parameter));
}

base::duration settings::duration(std::string_view parameter) const {
  return get<base::duration>(at(parameter));
}

std::int64_t settings::integer(std::string_view parameter) const {
  return get<std::int64_t>(at(parameter));
}

double settings::number(std::string_view parameter) const { return get<double>(at(parameter)); }

bool settings::boolean(std::string_view parameter) const { return get<bool>(at(parameter)); }

const std::string& settings::text(std::string_view parameter) const {
  return get<std::string>(at(parameter));
}

event_expression settings::take_event_expression(std::string_view parameter) {
  for (auto& [name, value] : values_) {
    if (name == parameter && std::holds_alternative<event_expression>(value)) {
      return std::get<event_expression>(std::move(value));
    }
  }
  return {};
}

std::shared_ptr<const expr::program> settings::actor_expression(std::string_view parameter) const {
  const auto& value = at(parameter);
  return std::holds_alternative<std::monostate>(value)
             ? nullptr
             : get<std::shared_ptr<const expr::program>>(value);
}

const input_ref& settings::input(std::string_view parameter) const {
  return get<input_ref>(at(parameter));
}

const model* catalog::find(section in, std::string_view family, std::string_view name) const {
  const auto found = std::ranges::find_if(models_, [&](const model& m) {
    return m.section == in && m.family == family && m.name == name;
  });
  return found == models_.end() ? nullptr : &*found;
}

}  // namespace aisle::entity
