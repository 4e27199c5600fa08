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
#include "runtime/record/schema_source.hpp"

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
  /// Its schema is not known, cannot be read, or is none of a record of the contract.
  schema,
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

/// What a record is that is not refused.
enum class outcome : std::uint8_t {
  /// An event: its fields are decoded.
  event,
  /// That the row is gone which the key beside the record names: no field is decoded. Only from
  /// decoders that were made to say so.
  deletion,
  /// Nothing that the contract speaks of, and nothing wrong: a deletion that is not asked for.
  nothing,
  /// It cannot be said yet, because something it takes is out of reach: the same record is to be
  /// decoded again in a while. `decoder::waits_for` says what it is.
  held_up,
};

/// Turns the bytes of one record into fields by a contract. Not thread-safe: one per reader.
class decoder {
 public:
  virtual ~decoder() = default;
  /// `raw` is one record without its line end. Fills `into`, or says why the record is refused;
  /// for all but events `into` is unspecified. Never throws but for lack of memory.
  [[nodiscard]] virtual std::expected<outcome, reject> decode(std::string_view raw,
                                                              decoded& into) = 0;
  /// For a person: what the last record was held up for. Empty when it was not.
  [[nodiscard]] virtual std::string_view waits_for() const { return {}; }
};

/// What a record stands for that says a row of a database is gone.
enum class deletes : std::uint8_t {
  /// Nothing: outcome::nothing.
  skip,
  /// An event, with the row as it was. Where the database does not tell that, a record without a
  /// row, which is refused.
  row,
  /// outcome::deletion: the key beside the record says whose row is gone, so that nothing of the
  /// row itself is needed. A table that was truncated has no key and is refused: its rows stay.
  key,
};

/// How the records of a source are written. CSV is not among them (csv.hpp).
enum class format : std::uint8_t { json, msgpack, avro };

struct decoding {
  record::format format = format::json;
  /// Records are Debezium's envelopes of changes, in JSON or Avro: what they say of a row is the
  /// record.
  bool debezium = false;
  record::deletes deletes = deletes::skip;
  /// Of Avro: the schema of every record. Empty: each record begins with the id of its own, as
  /// Confluent's serialisers write it (0, then 4 bytes, most significant first).
  std::string schema{};
  /// Who knows the schemas by their ids; only asked when `schema` is empty, and needed then.
  std::shared_ptr<schema_source> schemas{};
};

/// The contract must outlive the decoder. The error, for a person, is of the schema: it is none, or
/// does not fit the contract.
[[nodiscard]] std::expected<std::unique_ptr<decoder>, std::string> make_decoder(const contract& by,
                                                                                const decoding& how,
                                                                                limits bounds = {});

/// One JSON document per record. The contract must outlive the decoder.
[[nodiscard]] std::unique_ptr<decoder> make_json_decoder(const contract& by, limits bounds = {});

/// One msgpack map per record, by field name. The contract must outlive the decoder.
[[nodiscard]] std::unique_ptr<decoder> make_msgpack_decoder(const contract& by, limits bounds = {});

}  // namespace aisle::record
