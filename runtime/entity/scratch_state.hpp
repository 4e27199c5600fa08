// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/heap.hpp"
#include "runtime/base/scratch_file.hpp"
#include "runtime/entity/durable_state.hpp"
#include "runtime/entity/hash_places.hpp"

namespace aisle::entity {

/// Sleeping actors in a scratch file: a log of records in segments, an index of 16 bytes a place in
/// memory, which knows where a record begins and ends, so that taking it up is one read. What was
/// overwritten or erased is garbage; when there is more of it than of what is kept, the segment
/// with the most garbage is written anew, and its room is used again. Free segments beyond a
/// quarter of all, and eight, go back to the disk: no sooner, because the system writes a range out
/// before it gives it back. Every record carries a checksum, looked at before it is served.
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
    return index_.bytes() + base::heap_of(segments_) + base::heap_of(free_) + base::heap_of(tail_) +
           base::heap_of(scratch_) + base::heap_of(read_);
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

  /// Where a record lies, and the room it takes: what the index holds, in one word that is never 0.
  struct place {
    std::uint64_t position = 0;
    std::size_t room = 0;

    [[nodiscard]] std::uint64_t packed() const { return position / 8 | room / 8 << position_bits; }
    [[nodiscard]] static place of(std::uint64_t packed) {
      return {(packed & ((std::uint64_t{1} << position_bits) - 1)) * 8,
              static_cast<std::size_t>(packed >> position_bits) * 8};
    }
  };
  /// Of the positions, which are multiples of eight: 256 GiB.
  static constexpr unsigned position_bits = 35;

  /// Valid until the next one is read, or anything changes.
  [[nodiscard]] const record& at(place where) const;
  [[nodiscard]] kept_state checked(place where) const;
  /// Appends to what waits to be written together.
  void write(std::uint64_t position, std::string_view bytes);
  void write_tail();
  [[nodiscard]] std::size_t find(std::uint64_t key_hash, std::string_view key) const;
  /// Room for so many bytes in the open segment, or in one of its own.
  [[nodiscard]] std::expected<std::uint64_t, std::string> room_for(std::size_t bytes);
  [[nodiscard]] std::expected<std::size_t, std::string> take_segments(std::size_t span);
  /// Where in `free_` so many segments in a row begin; its size for nowhere.
  [[nodiscard]] std::size_t free_run(std::size_t span);
  void drop(place where);
  void free_segments(std::size_t first);
  /// Writes the segment with the least to keep anew, when there is too much garbage.
  void compact();

  std::unique_ptr<base::scratch_file> file_;
  hash_places index_;
  std::vector<segment> segments_;
  std::vector<std::size_t> free_;
  std::size_t holes_ = 0;
  std::size_t open_ = hash_places::nowhere;
  std::size_t used_ = 0;
  std::size_t live_ = 0;
  /// What was appended and not written yet, and where it belongs.
  std::string tail_;
  /// A record being made.
  std::string scratch_;
  std::uint64_t tail_at_ = 0;
  /// The record read last, and where it lies; its room is 0 when there is none.
  mutable std::string read_;
  mutable place read_of_;
};

}  // namespace aisle::entity
