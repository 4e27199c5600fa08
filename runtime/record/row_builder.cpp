// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/row_builder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "runtime/record/check_record.hpp"
#include "runtime/record/typed_rules.hpp"

namespace aisle::record {
std::vector<std::string> columns_of(const row_rules& rules) {
  std::vector<std::string> names(rules.fields.size());
  std::ranges::transform(rules.fields, names.begin(), &field_rule::column);
  return names;
}

std::vector<std::string> record_columns(const contract::impl& by) {
  auto names = columns_of(by.record);
  if (!by.list.empty()) {
    names.push_back(by.list_column);
  }
  return names;
}

std::size_t place_finder::find(std::string_view name) {
  if (next_ < names_.size() && names_[next_] == name) [[likely]] {
    return next_++;
  }
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) {
    return none;
  }
  next_ = static_cast<std::size_t>(found - names_.begin()) + 1;
  return next_ - 1;
}

row_builder::row_builder(const contract::impl& by, limits bounds)
    : by_{by},
      bounds_{bounds},
      facts_{by},
      names_{record_columns(by)},
      line_names_{columns_of(by.line)} {}

void row_builder::begin(decoded& into, std::size_t text_bytes) {
  into_ = &into;
  to_.emplace(into, by_, text_bytes);
  names_.restart();
  seen_ = 0;
  line_ = no_line;
  list_seen_ = false;
}

std::size_t row_builder::find(std::string_view name) {
  return line_ == no_line ? names_.find(name) : line_names_.find(name);
}

bool row_builder::is_list(std::size_t place) const {
  return line_ == no_line && place == by_.record.fields.size();
}

const field_rule& row_builder::rule_of(std::size_t place) const {
  return (line_ == no_line ? by_.record : by_.line).fields[place];
}

std::string row_builder::path(std::string_view field) const {
  return line_ == no_line ? std::string{field} : path_in_line(by_, line_, field);
}

std::uint64_t* row_builder::row() { return line_ == no_line ? to_->row() : to_->line(line_); }

bool row_builder::claim(std::size_t place) {
  auto& seen = line_ == no_line ? seen_ : seen_in_line_;
  const auto bit = std::uint64_t{1} << place;
  if ((seen & bit) != 0) {
    return refuse(reject_code::duplicate_field, "stands twice",
                  path(is_list(place) ? by_.list : rule_of(place).name));
  }
  seen |= bit;
  return true;
}

bool row_builder::put(std::size_t place, const typed_value& value) {
  auto wrong = put_value(rule_of(place), place, value, row(), *to_);
  if (wrong) [[unlikely]] {
    why_ = std::move(*wrong);
    why_.field = path(why_.field);
  }
  return !wrong;
}

bool row_builder::begin_line() {
  const auto most = std::min(bounds_.items_max, by_.items_most);
  if (to_->lines() == most) {
    return refuse(reject_code::too_many_items, fmt::format("more than {} lines", most), by_.list);
  }
  line_ = to_->lines();
  static_cast<void>(to_->add_line());
  line_names_.restart();
  seen_in_line_ = 0;
  return true;
}

void row_builder::end_line() { line_ = no_line; }

bool row_builder::refuse_list(const typed_value& found) {
  if (found.kind != typed_kind::null) {
    return refuse(reject_code::wrong_type, "expected a list of objects", by_.list);
  }
  if (by_.list_required) {
    why_ = refuse_missing(by_.list);
  }
  return !by_.list_required;
}

bool row_builder::refuse_line(const typed_value& found) {
  return refuse(reject_code::wrong_type,
                fmt::format("found {}, expected an object", to_text(found)),
                fmt::format("{}[{}]", by_.list, to_->lines()));
}

std::expected<outcome, reject> row_builder::finish(const change_facts* facts) {
  if (auto wrong = facts != nullptr ? facts_.put(*facts, *to_) : std::nullopt) {
    return std::unexpected{std::move(*wrong)};
  }
  if (auto good = check_record(by_, *into_, *to_, list_seen_); !good) {
    return std::unexpected{std::move(good.error())};
  }
  return outcome::event;
}

bool row_builder::refuse(reject_code code, std::string message, std::string field) {
  why_ = {code, std::move(field), std::move(message)};
  return false;
}

}  // namespace aisle::record
