// SPDX-License-Identifier: Apache-2.0
#include "runtime/table/kept_row.hpp"

#include <bit>

namespace aisle::table {

kept_row::kept_row(expr::row_ref row, std::size_t words, std::uint64_t texts)
    : words_(row.words, row.words + words) {
  for (auto left = texts & words_[0]; left != 0; left &= left - 1) {
    auto& word = words_[1 + static_cast<std::size_t>(std::countr_zero(left))];
    const auto text = expr::text_at(row.heap, word);
    word = expr::text_word(texts_.size(), text.size());
    texts_ += text;
  }
}

}  // namespace aisle::table
