// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// The disk under LMDB, which fails on purpose: the test program defines pwrite, writev and
/// fdatasync, and LMDB's library calls those. Only calls on a data file count.
namespace aisle::kv {

struct disk_fault {
  enum class effect : std::uint8_t {
    /// The call fails with `number`.
    error,
    /// A write writes half, which LMDB calls EIO.
    half,
    /// The process dies before the call, as kill -9 ends it.
    kill,
    /// It dies, and of what was written since the last sync some pages are as before.
    power_cut,
  };
  effect does = effect::error;
  int number = 0;
  /// Which of the calls that count, from 1.
  std::uint64_t at = 0;
  /// All from there on, not only that one.
  bool lasting = false;
  bool writes = true;
  bool syncs = true;
  /// Which pages a power cut takes back.
  std::uint64_t seed = 0;
};

/// From now on calls are counted from 1.
void arm_disk(const disk_fault& fault);
void disarm_disk();
/// Calls since it was armed.
[[nodiscard]] std::uint64_t disk_calls();

}  // namespace aisle::kv
