// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/record/change.hpp"
#include "runtime/record/compiled.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/row_writer.hpp"
#include "runtime/record/typed_value.hpp"

namespace aisle::record {

/// The names under which fields stand in the data, in their order.
[[nodiscard]] std::vector<std::string> columns_of(const row_rules& rules);
/// The same of a record, and its list behind them.
[[nodiscard]] std::vector<std::string> record_columns(const contract::impl& by);

/// Finds the place of a name. Names of a stream come in the same order again and again, so the one
/// behind the last is tried first.
class place_finder {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  explicit place_finder(std::vector<std::string> names) : names_{std::move(names)} {}
  void restart() { next_ = 0; }
  [[nodiscard]] std::size_t find(std::string_view name);

 private:
  std::vector<std::string> names_;
  std::size_t next_ = 0;
};

/// Fills a row from values that have types, by the rules, reasons and messages of JSON. What
/// answers false has stored why the record is refused: `refusal` hands it over.
class row_builder {
 public:
  row_builder(const contract::impl& by, limits bounds);

  /// Starts a record. `text_bytes` is a guess at its texts.
  void begin(decoded& into, std::size_t text_bytes);

  /// The place of a name in the record, or in a line once `begin_line` was called; none when the
  /// contract does not know it.
  [[nodiscard]] std::size_t find(std::string_view name);
  /// False when something came for this place already.
  [[nodiscard]] bool claim(std::size_t place);
  /// The place `find` answers for the contract's list.
  [[nodiscard]] bool is_list(std::size_t place) const;
  [[nodiscard]] bool put(std::size_t place, const typed_value& value);

  /// The list is there. Lines follow, each between `begin_line` and `end_line`.
  void begin_list() { list_seen_ = true; }
  [[nodiscard]] bool begin_line();
  void end_line();
  /// The list is null, or none.
  [[nodiscard]] bool refuse_list(const typed_value& found);
  /// The line that should begin is none.
  [[nodiscard]] bool refuse_line(const typed_value& found);

  /// `facts`: of the change the row is part of; null when it is of none.
  [[nodiscard]] std::expected<outcome, reject> finish(const change_facts* facts = nullptr);

  /// Always false.
  bool refuse(reject_code code, std::string message, std::string field = {});
  [[nodiscard]] std::unexpected<reject> refusal() { return std::unexpected{std::move(why_)}; }

 private:
  static constexpr std::size_t no_line = static_cast<std::size_t>(-1);

  [[nodiscard]] const field_rule& rule_of(std::size_t place) const;
  [[nodiscard]] std::string path(std::string_view field) const;
  [[nodiscard]] std::uint64_t* row();

  const contract::impl& by_;
  limits bounds_;
  fact_fields facts_;
  place_finder names_;
  place_finder line_names_;
  decoded* into_ = nullptr;
  std::optional<row_writer> to_;
  /// Places of the record and of the line that were claimed.
  std::uint64_t seen_ = 0;
  std::uint64_t seen_in_line_ = 0;
  std::size_t line_ = no_line;
  bool list_seen_ = false;
  reject why_;
};

}  // namespace aisle::record
