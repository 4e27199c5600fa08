// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/flow/alignment.hpp"
#include "runtime/flow/message.hpp"

namespace aisle::checkpoint {

/// What one epoch brought to a lane: bytes, and where in the lane's output they belong. Whoever
/// repeats the delivery writes the same bytes in the same place.
struct outbox {
  base::epoch epoch;
  std::int64_t start_offset = 0;
  std::string bytes;
  std::uint64_t records = 0;
};

/// What a lane asks to be done, in order, after a step.
struct lane_effects {
  std::vector<flow::credit> credits;
  /// The outbox of this epoch is closed.
  std::optional<base::epoch> prepared;
  /// To be written, one after the other; `delivered` is called for each when it is durable.
  std::vector<const outbox*> deliver;
  std::optional<std::string> gone;
};

/// The unit of delivery order of a sink. Keeps the outputs of the running epoch; on the last
/// barrier they become the epoch's outbox; when the epoch is complete the outbox is delivered,
/// strictly in order.
class lane {
 public:
  /// `channels`: how many senders; `start_offset`: bytes the lane's output already holds.
  lane(std::size_t channels, std::int64_t start_offset)
      : alignment_{channels}, last_(channels), parked_(channels), offset_{start_offset} {}

  void accept(flow::line_message message, lane_effects& effects);
  /// The epoch is complete: its outbox may go out.
  void complete(base::epoch n, lane_effects& effects);
  /// The outbox of this epoch is out and durable.
  void delivered(base::epoch n);

  /// Bytes held: the running epoch, what waits behind its barrier, and every outbox that is not out
  /// yet.
  [[nodiscard]] std::size_t bytes() const {
    return running_.bytes.size() + parked_bytes_ + bytes_in_outboxes_;
  }
  [[nodiscard]] const std::deque<outbox>& outboxes() const { return outboxes_; }

 private:
  void take(flow::line_message message, lane_effects& effects);

  flow::alignment alignment_;
  std::vector<base::sequence> last_;
  std::vector<std::deque<flow::line_message>> parked_;
  outbox running_;
  /// Closed, oldest first; references stay valid until `delivered`.
  std::deque<outbox> outboxes_;
  std::size_t parked_bytes_ = 0;
  std::size_t bytes_in_outboxes_ = 0;
  std::int64_t offset_ = 0;
};

}  // namespace aisle::checkpoint
