// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/batch.hpp"

#include <bit>
#include <limits>

#include "runtime/base/check.hpp"

namespace aisle::record {
namespace {

/// Places of texts have 32 bits.
constexpr std::size_t heap_bytes_max = std::numeric_limits<std::uint32_t>::max();

}  // namespace

std::size_t batch::bytes() const {
  return heads_.size() * sizeof(event_head) + words_.size() * sizeof(std::uint64_t) + heap_.size();
}

void batch::append(const event_head& head, expr::row_ref row, std::uint64_t texts) {
  const auto first = words_.size();
  words_.insert(words_.end(), row.words, row.words + words_per_row_);
  for (auto left = texts & row.words[0]; left != 0; left &= left - 1) {
    auto& word = words_[first + 1 + static_cast<std::size_t>(std::countr_zero(left))];
    const auto text = expr::text_at(row.heap, word);
    base::check(heap_.size() + text.size() <= heap_bytes_max, "a batch's texts fit its offsets");
    word = expr::text_word(heap_.size(), text.size());
    heap_ += text;
  }
  heads_.push_back(head);
}

void batch::clear() {
  heads_.clear();
  words_.clear();
  heap_.clear();
}

std::uint64_t text_fields(const layout& of) {
  std::uint64_t texts = 0;
  for (std::size_t i = 0; i < of.fields().size(); ++i) {
    if (of.fields()[i].type.kind == base::kind::string) {
      texts |= std::uint64_t{1} << i;
    }
  }
  return texts;
}

}  // namespace aisle::record
