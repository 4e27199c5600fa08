// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/expr/row.hpp"

namespace aisle::expr {

/// A name an expression may use, and where its value will lie.
struct binding {
  /// `quantity`, or `products.cost` for a field of a table.
  std::string name;
  expr::place place;
};

/// The names in reach of an expression.
class scope {
 public:
  scope() = default;
  explicit scope(std::vector<binding> names) : names_{std::move(names)} {}

  [[nodiscard]] const std::vector<binding>& names() const { return names_; }
  [[nodiscard]] const binding* find(std::string_view name) const;

 private:
  std::vector<binding> names_;
};

enum class errc : std::uint8_t {
  /// The text is no expression: a missing operand, a stray character, an open parenthesis.
  syntax,
  /// A name that is not in scope.
  unknown_name,
  /// An operator does not take these types.
  type_mismatch,
  /// A literal that does not fit.
  out_of_range,
  /// Nested deeper, or longer, than the limits.
  too_complex,
};

/// What is wrong with an expression, and where: bytes [begin, end) of its text.
struct diagnostic {
  errc code{};
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string message;
  /// What would have been right here; empty when there is nothing useful to say.
  std::string expected;
  /// A name that was probably meant; empty when none is near.
  std::string suggestion;
};

/// Why an expression has no value for one event. Null operands are no failure: they give null.
enum class failure : std::uint8_t {
  /// The exact result does not fit 64 bits.
  overflow,
  division_by_zero,
};
[[nodiscard]] std::string_view to_text(failure why);

/// An expression, checked and compiled once; evaluating allocates nothing and is safe from many
/// threads.
class program {
 public:
  program(program&&) noexcept;
  program& operator=(program&&) noexcept;
  ~program();

  /// The type of every value it yields, null aside.
  [[nodiscard]] base::value_type type() const;
  /// Fields it reads, each once.
  [[nodiscard]] const std::vector<place>& reads() const;
  /// True when it reads no field of row 0, so that it has a value without an event.
  [[nodiscard]] bool needs_no_event() const;
  /// The value for these rows. Texts in the result live as long as the rows, or the program
  /// (literals).
  [[nodiscard]] std::expected<base::value, failure> evaluate(std::span<const row_ref> rows) const {
    if (field_) {
      return load(rows, *field_);
    }
    return run(rows);
  }

 private:
  friend std::expected<program, diagnostic> compile(std::string_view, const scope&);
  struct code;
  explicit program(std::unique_ptr<code> compiled);
  [[nodiscard]] std::expected<base::value, failure> run(std::span<const row_ref> rows) const;
  std::unique_ptr<code> code_;
  /// Set when the expression is one field and nothing else, as most are.
  std::optional<place> field_;
};

/// Checks and compiles an expression. Types (README.md of the room has the table): integers and
/// decimals stay exact (+ − take the larger scale, × adds the scales, ÷ yields a number), a number
/// on either side makes a number; comparisons between integer, decimal and number are exact where
/// both are exact.
[[nodiscard]] std::expected<program, diagnostic> compile(std::string_view text, const scope& names);

/// The names an expression uses, without compiling it: to see which streams can feed it. Empty on a
/// syntax error.
[[nodiscard]] std::vector<std::string> names_in(std::string_view text);

}  // namespace aisle::expr
