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
  /// The same, chunk by chunk, each as it stands there: `visit(value, chunk)`, with views that live
  /// until the next one. Answers the row's head.
  template <class Visit>
  value_head each_chunk(Visit&& visit);
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
  /// The place of the row that is read.
  std::string row_;
  bool on_ = false;
};

template <class Visit>
value_head row_cursor::each_chunk(Visit&& visit) {
  row_.assign(place_);
  value_head head;
  std::size_t payload = 0;
  for (std::uint16_t number = 0;; ++number) {
    const auto key = at_.key();
    const auto chunk = decode_chunk(key.substr(prefix_.size()), at_.value());
    const bool first = number == 0;
    if (!chunk || big_at<std::uint16_t>(key, key.size() - chunk_number_bytes) != number ||
        (chunk->head.kind == value_kind::more) == first) {
      in_.damaged(of_, key);
    }
    if (first) {
      head = chunk->head;
    } else if (chunk->head.of != head.of) {
      in_.damaged(of_, key);
    }
    payload += chunk->bytes.size();
    visit(at_.value(), *chunk);
    const bool whole = payload >= head.payload_bytes;
    const std::string here = whole ? std::string{} : std::string{key};
    arrive(at_.next());
    if (whole) break;
    if (!on_ || place_ != row_) in_.damaged(of_, here);
  }
  if (payload != head.payload_bytes) in_.damaged(of_, prefix_ + row_);
  return head;
}

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
