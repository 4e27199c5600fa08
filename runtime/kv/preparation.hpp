// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/control/records.hpp"
#include "runtime/kv/delta.hpp"
#include "runtime/kv/txn.hpp"

namespace aisle::kv {

class node_state;

/// Bytes of keys and values in one commit of a preparation. LMDB holds at most 131,071 dirty pages
/// in a transaction; half of that is ours, and a page is filled by a quarter at least.
inline constexpr std::size_t part_bytes_max = std::size_t{32} << 20;
inline constexpr std::size_t dirty_pages_max = std::size_t{64} << 10;
static_assert(part_bytes_max / (4096 / 4) <= dirty_pages_max);

/// A record for the control log that goes into the last commit of a preparation: on a node without
/// backups, an attempt that is prepared there is complete.
struct record_with {
  /// Makes the record, given the checksums of the deltas, in their order.
  std::function<control::record(std::span<const checksum>)> make;
  /// As in control_log::append.
  log_offset after;
};

/// An attempt on its way to the disk, in parts, each a synced commit; the last makes it prepared,
/// all deltas at once. When a part fails for want of room, the same preparation goes on from there.
class preparation {
 public:
  /// Sorts the rows; the bytes they point to must live as long as this.
  preparation(attempt of, std::vector<delta> deltas, std::optional<record_with> record = {});

  [[nodiscard]] attempt of() const { return of_; }
  [[nodiscard]] bool done() const { return done_; }
  /// Of each delta, in their order, once done.
  [[nodiscard]] const std::vector<checksum>& checksums() const { return checksums_; }
  /// Where the record stands in the control log, once done.
  [[nodiscard]] std::optional<log_offset> appended() const { return appended_; }
  /// Commits so far.
  [[nodiscard]] std::size_t parts() const { return parts_; }

 private:
  friend node_state;
  enum class phase : std::uint8_t { actors, notes, outbox };
  /// Where it goes on.
  struct place {
    std::size_t delta = 0;
    phase in = phase::actors;
    std::size_t index = 0;
    /// Of an outbox's part.
    std::size_t byte = 0;
  };
  struct totals {
    row_sum rows;
    std::uint64_t bytes = 0;
    row_sum outbox;
    /// Whose actors the copy has.
    hash_range hashes;
    /// It was prepared before: it is only added up, and must come to the same.
    bool there = false;
  };
  class part;

  [[nodiscard]] bool at_end(const place& at) const { return at.delta == deltas_.size(); }
  void check_base(const txn& in, std::size_t i, totals& of) const;
  void finish(txn& in, const std::vector<totals>& all);
  void link(txn& in, std::size_t i, const totals& of);
  [[nodiscard]] checksum checksum_of(const delta& d, const totals& of) const;

  attempt of_;
  std::vector<delta> deltas_;
  std::optional<record_with> record_;
  place at_;
  std::vector<totals> totals_;
  std::size_t parts_ = 0;
  bool done_ = false;
  std::vector<checksum> checksums_;
  std::optional<log_offset> appended_;
};

}  // namespace aisle::kv
