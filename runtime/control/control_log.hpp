// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "runtime/control/errors.hpp"
#include "runtime/control/records.hpp"

namespace aisle::control {

/// Why an append has no offset.
enum class append_failure : std::uint8_t {
  /// Somebody else has the right to append now; the record is not there and never will be.
  fenced,
  /// The record is there, or is not, or will be. The writer leads no longer: it makes a new log
  /// object, fences, and reads to the end; then the record is there or never will be.
  unknown,
};

/// The only truth about who leads, who acts where, and which epochs are complete. One object per
/// process and attempt to lead; used from one thread.
///
/// A leader calls `fence`, then `end`, reads up to that, and only then appends; in another order
/// the previous leader's last record can be missed. One append at a time.
class control_log {
 public:
  control_log() = default;
  control_log(const control_log&) = delete;
  control_log& operator=(const control_log&) = delete;
  virtual ~control_log() = default;

  /// Takes the right to append from everybody else. When it returns, every record of earlier
  /// holders is in the log or never will be.
  [[nodiscard]] virtual result<void> fence() = 0;

  /// Writes the record behind everything else, saying that its writer had read up to `after`.
  /// Returns when it is durable: nobody, this node included, is shown it before.
  /// Precondition: `fence` succeeded on this object, and no append on it has failed.
  [[nodiscard]] virtual std::expected<log_offset, append_failure> append(const record& what,
                                                                         log_offset after) = 0;

  /// The offset that is behind every record which was durable when it was called; all before it
  /// are shown from then on.
  [[nodiscard]] virtual result<log_offset> end() = 0;

  /// Up to `count_max` records at `from` or behind it, in order, perhaps fewer than there are; none
  /// only when none was shown at the call. A record that is durable may be shown a moment later:
  /// who must not miss one calls `end` first, behind which all before it are shown. And who reads
  /// to the end reads until none comes: the end is no sign, because offsets have holes before it.
  /// Compaction may have removed all but the last record of each key.
  [[nodiscard]] virtual result<std::vector<log_entry>> read(log_offset from,
                                                            std::size_t count_max) = 0;
};

}  // namespace aisle::control
