// SPDX-License-Identifier: Apache-2.0
// Recursive descent, one function per level of binding, loosest first:
//   or · and · not · == != < <= > >= is · + - · * / · - (sign) · operand
// Comparisons do not chain: a < b < c says nothing a person would mean.
#include "runtime/expr/parser.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "runtime/expr/lexer.hpp"

namespace aisle::expr {
namespace {

struct spelling {
  std::string_view sign;
  node_kind operation;
};
constexpr std::array comparisons{
    spelling{"==", node_kind::equal},  spelling{"!=", node_kind::not_equal},
    spelling{"<", node_kind::less},    spelling{"<=", node_kind::less_or_equal},
    spelling{">", node_kind::greater}, spelling{">=", node_kind::greater_or_equal}};
constexpr std::array additions{spelling{"+", node_kind::add}, spelling{"-", node_kind::subtract}};
constexpr std::array multiplications{spelling{"*", node_kind::multiply},
                                     spelling{"/", node_kind::divide}};

class parser {
 public:
  explicit parser(std::string_view text) : lexer_{text} {}

  std::expected<std::vector<node>, diagnostic> run() {
    advance();
    disjunction();
    if (!failure_ && current_.kind != token_kind::end) {
      fail_at_rest();
    }
    if (failure_) {
      return std::unexpected{std::move(*failure_)};
    }
    return std::move(nodes_);
  }

 private:
  /// Counts how deep the grammar has gone into itself.
  class level {
   public:
    explicit level(parser& of) : of_{of} {
      if (++of_.nesting_ > nesting_max) {
        of_.fail(errc::too_complex,
                 fmt::format("nested more than {} deep: split the expression", nesting_max));
      }
    }
    level(const level&) = delete;
    level& operator=(const level&) = delete;
    ~level() { --of_.nesting_; }

   private:
    parser& of_;
  };

  void advance() {
    if (failure_) {
      return;
    }
    auto t = lexer_.next();
    if (t) {
      current_ = std::move(*t);
    } else {
      failure_ = std::move(t.error());
      current_ = {};
    }
  }
  void fail(errc code, std::string message, std::string expected = {},
            std::string suggestion = {}) {
    if (!failure_) {
      failure_ = diagnostic{code,
                            current_.begin,
                            current_.end,
                            std::move(message),
                            std::move(expected),
                            std::move(suggestion)};
    }
  }

  [[nodiscard]] bool at(token_kind kind, std::string_view text) const {
    return !failure_ && current_.kind == kind && current_.text == text;
  }
  [[nodiscard]] bool at_keyword(std::string_view word) const {
    return at(token_kind::keyword, word);
  }
  [[nodiscard]] bool at_symbol(std::string_view sign) const { return at(token_kind::symbol, sign); }
  template <std::size_t N>
  [[nodiscard]] std::optional<node_kind> at_any(const std::array<spelling, N>& of) const {
    for (const auto& [sign, operation] : of) {
      if (at_symbol(sign)) {
        return operation;
      }
    }
    return std::nullopt;
  }
  void push(node_kind kind, const token& t) { nodes_.push_back({kind, t.begin, t.end, t.text}); }

  void disjunction() {
    conjunction();
    while (at_keyword("or")) {
      const auto sign = current_;
      push(node_kind::disjunction_guard, sign);
      advance();
      conjunction();
      push(node_kind::disjunction, sign);
    }
  }

  void conjunction() {
    inversion();
    while (at_keyword("and")) {
      const auto sign = current_;
      push(node_kind::conjunction_guard, sign);
      advance();
      inversion();
      push(node_kind::conjunction, sign);
    }
  }

  void inversion() {
    if (!at_keyword("not")) {
      comparison();
      return;
    }
    const level deeper{*this};
    const auto sign = current_;
    advance();
    inversion();
    push(node_kind::inversion, sign);
  }

  void comparison() {
    sum();
    if (at_keyword("is")) {
      null_test();
    } else if (const auto operation = at_any(comparisons)) {
      const auto sign = current_;
      advance();
      if (at_keyword("null")) {
        refuse_null(*operation);
        return;
      }
      sum();
      push(*operation, sign);
      if (at_any(comparisons)) {
        fail(errc::syntax, "comparisons do not chain", "a < b and b < c");
      }
    }
  }

  void null_test() {
    auto sign = current_;
    advance();
    const bool inverted = at_keyword("not");
    if (inverted) {
      advance();
    }
    if (!at_keyword("null")) {
      fail(errc::syntax, "`is` asks for null and nothing else", "is null, is not null");
      return;
    }
    sign.end = current_.end;
    advance();
    push(inverted ? node_kind::is_not_null : node_kind::is_null, sign);
  }

  void refuse_null(node_kind operation) {
    if (operation == node_kind::equal || operation == node_kind::not_equal) {
      const std::string meant = operation == node_kind::equal ? "is null" : "is not null";
      fail(errc::syntax, "a comparison with null is never true", meant, meant);
    } else {
      fail(errc::syntax, "null is neither less nor greater than anything");
    }
  }

