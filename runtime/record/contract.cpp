// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/contract.hpp"

#include <array>
#include <bit>

#include <fmt/core.h>

#include "runtime/record/compiled.hpp"

namespace aisle::record {

contract::contract(std::unique_ptr<const impl> compiled) : impl_{std::move(compiled)} {}
contract::contract(contract&&) noexcept = default;
contract& contract::operator=(contract&&) noexcept = default;
contract::~contract() = default;

const std::string& contract::name() const { return impl_->name; }
const std::string& contract::version() const { return impl_->version; }
const std::string& contract::description() const { return impl_->description; }
const layout& contract::fields() const { return impl_->record_layout; }
const std::string& contract::list() const { return impl_->list; }
const layout& contract::line_fields() const { return impl_->line_layout; }
std::optional<std::uint8_t> contract::event_time() const { return impl_->event_time; }
const std::vector<std::uint8_t>& contract::partition_key() const { return impl_->partition_key; }
const std::vector<std::uint8_t>& contract::unique_key() const { return impl_->unique_key; }

std::expected<void, reject> check_row(const row_rules& rules, expr::row_ref row) {
  if (const auto absent = rules.required & ~row.words[0]; absent != 0) [[unlikely]] {
    const auto& field = rules.fields[static_cast<std::size_t>(std::countr_zero(absent))];
    return std::unexpected{refuse_missing(field.name)};
  }
  const std::array rows{row};
  for (const auto& rule : rules.quality) {
    const auto holds = rule.holds.evaluate(rows);
    if (holds && (holds->is_null() || holds->as_boolean())) [[likely]] {
      continue;
    }
    return std::unexpected{
        reject{reject_code::quality, rule.name,
               holds ? fmt::format("{} does not hold", rule.text)
                     : fmt::format("{} has no value: {}", rule.text, to_text(holds.error()))}};
  }
  return {};
}

}  // namespace aisle::record
