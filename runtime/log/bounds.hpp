// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// The bounds of a log, and what happens at each.
namespace aisle::log {

/// Key, value and headers of a record together; a larger one is refused (errc::too_large).
inline constexpr std::size_t record_bytes_max = std::size_t{8} << 20;
/// A batch with its header; a larger append is refused. An outbox above it goes in parts.
inline constexpr std::size_t batch_bytes_max = std::size_t{16} << 20;
/// Records of one batch.
inline constexpr std::uint32_t batch_records_max = 1'000'000;
/// What one write and sync may hold; the rest of a group waits for the next.
inline constexpr std::size_t group_bytes_max = std::size_t{32} << 20;
/// Headers of a record.
inline constexpr std::uint32_t record_headers_max = 256;
/// The marker of a batch.
inline constexpr std::size_t marker_bytes_max = 256;
/// Producers a partition remembers; one more, and the one that has been silent longest is
/// forgotten: it is no longer fenced, and its repeats are no longer dropped.
inline constexpr std::size_t producers_max = 4096;

inline constexpr std::uint32_t partitions_max = 1024;
/// A segment takes batches until it is this long; the last write to it may take it past, by less
/// than group_bytes_max.
inline constexpr std::uint64_t segment_bytes_default = std::uint64_t{64} << 20;
inline constexpr std::uint64_t segment_bytes_min = std::uint64_t{4} << 10;
inline constexpr std::uint64_t segment_bytes_max = std::uint64_t{1} << 30;

static_assert(record_bytes_max < batch_bytes_max, "a record fits into a batch of its own");
static_assert(batch_bytes_max <= group_bytes_max, "a batch fits into a group of its own");

}  // namespace aisle::log
