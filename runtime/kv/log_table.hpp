// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "runtime/control/records.hpp"
#include "runtime/kv/txn.hpp"

/// The control log as rows of the table `control`: an offset each.
namespace aisle::kv {

/// So many of the last records are kept whole, for people; of older ones the last of each key.
inline constexpr std::int64_t records_kept = 1000;

[[nodiscard]] std::string log_key(log_offset at);

/// Appends behind everything that is there. Throws `trouble`, `wrong_base` when somebody has
/// written behind `after`.
log_offset append_record(txn& in, const control::record& what, log_offset after);

/// Removes all records; the next one stands at this offset.
void begin_log_at(txn& in, log_offset next);

}  // namespace aisle::kv
