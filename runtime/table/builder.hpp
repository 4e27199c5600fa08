// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "runtime/table/table.hpp"

namespace aisle::table {

/// Fills a table row by row.
class builder {
 public:
  explicit builder(std::shared_ptr<const record::contract> by);

  /// Copies a row in. The row with the same key when there is one already; then nothing is added.
  [[nodiscard]] std::optional<std::size_t> add(expr::row_ref row);
  /// What the texts take so far.
  [[nodiscard]] std::size_t text_bytes() const { return made_.heap_.size(); }
  /// The table; the builder is then empty.
  [[nodiscard]] reference finish();

 private:
  void add_key(std::size_t words_begin);
  void grow_index();

  reference made_;
  /// A bit per field that is a text.
  std::uint64_t texts_;
  std::string key_;
};

}  // namespace aisle::table
