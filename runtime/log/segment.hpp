// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"

/// Segments and end marks in bytes; FORMAT.md is the page to read first.
namespace aisle::log {

/// Which partition of which topic a file belongs to.
struct partition_identity {
  std::uint64_t topic = 0;
  base::partition_id partition{};

  friend bool operator==(const partition_identity&, const partition_identity&) = default;
};

/// What stands at the beginning of a segment.
struct segment_header {
  partition_identity of;
  /// The offset of the segment's first record, its name too.
  base::offset base{};
  base::event_time created_at{};

  /// Seed of the checksums of the segment's batches.
  [[nodiscard]] std::uint64_t seed() const;
};

inline constexpr std::size_t segment_header_bytes = 64;
inline constexpr std::uint32_t format_version = 1;

[[nodiscard]] std::string encode(const segment_header& header);

/// Why bytes are no header of ours.
enum class not_ours : std::uint8_t {
  /// They are the beginning of one, of no batch, or nothing at all.
  damaged,
  /// Another program's file.
  strange,
  /// Ours, of a later version.
  later_version,
};
[[nodiscard]] std::expected<segment_header, not_ours> decode_segment_header(std::string_view bytes);

/// How far a partition is acknowledged: what is before it is synced and can be read by anybody.
struct end_mark {
  partition_identity of;
  /// The segment it lies in.
  base::offset segment{};
  /// In that segment's file.
  std::uint64_t position = 0;
  /// The offset that the next record will have.
  base::offset next{};

  friend bool operator==(const end_mark&, const end_mark&) = default;
};

inline constexpr std::size_t end_mark_bytes = 64;

[[nodiscard]] std::string encode(const end_mark& mark);
/// Nothing when the bytes are damaged, or are being written at this moment.
[[nodiscard]] std::optional<end_mark> decode_end_mark(std::string_view bytes);

/// `00000000000000012345.segment`: sorted by name is sorted by offset.
[[nodiscard]] std::string segment_name(base::offset base);
/// Nothing when the name is none of a segment.
[[nodiscard]] std::optional<base::offset> base_of(const std::filesystem::path& segment);

}  // namespace aisle::log
