// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.hpp"
#include "runtime/expr/row.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/csv.hpp"
#include "runtime/record/decoder.hpp"

namespace aisle::table {

/// How the rows stand in the file. `json`: one document per line.
enum class format : std::uint8_t { csv, json };

struct load_options {
  table::format format = format::csv;
  record::csv_options csv{};
  /// Bounds on one row.
  record::limits bounds{};
};

/// No table is larger: it stands in the memory of every node.
inline constexpr std::size_t table_bytes_max = std::size_t{1} << 30;
/// After so many complaints about one table the rest is not read.
inline constexpr std::size_t complaints_max = 100;

/// A reference table: rows by a contract, found by its unique key. Immutable, so all threads may
/// read it; rows live as long as the table.
class reference {
 public:
  [[nodiscard]] const record::contract& contract() const { return *contract_; }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

  /// The row with this key, encoded by record::encode_key in the order of the contract's unique
  /// key; a null record when there is none.
  [[nodiscard]] expr::row_ref find(std::string_view key) const;
  /// Row `i` in the order of the file.
  [[nodiscard]] expr::row_ref operator[](std::size_t i) const {
    return {words_.data() + i * words_per_row_, heap_.data()};
  }
  /// What the table occupies.
  [[nodiscard]] std::size_t bytes() const;

 private:
  friend class builder;
  explicit reference(std::shared_ptr<const record::contract> by);

  [[nodiscard]] std::string_view key(std::size_t i) const {
    return expr::text_at(heap_.data(), keys_[i]);
  }
  /// The slot of the index that has this key, or is free for it.
  [[nodiscard]] std::size_t slot_of(std::string_view key) const;

  std::shared_ptr<const record::contract> contract_;
  std::size_t words_per_row_;
  std::vector<std::uint64_t> words_;
  /// Texts of the rows, and keys that are no text of their row.
  std::string heap_;
  /// Per row: where its encoded key stands in the heap.
  std::vector<std::uint64_t> keys_;
  /// Open addressing by the hash of the key, at most half full: row + 1, or 0.
  std::vector<std::uint32_t> index_;
};

/// Reads a table from the text of a file; `path` is only for messages. All errors at once: a table
/// with a bad row, a key that stands twice or a column that is missing is none.
[[nodiscard]] std::expected<reference, base::diagnostics> parse(
    std::string_view text, const std::string& path, std::shared_ptr<const record::contract> by,
    const load_options& options);

/// Reads the file (plain text) and parses it.
[[nodiscard]] std::expected<reference, base::diagnostics> load(
    const std::filesystem::path& path, std::shared_ptr<const record::contract> by,
    const load_options& options);

}  // namespace aisle::table
