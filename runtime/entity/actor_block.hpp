// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "runtime/entity/actor_table.hpp"
#include "runtime/expr/row.hpp"

// How an actor lies in its block: head, a row reference per table, the states, the key's bytes.
namespace aisle::entity {

inline expr::row_ref* rows_of(actor& a) { return reinterpret_cast<expr::row_ref*>(&a + 1); }

inline std::string_view key_of(const actor& a, std::size_t key_at) {
  return {reinterpret_cast<const char*>(&a) + key_at, a.key_size};
}

}  // namespace aisle::entity
