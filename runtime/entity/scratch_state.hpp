// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "runtime/base/scratch_file.hpp"
#include "runtime/entity/durable_state.hpp"
#include "runtime/entity/hash_places.hpp"

namespace aisle::entity {

/// Sleeping actors in a memory-mapped scratch file: a log of records in segments, an index of 16
/// bytes a place in memory. What was overwritten or erased is garbage; when there is more of it
/// than of what is kept, the segment with the most garbage is written anew, and its room is used
/// again. Free segments beyond a quarter of all, and eight, go back to the disk: no sooner, because
/// the system writes a range out before it gives it back. Every record carries a checksum, looked
/// at before it is served.
class scratch_state final : public durable_state {
 public:
  static constexpr std::size_t segment_bytes = std::size_t{1} << 20;

  /// At most `file->bytes_max()` on disk.
  explicit scratch_state(std::unique_ptr<base::scratch_file> file);

  std::expected<void, std::string> put(std::uint64_t key_hash, std::string_view key,
                                       std::string_view bytes) override;
  std::optional<std::string_view> get(std::uint64_t key_hash, std::string_view key) const override;
  void erase(std::uint64_t key_hash, std::string_view key) override;
  void each_of(std::uint64_t key_hash, const visitor& visit) const override;
  std::uint64_t each(std::uint64_t cursor, const visitor& visit) const override;
  std::size_t size() const override { return index_.size(); }
  std::size_t memory() const override {
    return index_.bytes() + segments_.capacity() * sizeof(segment);
  }
  /// Bytes of the file that are taken of the disk.
  [[nodiscard]] std::size_t disk() const { return (segments_.size() - holes_) * segment_bytes; }

 private:
  struct record;
  struct segment {
    std::uint32_t used = 0;
    std::uint32_t live = 0;
    /// A record larger than a segment has several to itself; this many from here.
    std::uint32_t span = 0;
    /// Free, and given back to the disk.
    bool hole = false;
  };

  [[nodiscard]] const record& at(std::uint64_t position) const;
  [[nodiscard]] kept_state checked(std::uint64_t position) const;
  [[nodiscard]] std::size_t find(std::uint64_t key_hash, std::string_view key) const;
  /// Room for so many bytes in the open segment, or in one of its own.
  [[nodiscard]] std::expected<std::uint64_t, std::string> room_for(std::size_t bytes);
  [[nodiscard]] std::expected<std::size_t, std::string> take_segments(std::size_t span);
  /// Where in `free_` so many segments in a row begin; its size for nowhere.
  [[nodiscard]] std::size_t free_run(std::size_t span);
  void drop(std::uint64_t position);
  void free_segments(std::size_t first);
  /// Writes the segment with the least to keep anew, when there is too much garbage.
  void compact();
  void let_go_now_and_then() const;

  std::unique_ptr<base::scratch_file> file_;
  hash_places index_;
  std::vector<segment> segments_;
  std::vector<std::size_t> free_;
  std::size_t holes_ = 0;
  std::size_t open_ = hash_places::nowhere;
  std::size_t used_ = 0;
  std::size_t live_ = 0;
  mutable std::size_t touched_ = 0;
};

}  // namespace aisle::entity
