// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/log_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "runtime/control/record_codec.hpp"
#include "runtime/kv/bytes.hpp"

namespace aisle::kv {
namespace {

/// Old records that one append takes away: more than it adds, so that the log comes down to its
/// bound.
constexpr int compacted_per_append = 4;

std::array<log_offset, 4> kept_of(const log_row& log) {
  return {log.last_log, log.last_claim, log.last_assign, log.last_complete};
}

log_offset& last_of(log_row& log, std::string_view key) {
  if (key == "log") return log.last_log;
  if (key == "claim") return log.last_claim;
  if (key == "assign") return log.last_assign;
  return log.last_complete;
}

void compact(txn& in, log_row& log) {
  const auto kept = kept_of(log);
  for (int i = 0; i < compacted_per_append; ++i) {
    if (log.floor.get() + records_kept >= log.next.get()) return;
    if (std::ranges::find(kept, log.floor) == kept.end()) {
      in.erase(table::control, log_key(log.floor));
    }
    log.floor = log.floor.next();
  }
}

}  // namespace

std::string log_key(log_offset at) {
  std::string key;
  append_big(key, static_cast<std::uint64_t>(at.get()));
  return key;
}

log_offset append_record(txn& in, const control::record& what, log_offset after) {
  auto log = in.row<log_row>(ledger_key::log()).value_or(log_row{});
  const log_offset at = log.next;
  if (const auto last = std::ranges::max(kept_of(log)); after != last) {
    throw trouble{errc::wrong_base,
                  fmt::format("a control record was to follow offset {}, but the log ends at {}: "
                              "somebody else has written",
                              after.get(), last.get())};
  }
  const auto key = log_key(at);
  in.put(table::control, key, sealed(key, control::encode(what, after)));
  auto& last = last_of(log, control::key_of(what));
  // Below the floor it stayed only because it was the last of its key.
  if (last < log.floor && last != control::before_the_log) {
    in.erase(table::control, log_key(last));
  }
  last = at;
  log.next = at.next();
  compact(in, log);
  in.put_row(ledger_key::log(), log);
  return at;
}

void begin_log_at(txn& in, log_offset next) {
  auto at = in.cursor(table::control);
  for (bool on = at.first(); on;) {
    on = at.erase();
  }
  in.put_row(ledger_key::log(), log_row{.next = next,
                                        .floor = next,
                                        .last_log = control::before_the_log,
                                        .last_claim = control::before_the_log,
                                        .last_assign = control::before_the_log,
                                        .last_complete = control::before_the_log});
}

}  // namespace aisle::kv
