// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kv/txn.hpp"
#include "runtime/kv/value.hpp"

/// Rows of base and deltas, put together from their chunks.
namespace aisle::kv {

/// A row, whole and checked. Its memory is used again for the next one.
struct kept_row {
  std::string place;
  value_head head;
  /// A long key, then the bytes.
  std::string payload;

  [[nodiscard]] bool gone() const { return head.kind == value_kind::tombstone; }
  [[nodiscard]] std::string_view bytes() const {
    return std::string_view{payload}.substr(head.key_bytes);
  }
};

/// Goes through the rows of one table whose keys begin with a prefix.
class row_cursor {
 public:
  row_cursor(const txn& in, table of, std::string prefix);

  /// To the first row whose place is not before this one.
  bool seek(std::string_view place);
  [[nodiscard]] bool on() const { return on_; }
  [[nodiscard]] std::string_view place() const { return place_; }
  /// Reads the row it stands on, and moves behind it. Throws `damaged`.
  void read(kept_row& into);
  /// Moves behind the row it stands on.
  void skip();

 private:
  void arrive(bool on);

  txn in_;
  table of_;
  cursor at_;
  std::string prefix_;
  std::string key_;
  std::string place_;
  bool on_ = false;
};

/// The newest of each place, over several tables.
class merged_rows {
 public:
  /// Newest first.
  explicit merged_rows(std::vector<row_cursor> sources) : sources_{std::move(sources)} {}

  void seek(std::string_view place);
  /// The next row, a tombstone too; false at the end.
  bool next(kept_row& into);

 private:
  std::vector<row_cursor> sources_;
};

}  // namespace aisle::kv
