// SPDX-License-Identifier: Apache-2.0
#include "runtime/expr/lexer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

namespace aisle::expr {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::array keywords{"and", "or", "not", "is", "null", "true", "false"};
constexpr std::array two_byte_symbols{"==", "!=", "<=", ">="};
constexpr std::string_view one_byte_symbols = "+-*/()<>";

/// How other languages write what ours writes differently.
struct habit {
  std::string_view theirs;
  std::string_view ours;
};
constexpr std::array habits{habit{"&&", "and"}, habit{"||", "or"}, habit{"<>", "!="},
                            habit{"!", "not"},  habit{"=", "=="},  habit{"&", "and"},
                            habit{"|", "or"}};

}  // namespace

std::unexpected<diagnostic> refuse(errc code, std::size_t begin, std::size_t end,
                                   std::string message, std::string expected,
                                   std::string suggestion) {
  return std::unexpected{
      diagnostic{code, begin, end, std::move(message), std::move(expected), std::move(suggestion)}};
}

std::expected<token, diagnostic> lexer::next() {
  while (is_space(peek()) && at_ < text_.size()) {
    ++at_;
  }
  if (at_ == text_.size()) {
    return token{token_kind::end, at_, at_, {}};
  }
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    return number_or_duration();
  }
  if (c == '"' || c == '\'') {
    return string();
  }
  if (is_letter(c) || c == '`') {
    return name();
  }
  return symbol();
}

void lexer::skip_digits() {
  while (is_digit(peek())) {
    ++at_;
  }
}

std::expected<token, diagnostic> lexer::number_or_duration() {
  const auto begin = at_;
  skip_digits();
  if (peek() == '.' && is_digit(peek(1))) {
    ++at_;
    skip_digits();
  }
  const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
  if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
    at_ += 1 + sign;
    skip_digits();
  }
  if (!is_letter(peek()) && peek() != '.') {
    return cut(token_kind::number, begin);
  }
  while (is_letter(peek()) || is_digit(peek()) || peek() == '.') {
    ++at_;
  }
  auto span = cut(token_kind::duration, begin);
  if (!base::parse_duration(span.text)) {
    return refuse(errc::syntax, begin, at_,
                  fmt::format("`{}` is neither a number nor a duration", span.text),
                  "12, 12.50, 1e-3, 5m, 1h30m");
  }
  return span;
}

std::expected<token, diagnostic> lexer::string() {
  const auto begin = at_;
  const char quote = text_[at_++];
  token t{token_kind::string, begin, begin, {}};
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] == '\\') {
      const char escaped = peek(1);
      if (escaped != '\\' && escaped != '"' && escaped != '\'') {
        return refuse(errc::syntax, at_, std::min(at_ + 2, text_.size()),
                      "a backslash stands before a quote or a backslash only", R"(\\, \" or \')");
      }
      ++at_;
    }
    t.text += text_[at_++];
  }
  if (at_ == text_.size()) {
    return refuse(errc::syntax, begin, at_, "the string has no end",
                  fmt::format("a closing {}", quote));
  }
  t.end = ++at_;
  return t;
}

std::expected<token, diagnostic> lexer::name() {
  token t{token_kind::name, at_, at_, {}};
  bool quoted = false;
  for (;;) {
    if (peek() == '`') {
      quoted = true;
      const auto close = text_.find('`', at_ + 1);
      if (close == std::string_view::npos || close == at_ + 1) {
        return refuse(errc::syntax, at_, std::min(at_ + 2, text_.size()),
                      close == at_ + 1 ? "a name between backquotes is empty"
                                       : "the name has no closing backquote");
      }
      t.text += text_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
    } else if (is_letter(peek())) {
      const auto begin = at_;
      while (is_letter(peek()) || is_digit(peek())) {
        ++at_;
      }
      t.text += text_.substr(begin, at_ - begin);
    } else {
      return refuse(errc::syntax, t.begin, at_, "a name does not end with a point");
    }
    if (peek() != '.') {
      break;
    }
    t.text += text_[at_++];
  }
  t.end = at_;
  if (!quoted && std::ranges::find(keywords, t.text) != keywords.end()) {
    t.kind = token_kind::keyword;
  }
  return t;
}

std::expected<token, diagnostic> lexer::symbol() {
  const auto begin = at_;
  const auto rest = text_.substr(at_);
  for (const std::string_view symbol : two_byte_symbols) {
    if (rest.starts_with(symbol)) {
      at_ += 2;
      return cut(token_kind::symbol, begin);
    }
  }
  for (const auto& [theirs, ours] : habits) {
    if (rest.starts_with(theirs)) {
      return refuse(errc::syntax, begin, begin + theirs.size(),
                    fmt::format("`{}` is written `{}` here", theirs, ours), {}, std::string{ours});
    }
  }
  ++at_;
  if (one_byte_symbols.find(rest.front()) == std::string_view::npos) {
    return refuse(errc::syntax, begin, at_, fmt::format("`{}` means nothing here", rest.front()));
  }
  return cut(token_kind::symbol, begin);
}

}  // namespace aisle::expr
