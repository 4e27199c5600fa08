// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expr/row.hpp"
#include "runtime/record/contract.hpp"

namespace aisle::record {

/// Why a record is refused. The names are the stable codes of dead letters (`to_text`): never
/// renamed.
enum class reject_code : std::uint8_t {
  /// No document at all: an empty or white line.
  empty,
  /// Not the syntax of the format: broken JSON, an open quote, bad UTF-8, bytes behind the
  /// document.
  malformed,
  /// Longer than the limit.
  too_large,
  /// Nested deeper than the limit.
  too_deep,
  /// A required field is absent or null.
  missing,
  /// A field that stands twice.
  duplicate_field,
  /// The value is not of the field's type.
  wrong_type,
  /// Outside the contract's (or the type's) range.
  out_of_range,
  /// Does not match the contract's pattern.
  pattern,
  /// Not one of the contract's values.
  not_in_enum,
  /// Breaks a quality rule of the contract; the field is the rule's name.
  quality,
  /// More lines in the list than the limit.
  too_many_items,
  /// More or fewer columns than the header.
  columns,
  /// Event time ahead of the clock by more than the source allows (`ahead:`).
  ahead,
};
[[nodiscard]] std::string_view to_text(reject_code code);

/// Bounds on one record; what is beyond is rejected with the code in brackets.
struct limits {
  std::size_t record_bytes_max = 1 << 20;  // too_large
  std::size_t depth_max = 64;              // too_deep
  std::size_t items_max = 10'000;          // too_many_items
};

/// A refused record: what a dead letter says beside position and original bytes.
struct reject {
  reject_code code{};
  /// `total_amount`, `items[2].quantity`; empty when no field is to blame.
  std::string field;
  /// For a person: what was found, what was expected.
  std::string message;
};

/// One decoded record and the lines of its list; scratch that a reader uses again and again.
/// All rows share one heap. Rows live until the next decode.
class decoded {
 public:
  [[nodiscard]] expr::row_ref row() const { return {row_.data(), heap_.data()}; }
  [[nodiscard]] std::size_t lines() const { return lines_; }
  /// Line `i` in the layout contract::line_fields().
  [[nodiscard]] expr::row_ref line(std::size_t i) const {
    return {line_words_.data() + i * words_per_line_, heap_.data()};
  }
  /// Decimals of this record that had more digits than their scale and were rounded half even.
  [[nodiscard]] std::uint32_t rounded() const { return rounded_; }

 private:
  friend class row_writer;
  std::vector<std::uint64_t> row_;
  std::vector<std::uint64_t> line_words_;
  std::string heap_;
  std::size_t words_per_line_ = 0;
  std::size_t lines_ = 0;
  std::uint32_t rounded_ = 0;
};

/// Turns the bytes of one record into fields by a contract. Not thread-safe: one per reader.
class decoder {
 public:
  virtual ~decoder() = default;
  /// `raw` is one record without its line end. Fills `into`, or says why the record is refused
  /// (then `into` is unspecified). Never throws but for lack of memory.
  [[nodiscard]] virtual std::expected<void, reject> decode(std::string_view raw, decoded& into) = 0;
};

/// One JSON document per record. The contract must outlive the decoder.
[[nodiscard]] std::unique_ptr<decoder> make_json_decoder(const contract& by, limits bounds = {});

}  // namespace aisle::record
