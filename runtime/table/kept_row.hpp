// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/expr/row.hpp"

namespace aisle::table {

/// A row in memory of its own. Two are equal when all their fields are.
class kept_row {
 public:
  /// Copies `words` words and the texts. `texts` has a bit set for every field that is a text
  /// (record::text_fields).
  kept_row(expr::row_ref row, std::size_t words, std::uint64_t texts);

  [[nodiscard]] expr::row_ref row() const { return {words_.data(), texts_.data()}; }
  [[nodiscard]] std::size_t bytes() const {
    return words_.size() * sizeof(words_[0]) + texts_.size();
  }
  friend bool operator==(const kept_row&, const kept_row&) = default;

 private:
  std::vector<std::uint64_t> words_;
  std::string texts_;
};

}  // namespace aisle::table
