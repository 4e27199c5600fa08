// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
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
/// each kind does to fence, where its marker is, and how it writes:
///
///   transactional  Fencing finishes or aborts what was under way, and older producers fail. The
///   (Kafka)        marker is a record in a compacted topic, read committed to its end. One
///                  transaction holds bytes and marker.
///   embedded log   Fencing raises the producer epoch in the partition. The marker is with the last
///                  batch of the lane. One atomic append holds both.
///   database       The write is the fence: the marker is a row that is updated where it is `prev`;
///                  no such row, and the write has failed.
///   files          There is neither: `delivered_to` stands for the marker. Bytes are written at
///                  their offset, synced, never truncated: whoever repeats it writes the same ones.
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
  /// Why the last call did not end well, for people.
  [[nodiscard]] virtual std::string why() const { return {}; }
  /// `hears` is told of trouble while a call is still under way, in words for people, by any
  /// thread; never behind the sink's end. False where calls are short: then `why` is told soon
  /// enough.
  virtual bool tell_trouble(const std::function<void(const std::string&)>& hears) {
    static_cast<void>(hears);
    return false;
  }
};

}  // namespace aisle::checkpoint
