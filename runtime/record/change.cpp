// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/change.hpp"

#include <array>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/record/typed_rules.hpp"

namespace aisle::record {

namespace {

row_part part_of_deletion(deletes wanted) {
  switch (wanted) {
    case deletes::skip:
      return row_part::none;
    case deletes::row:
      return row_part::before;
    case deletes::key:
      return row_part::gone;
  }
  base::die("a way to take deletions without a part");
}

}  // namespace

std::expected<row_part, reject> part_of(std::string_view op, deletes wanted) {
  if (op == "c" || op == "u" || op == "r") {
    return row_part::after;
  }
  if (op == "d") {
    return part_of_deletion(wanted);
  }
  if (op == "t" && wanted == deletes::key) {
    return std::unexpected{reject{reject_code::malformed, "op",
                                  "the database's table was truncated, which takes no row here; "
                                  "let Debezium leave that out (skipped.operations) and begin "
                                  "the topic anew"}};
  }
  // A table that was truncated, and a message of the database's own: neither is of a row.
  if (op == "t" || op == "m") {
    return row_part::none;
  }
  return std::unexpected{reject{reject_code::malformed, "op",
                                op.empty() ? "no op, so this is no Debezium envelope"
                                           : "an op other than c, r, u, d, t and m"}};
}

reject refuse_no_row(std::string_view op, row_part part) {
  return {reject_code::missing, part == row_part::before ? "before" : "after",
          fmt::format("op is {}, and this row is absent or null", op)};
}

std::optional<fact_fields::fact> fact_fields::fact_of(std::string_view column) {
  constexpr std::array<std::pair<std::string_view, fact>, 4> names{
      {{"__op", fact::op},
       {"__deleted", fact::deleted},
       {"__ts_ms", fact::captured},
       {"__source_ts_ms", fact::made}}};
  for (const auto& [name, what] : names) {
    if (name == column) {
      return what;
    }
  }
  return std::nullopt;
}

bool fact_fields::is_fact(std::string_view column) { return fact_of(column).has_value(); }

fact_fields::fact_fields(const contract::impl& by) : by_{by} {
  for (std::size_t place = 0; place < by.record.fields.size(); ++place) {
    if (const auto what = fact_of(by.record.fields[place].column)) {
      fields_.emplace_back(place, *what);
    }
  }
}

std::optional<reject> fact_fields::put(const change_facts& facts, row_writer& to) const {
  number_text number;
  for (const auto& [place, what] : fields_) {
    const auto& rule = by_.record.fields[place];
    const auto moment = [&](std::optional<std::int64_t> at) -> typed_value {
      if (!at) {
        return {};
      }
      const bool is_time = rule.type.kind == base::kind::timestamp;
      return is_time ? typed_value{.kind = typed_kind::moment, .moment = *at} : number.integer(*at);
    };
    const auto value = [&]() -> typed_value {
      switch (what) {
        case fact::op:
          return {.kind = typed_kind::text, .text = facts.op};
        case fact::deleted:
          return {.kind = typed_kind::boolean, .boolean = facts.deleted};
        case fact::captured:
          return moment(facts.captured);
        case fact::made:
          return moment(facts.made);
      }
      return {};
    }();
    if (auto wrong = put_value(rule, place, value, to.row(), to)) {
      return wrong;
    }
  }
  return std::nullopt;
}

}  // namespace aisle::record
