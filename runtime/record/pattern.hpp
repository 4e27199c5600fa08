// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace aisle::record {

/// A regular expression for whole texts, matched in one pass and without memory: no text can make
/// it slow.
///
/// It knows literals, `.`, `[a-z]`, `[^…]`, `\d \w \s` and escaped signs, `( )`, `|`, `* + ?` and
/// `{m}`, `{m,}`,
/// `{m,n}`. A `^` in front and a `$` at the end are allowed and change nothing. It is ASCII; `.`
/// and `[^…]` take one byte, so a character beyond ASCII counts as its UTF-8 bytes. At most 63
/// places of the text can be told apart: `[0-9]{6}` uses six.
class pattern {
 public:
  /// What is wrong with the text, for a person, when it is no such expression.
  [[nodiscard]] static std::expected<pattern, std::string> compile(std::string_view text);

  [[nodiscard]] bool matches(std::string_view text) const;
  /// As it was written.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  friend class pattern_parser;
  /// A set of places of the expression, one bit each.
  using places = std::uint64_t;

  std::string text_;
  /// The places that take this byte.
  std::array<places, 256> takes_{};
  /// The places that may come next behind a place.
  std::array<places, 64> follow_{};
  places first_ = 0;
  places last_ = 0;
  bool nullable_ = false;
};

}  // namespace aisle::record
