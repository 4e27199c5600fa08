// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/io/disk.hpp"
#include "runtime/log/batch.hpp"
#include "runtime/log/errors.hpp"
#include "runtime/log/segment.hpp"

namespace aisle::log {

/// Reads a segment batch by batch and checks each. It reads in pieces of 256 KiB, or of one batch
/// where that is more.
class segment_walker {
 public:
  /// Opens the segment and checks that it is this partition's. `on` must outlive the walker.
  [[nodiscard]] static result<segment_walker> open(const std::filesystem::path& path,
                                                   const partition_identity& of, io::disk& on);

  enum class found : std::uint8_t {
    batch,
    /// The limit, between two batches.
    end,
    /// What stands at `position` is no whole batch.
    damage,
  };

  /// The next batch before `limit` (a position in the file). Its views are good until the next
  /// call.
  [[nodiscard]] result<found> next(std::uint64_t limit, batch_view& into);

  /// Goes on at a place where a batch begins.
  void go_to(std::uint64_t position) { position_ = position; }
  /// Where the next batch begins.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const segment_header& header() const { return header_; }
  [[nodiscard]] result<std::uint64_t> file_bytes();

  /// After damage: true when a later good batch, before `limit`, says that what stands at
  /// `position()` was synced once. Then the damage is no torn end of an unfinished write.
  [[nodiscard]] result<bool> was_synced_at_damage(std::uint64_t limit);

 private:
  segment_walker(std::filesystem::path path, std::unique_ptr<io::open_file> file);

  // Makes [position_, position_ + bytes) stand in memory, as far as the file and the limit go.
  [[nodiscard]] result<std::string_view> have(std::uint64_t bytes, std::uint64_t limit);
  [[nodiscard]] result<void> read_header(const partition_identity& of);

  std::filesystem::path path_;
  std::unique_ptr<io::open_file> file_;
  segment_header header_;
  std::uint64_t seed_ = 0;
  std::uint64_t position_ = 0;
  // What of the file stands in memory: [memory_from_, memory_from_ + memory_bytes_). Behind it lies
  // the padding that decoders may read.
  std::vector<char> memory_;
  std::uint64_t memory_from_ = 0;
  std::uint64_t memory_bytes_ = 0;
};

/// "PATH is damaged at byte N: WHY; …": the error for bytes that were acknowledged.
[[nodiscard]] std::unexpected<error> damaged(const std::filesystem::path& path,
                                             std::uint64_t position, std::string_view why);

}  // namespace aisle::log
