// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/kv/errors.hpp"
#include "runtime/kv/ledger.hpp"

struct MDB_txn;
struct MDB_cursor;

/// LMDB as this room uses it. What fails is thrown as `trouble`; every function of `node_state` and
/// `snapshot` that others call catches it and answers a value.
namespace aisle::kv {

/// The named tables; LAYOUT.md says what stands in each.
enum class table : std::uint8_t { ledger, control, base, deltas, timers, outbox };
inline constexpr std::array<const char*, 6> table_names{"ledger", "control", "base",
                                                        "deltas", "timers",  "outbox"};
[[nodiscard]] constexpr const char* name_of(table t) {
  return table_names[static_cast<std::size_t>(t)];
}

class trouble : public std::exception {
 public:
  trouble(errc code, std::string message) : error_{code, std::move(message)} {}
  explicit trouble(error what) : error_{std::move(what)} {}
  [[nodiscard]] const error& what_happened() const { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  error error_;
};

/// The map is full: thrown by a write, which is then undone and done again with a larger map.
class map_full : public std::exception {};

/// What the file consists of.
struct file_stats {
  std::uint64_t page_bytes = 0;
  /// Up to the last one in use, and those among them that are free.
  std::uint64_t pages = 0;
  std::uint64_t free_pages = 0;
  std::uint64_t map_bytes = 0;
  struct table_stats {
    std::string name;
    std::uint64_t rows = 0;
    std::uint64_t pages = 0;
  };
  std::vector<table_stats> tables;
};

/// What a transaction needs to know of its environment.
struct txn_context {
  std::array<unsigned, table_names.size()> tables{};
  /// Of the file, for messages.
  std::string path;
};

class cursor {
 public:
  cursor(MDB_txn* of, table in, const txn_context& context);
  /// By LMDB's own handle.
  cursor(MDB_txn* of, unsigned in, const txn_context& context);
  cursor(cursor&& other) noexcept;
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;
  cursor& operator=(cursor&&) = delete;
  ~cursor();

  /// The moves answer whether there is a row.
  bool seek(std::string_view at_or_behind);
  bool first();
  bool last();
  bool next();
  /// Of the row it stands on; valid until the transaction changes anything, or ends.
  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] std::string_view value() const { return value_; }
  /// True on a row whose key begins so.
  [[nodiscard]] bool is_in(std::string_view prefix) const {
    return on_row_ && key_.starts_with(prefix);
  }

  void put(std::string_view key, std::string_view value);
  /// The key must be greater than all in the table.
  void append(std::string_view key, std::string_view value);
  /// Removes the row it stands on, and moves to the one behind it.
  bool erase();

 private:
  bool move(int how);
  void put(std::string_view key, std::string_view value, unsigned flags);

  MDB_cursor* cursor_ = nullptr;
  const txn_context* context_;
  std::string_view key_;
  std::string_view value_;
  bool on_row_ = false;
};

/// A transaction under way; owned by who made it.
class txn {
 public:
  txn(MDB_txn* of, const txn_context& context) : txn_{of}, context_{&context} {}

  [[nodiscard]] std::optional<std::string_view> get(table in, std::string_view key) const;
  void put(table in, std::string_view key, std::string_view value);
  /// Whether there was one.
  bool erase(table in, std::string_view key);
  [[nodiscard]] kv::cursor cursor(table in) const { return {txn_, in, *context_}; }
  /// Rows of a table.
  [[nodiscard]] std::uint64_t entries(table in) const;

  [[nodiscard]] file_stats stats() const;

  /// A row of the ledger; nothing when there is none.
  template <class Row>
  [[nodiscard]] std::optional<Row> row(std::string_view key) const {
    const auto value = get(table::ledger, key);
    return value ? std::optional{decoded<Row>(key, *value)} : std::nullopt;
  }
  template <class Row>
  void put_row(std::string_view key, const Row& what) {
    put(table::ledger, key, encode_row(key, what));
  }
  /// Throws `damaged` when the value is not what was written there.
  template <class Row>
  [[nodiscard]] Row decoded(std::string_view key, std::string_view value) const {
    Row out;
    if (!decode_row(key, value, out)) damaged(table::ledger, key);
    return out;
  }
  /// Visits the rows of the ledger whose keys begin so, in order, until one visit answers false.
  template <class Row, class Visit>
  void each_row(std::string_view prefix, Visit&& visit) const {
    auto at = cursor(table::ledger);
    for (bool on = at.seek(prefix); on && at.is_in(prefix); on = at.next()) {
      if (!visit(at.key(), decoded<Row>(at.key(), at.value()))) return;
    }
  }

  [[noreturn]] void damaged(table in, std::string_view key) const;
  [[nodiscard]] const txn_context& context() const { return *context_; }

 private:
  MDB_txn* txn_;
  const txn_context* context_;
};

}  // namespace aisle::kv
