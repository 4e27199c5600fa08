// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/typed_value.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/json.hpp"
#include "runtime/base/time.hpp"

namespace aisle::record {
namespace {

template <class Number>
typed_value exact(std::array<char, 64>& into, Number number) {
  const auto* const end = std::to_chars(into.data(), into.data() + into.size(), number).ptr;
  return {.kind = typed_kind::exact, .text = {into.data(), end}};
}

template <class Number>
typed_value floating_of(std::array<char, 64>& into, Number number) {
  const auto end = fmt::format_to_n(into.begin(), into.size(), "{}", number);
  return {.kind = typed_kind::floating, .text = {into.data(), std::min(end.size, into.size())}};
}

}  // namespace

typed_value number_text::integer(std::int64_t number) { return exact(text_, number); }

typed_value number_text::integer(std::uint64_t number) { return exact(text_, number); }

typed_value number_text::floating(float number) { return floating_of(text_, number); }

typed_value number_text::floating(double number) { return floating_of(text_, number); }

typed_value number_text::decimal(base::int128 units, int scale) {
  base::check(scale >= 0 && scale <= 38, "a scale that the text has room for");
  __extension__ using uint128 = unsigned __int128;
  const bool negative = units < 0;
  auto left = negative ? -static_cast<uint128>(units) : static_cast<uint128>(units);
  auto at = text_.size();
  for (int digit = 0; left != 0 || digit <= scale; ++digit) {
    if (digit == scale && scale > 0) {
      text_[--at] = '.';
    }
    text_[--at] = static_cast<char>('0' + static_cast<int>(left % 10));
    left /= 10;
  }
  if (negative) {
    text_[--at] = '-';
  }
  return {.kind = typed_kind::exact, .text = {text_.data() + at, text_.size() - at}};
}

std::string to_text(const typed_value& value) {
  switch (value.kind) {
    case typed_kind::null:
      return "null";
    case typed_kind::boolean:
      return value.boolean ? "true" : "false";
    case typed_kind::exact:
    case typed_kind::floating:
      return std::string{value.text};
    case typed_kind::text: {
      std::string quoted;
      base::append_json_string(quoted, value.text);
      return quoted;
    }
    case typed_kind::bytes:
      return fmt::format("{} bytes", value.text.size());
    case typed_kind::moment:
      return fmt::format("the moment {} ms", value.moment);
    case typed_kind::compound:
      return "a list or an object";
  }
  base::die("a kind of value without a text");
}

}  // namespace aisle::record
