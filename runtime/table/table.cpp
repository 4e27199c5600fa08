// SPDX-License-Identifier: Apache-2.0
#include "runtime/table/table.hpp"

#include "runtime/base/hash.hpp"

namespace aisle::table {

reference::reference(std::shared_ptr<const record::contract> by)
    : contract_{std::move(by)}, words_per_row_{contract_->fields().words()}, index_(2, 0) {}

std::size_t reference::slot_of(std::string_view key) const {
  const auto mask = index_.size() - 1;
  auto slot = base::hash64(key) & mask;
  while (index_[slot] != 0 && this->key(index_[slot] - 1) != key) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

expr::row_ref reference::find(std::string_view key) const {
  const auto row = index_[slot_of(key)];
  return row == 0 ? expr::row_ref{} : (*this)[row - 1];
}

std::size_t reference::bytes() const {
  return words_.capacity() * sizeof(words_[0]) + heap_.capacity() +
         keys_.capacity() * sizeof(keys_[0]) + index_.capacity() * sizeof(index_[0]);
}

}  // namespace aisle::table
