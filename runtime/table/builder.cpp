// SPDX-License-Identifier: Apache-2.0
#include "runtime/table/builder.hpp"

#include <bit>

#include "runtime/record/batch.hpp"
#include "runtime/record/key.hpp"

namespace aisle::table {

builder::builder(std::shared_ptr<const record::contract> by)
    : made_{std::move(by)}, texts_{record::text_fields(made_.contract().fields())} {}

std::optional<std::size_t> builder::add(expr::row_ref row) {
  const auto& by = made_.contract();
  key_.clear();
  record::encode_key(key_, row, by.unique_key(), by.fields());
  if (2 * (made_.keys_.size() + 1) > made_.index_.size()) {
    grow_index();
  }
  const auto slot = made_.slot_of(key_);
  if (made_.index_[slot] != 0) {
    return made_.index_[slot] - 1;
  }
  const auto begin = made_.words_.size();
  made_.words_.insert(made_.words_.end(), row.words, row.words + made_.words_per_row_);
  for (auto left = texts_ & row.words[0]; left != 0; left &= left - 1) {
    auto& word = made_.words_[begin + 1 + static_cast<std::size_t>(std::countr_zero(left))];
    const auto text = expr::text_at(row.heap, word);
    word = expr::text_word(made_.heap_.size(), text.size());
    made_.heap_ += text;
  }
  add_key(begin);
  made_.index_[slot] = static_cast<std::uint32_t>(made_.keys_.size());
  return std::nullopt;
}

// A key that is one text stands in the row already; any other is put behind the row's texts.
void builder::add_key(std::size_t words_begin) {
  const auto& by = made_.contract();
  const auto first = by.unique_key().front();
  if (by.unique_key().size() == 1 && (texts_ >> first & 1) != 0) {
    made_.keys_.push_back(made_.words_[words_begin + 1U + first]);
    return;
  }
  made_.keys_.push_back(expr::text_word(made_.heap_.size(), key_.size()));
  made_.heap_ += key_;
}

void builder::grow_index() {
  made_.index_.assign(2 * made_.index_.size(), 0);
  for (std::size_t row = 0; row < made_.keys_.size(); ++row) {
    made_.index_[made_.slot_of(made_.key(row))] = static_cast<std::uint32_t>(row + 1);
  }
}

reference builder::finish() {
  made_.words_.shrink_to_fit();
  made_.heap_.shrink_to_fit();
  made_.keys_.shrink_to_fit();
  return std::move(made_);
}

}  // namespace aisle::table
