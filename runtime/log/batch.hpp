// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/log/bounds.hpp"
#include "runtime/log/errors.hpp"

/// Batches in bytes; FORMAT.md is the page to read first.
namespace aisle::log {

struct header {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// A record to be appended. The views must live until the append returns.
struct new_record {
  std::optional<std::string_view> key;
  /// Nothing: a tombstone, which says that the key is gone.
  std::optional<std::string_view> value;
  base::event_time timestamp{};
  std::vector<header> headers;
};

/// A record as it was read. The views live as long as the memory its batch was read into;
/// `io::record_padding` bytes behind the value can be read, whatever they hold.
struct record {
  base::offset offset{};
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  base::event_time timestamp{};
  std::vector<header> headers;
};

/// Who appends, so that repeats are dropped and a replaced producer is refused. `id` 0 is nobody.
struct producer_stamp {
  std::uint64_t id = 0;
  /// Grows whenever somebody takes over the producer's work.
  std::uint32_t epoch = 0;
  /// The number of the batch's first record among all this producer sends to this partition in
  /// this epoch: 0, 1, 2 …
  std::uint64_t sequence = 0;

  friend bool operator==(const producer_stamp&, const producer_stamp&) = default;
};

/// What a batch is for.
enum class batch_kind : std::uint32_t {
  records = 0,
  /// No records: raises a producer's epoch.
  fence = 1,
  /// No records: the producers the partition knew when the segment began.
  producers = 2,
};

struct batch_header {
  std::uint32_t bytes = 0;
  base::offset base{};
  std::uint32_t count = 0;
  batch_kind kind = batch_kind::records;
  /// How much of the segment was synced when this batch was written.
  std::uint64_t safe_bytes = 0;
  producer_stamp producer{};
  /// The first record's; those of the others are kept as differences.
  base::event_time timestamp{};
  base::event_time appended_at{};
};

inline constexpr std::size_t batch_header_bytes = 80;
inline constexpr std::uint32_t batch_magic = 0x48'43'54'42;  // "BTCH"

/// A batch where it lies in memory. Views into that memory.
struct batch_view {
  batch_header header;
  std::string_view marker;
  /// The records, or the producers, encoded.
  std::string_view body;
  /// Where it begins in its segment.
  std::uint64_t position = 0;

  [[nodiscard]] base::offset end() const { return base::offset{header.base.get() + header.count}; }
};

/// Appends a batch as it stands at byte `position` of the segment whose checksums begin with
/// `segment_seed`; `header.bytes` and `header.count` are worked out. The batch holds its records
/// and its marker together or not at all.
void encode_batch(std::string& to, std::uint64_t segment_seed, std::uint64_t position,
                  batch_header header, std::string_view marker,
                  std::span<const new_record> records);
/// The same for a batch without records.
void encode_batch(std::string& to, std::uint64_t segment_seed, std::uint64_t position,
                  batch_header header, std::string_view marker, std::string_view body);

/// errc::too_large when a record or all together are above their bounds.
[[nodiscard]] result<void> check_bounds(std::span<const new_record> records,
                                        std::string_view marker);

/// The length that a batch's first bytes claim; nothing when these cannot be a batch.
[[nodiscard]] std::optional<std::uint32_t> claimed_bytes(std::string_view bytes);

/// Reads the batch that begins at `bytes`, which stands at `position` of its segment. Nothing when
/// it is not whole, not that batch, or not what was written.
[[nodiscard]] std::optional<batch_view> decode_batch(std::string_view bytes,
                                                     std::uint64_t segment_seed,
                                                     std::uint64_t position);

/// Appends the batch's records to `into`. False when they are not well-formed, which the checksum
/// leaves only to a bug or to another program.
[[nodiscard]] bool decode_records(const batch_view& batch, std::vector<record>& into);

}  // namespace aisle::log