  void sum() {
    product();
    while (const auto operation = at_any(additions)) {
      const auto sign = current_;
      advance();
      product();
      push(*operation, sign);
    }
  }

  void product() {
    signed_operand();
    while (const auto operation = at_any(multiplications)) {
      const auto sign = current_;
      advance();
      signed_operand();
      push(*operation, sign);
    }
  }

  void signed_operand() {
    if (!at_symbol("-")) {
      operand();
      return;
    }
    const level deeper{*this};
    const auto sign = current_;
    advance();
    // The sign belongs to a whole number, or -9223372036854775808 could not be written.
    if (current_.kind == token_kind::number && !failure_) {
      current_.text.insert(0, 1, '-');
      current_.begin = sign.begin;
      operand();
      return;
    }
    signed_operand();
    push(node_kind::negate, sign);
  }

  void operand() {
    if (failure_) {
      return;
    }
    switch (current_.kind) {
      case token_kind::name:
        name();
        return;
      case token_kind::number:
        push(kind_of_number(), current_);
        break;
      case token_kind::duration:
        push(node_kind::duration, current_);
        break;
      case token_kind::string:
        push(node_kind::string, current_);
        break;
      case token_kind::keyword:
      case token_kind::symbol:
      case token_kind::end:
        other_operand();
        return;
    }
    advance();
  }

  [[nodiscard]] node_kind kind_of_number() const {
    if (current_.text.find_first_of("eE") != std::string::npos) {
      return node_kind::number;
    }
    return current_.text.find('.') == std::string::npos ? node_kind::integer : node_kind::decimal;
  }

  void name() {
    const auto called = current_;
    push(node_kind::name, current_);
    advance();
    if (at_symbol("(")) {
      current_ = called;
      fail(errc::syntax, fmt::format("there is no function `{}`", called.text));
    }
  }

  void other_operand() {
    if (at_symbol("(")) {
      parentheses();
    } else if (at_keyword("true") || at_keyword("false")) {
      push(node_kind::boolean, current_);
      advance();
    } else if (at_keyword("null")) {
      fail(errc::syntax, "null is asked for with `is`", "x is null, x is not null");
    } else if (current_.kind == token_kind::end) {
      fail(errc::syntax, nodes_.empty() ? "the expression is empty" : "the expression breaks off",
           "a field, a literal or (");
    } else {
      fail(errc::syntax, fmt::format("`{}` where an operand should be", current_.text),
           "a field, a literal or (");
    }
  }

  void parentheses() {
    const level deeper{*this};
    const auto open = current_;
    advance();
    disjunction();
    if (at_symbol(")")) {
      advance();
    } else if (current_.kind == token_kind::end && !failure_) {
      current_ = open;
      fail(errc::syntax, "the parenthesis is not closed", ")");
    } else {
      fail_at_rest();
    }
  }

  /// Something stands where the expression could only go on with an operator.
  void fail_at_rest() {
    if (at_symbol(")")) {
      fail(errc::syntax, "a parenthesis is closed that was not opened");
      return;
    }
    auto word = current_.text;
    std::ranges::transform(word, word.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const bool shouted = word != current_.text && (word == "and" || word == "or" || word == "is");
    fail(errc::syntax, fmt::format("`{}` where an operator should be", current_.text),
         "+ - * / == != < <= > >= and or is", shouted ? word : std::string{});
  }

  lexer lexer_;
  token current_;
  std::vector<node> nodes_;
  std::optional<diagnostic> failure_;
  std::size_t nesting_ = 0;
};

}  // namespace

std::expected<std::vector<node>, diagnostic> parse(std::string_view text) {
  if (text.size() > length_max) {
    return refuse(errc::too_complex, length_max, text.size(),
                  fmt::format("longer than {} bytes: split the expression", length_max));
  }
  return parser{text}.run();
}

std::string_view sign_of(node_kind operation) {
  switch (operation) {
    case node_kind::add:
      return "+";
    case node_kind::subtract:
    case node_kind::negate:
      return "-";
    case node_kind::multiply:
      return "*";
    case node_kind::divide:
      return "/";
    case node_kind::equal:
      return "==";
    case node_kind::not_equal:
      return "!=";
    case node_kind::less:
      return "<";
    case node_kind::less_or_equal:
      return "<=";
    case node_kind::greater:
      return ">";
    case node_kind::greater_or_equal:
      return ">=";
    case node_kind::conjunction_guard:
    case node_kind::conjunction:
      return "and";
    case node_kind::disjunction_guard:
    case node_kind::disjunction:
      return "or";
    case node_kind::inversion:
      return "not";
    case node_kind::is_null:
      return "is null";
    case node_kind::is_not_null:
      return "is not null";
    case node_kind::name:
    case node_kind::integer:
    case node_kind::decimal:
    case node_kind::number:
    case node_kind::duration:
    case node_kind::string:
    case node_kind::boolean:
      return "";
  }
  return "";
}

}  // namespace aisle::expr
