// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "runtime/kv/snapshot.hpp"
#include "runtime/kv/txn.hpp"

/// Copies and their chains, as the ledger has them.
namespace aisle::kv {

[[nodiscard]] std::vector<copy_id> copies_in(const txn& in);
/// Throws `unknown_copy`; `damaged` when the chain does not lead from the base to the tip.
[[nodiscard]] copy_facts facts_of(const txn& in, copy_id id);

/// Oldest first. Throws `damaged` when one is missing.
[[nodiscard]] std::vector<schema> schemas_in(const txn& in);

}  // namespace aisle::kv
