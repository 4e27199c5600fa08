// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/base/value.hpp"
#include "runtime/expr/row.hpp"

namespace aisle::support {

/// A record made by hand: its fields in the order of the layout, null for an absent one. Owns its
/// texts.
class row {
 public:
  row() = default;
  explicit row(const std::vector<base::value>& fields) {
    base::check(fields.size() <= expr::fields_max, "a row has at most 63 fields");
    words_.resize(fields.size() + 1);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!fields[i].is_null()) {
        words_[0] |= std::uint64_t{1} << i;
        words_[i + 1] = word_of(fields[i]);
      }
    }
  }

  /// Lives as long as the row, and until it is moved or changed. A row without fields is a null
  /// record.
  [[nodiscard]] expr::row_ref ref() const {
    return {words_.empty() ? nullptr : words_.data(), heap_.data()};
  }

 private:
  std::uint64_t word_of(const base::value& v) {
    switch (v.type().kind) {
      case base::kind::null:
        return 0;
      case base::kind::string: {
        const auto text = v.as_string();
        heap_ += text;
        return expr::text_word(heap_.size() - text.size(), text.size());
      }
      case base::kind::integer:
        return static_cast<std::uint64_t>(v.as_integer());
      case base::kind::decimal:
        return static_cast<std::uint64_t>(v.as_decimal().units);
      case base::kind::number:
        return std::bit_cast<std::uint64_t>(v.as_number());
      case base::kind::boolean:
        return v.as_boolean() ? 1 : 0;
      case base::kind::timestamp:
        return static_cast<std::uint64_t>(v.as_timestamp().time_since_epoch().count());
      case base::kind::duration:
        return static_cast<std::uint64_t>(v.as_duration().count());
    }
    return 0;
  }

  std::vector<std::uint64_t> words_;
  std::string heap_;
};

}  // namespace aisle::support
