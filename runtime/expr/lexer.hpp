// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "runtime/expr/program.hpp"

namespace aisle::expr {

enum class token_kind : std::uint8_t {
  end,
  /// `quantity`, `products.cost`, `` `Unit Cost` ``
  name,
  /// `and`, `or`, `not`, `is`, `null`, `true`, `false`
  keyword,
  /// `12`, `12.50`, `1e-3`
  number,
  /// `5m`, `1h30m`
  duration,
  /// `"north"`, `'north'`
  string,
  /// `+ - * / ( ) == != < <= > >=`
  symbol,
};

/// A word of an expression: bytes [begin, end) of the text.
struct token {
  token_kind kind = token_kind::end;
  std::size_t begin = 0;
  std::size_t end = 0;
  /// What it says: quotes and backquotes gone, escapes resolved.
  std::string text;
};

/// Cuts an expression into tokens, one at a time.
class lexer {
 public:
  /// `text` must outlive the lexer.
  explicit lexer(std::string_view text) : text_{text} {}

  [[nodiscard]] std::expected<token, diagnostic> next();

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] token cut(token_kind kind, std::size_t begin) const {
    return {kind, begin, at_, std::string{text_.substr(begin, at_ - begin)}};
  }
  void skip_digits();
  [[nodiscard]] std::expected<token, diagnostic> number_or_duration();
  [[nodiscard]] std::expected<token, diagnostic> string();
  [[nodiscard]] std::expected<token, diagnostic> name();
  [[nodiscard]] std::expected<token, diagnostic> symbol();

  std::string_view text_;
  std::size_t at_ = 0;
};

/// A diagnostic of bytes [begin, end).
[[nodiscard]] std::unexpected<diagnostic> refuse(errc code, std::size_t begin, std::size_t end,
                                                 std::string message, std::string expected = {},
                                                 std::string suggestion = {});

}  // namespace aisle::expr
