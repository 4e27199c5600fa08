// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/record/compiled.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/row_writer.hpp"

namespace aisle::record {

/// What a change of a database's row says beside the row.
struct change_facts {
  /// c, u, r or d.
  std::string_view op;
  bool deleted = false;
  /// When the change was captured, and when it was made: ms since 1970-01-01T00:00:00Z.
  std::optional<std::int64_t> captured{};
  std::optional<std::int64_t> made{};
};

/// Which part of an envelope is the row.
enum class row_part : std::uint8_t {
  /// None: there is no event in it.
  none,
  /// None is needed: the record's key says which one is gone.
  gone,
  before,
  after,
};

/// By Debezium's `op`, and what is to become of deletions. The error says what is wrong.
[[nodiscard]] std::expected<row_part, reject> part_of(std::string_view op, deletes wanted);

/// The row that should be there is null or absent.
[[nodiscard]] reject refuse_no_row(std::string_view op, row_part part);

/// Fields of a contract that the change feeds and not its row: those that the data calls `__op`,
/// `__deleted`, `__ts_ms` or `__source_ts_ms`, the names Debezium's own unwrapping gives them.
class fact_fields {
 public:
  explicit fact_fields(const contract::impl& by);

  /// True for the name of such a field in the data.
  [[nodiscard]] static bool is_fact(std::string_view column);
  /// Puts them into the row, over what it had there. Answers why not.
  [[nodiscard]] std::optional<reject> put(const change_facts& facts, row_writer& to) const;

 private:
  enum class fact : std::uint8_t { op, deleted, captured, made };
  static std::optional<fact> fact_of(std::string_view column);

  const contract::impl& by_;
  std::vector<std::pair<std::size_t, fact>> fields_;
};

}  // namespace aisle::record
