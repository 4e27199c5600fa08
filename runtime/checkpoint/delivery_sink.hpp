// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint/lane_owner.hpp"

namespace aisle::checkpoint {

/// How a call to a sink ended; each is an event of `lane_owner`.
enum class sink_end : std::uint8_t {
  done,
  /// Somebody else has fenced this producer.
  lost,
  /// Any other error, and any time-out: it may have happened, or not, or happen later.
  failed,
  /// It cannot be done, now or ever.
  refused,
};

/// A part of an outbox with the bytes that were stored for it, never ones that were made again.
struct outbox_part {
  outbox_head outbox;
  std::uint32_t part = 0;
  /// Where it belongs in the lane's output: the bytes of everything before it.
  std::int64_t start_offset = 0;
  std::string_view bytes;
};

/// One producer of one lane, as `lane_owner` wants it; a thread of the lane's own calls it. What
/// each kind does:
///
/// | kind          | fence                           | marker                  | write |
/// |---------------|---------------------------------|-------------------------|-------------------------|
/// | transactional | finishes or aborts what was     | a record in a compacted | one transaction:
/// bytes  | | (Kafka)       | under way; older producers fail | topic, read_committed   | and
/// marker              | | embedded log  | raises the producer epoch in    | with the last batch of
/// | one atomic append       | |               | the partition                   | the lane | | |
/// database      | nothing: the write is the fence | a row                   | update it where it
/// is   | |               |                                 |                         | `prev`; no
/// row: failed  | | files         | nothing: whoever repeats it     | none: `delivered_to`    | at
/// its offset, synced,  | |               | writes the same bytes there     | | never truncated |
class delivery_sink {
 public:
  delivery_sink() = default;
  delivery_sink(const delivery_sink&) = delete;
  delivery_sink& operator=(const delivery_sink&) = delete;
  /// Destroys the producer. What it had under way may still happen.
  virtual ~delivery_sink() = default;

  [[nodiscard]] virtual sink_end fence() = 0;
  /// Nothing when the lane has no marker there.
  [[nodiscard]] virtual std::expected<std::optional<marker>, sink_end> read_marker(
      attempt delivered_to) = 0;
  [[nodiscard]] virtual sink_end write_first_marker() = 0;
  [[nodiscard]] virtual sink_end write(const outbox_part& part) = 0;
};

}  // namespace aisle::checkpoint
