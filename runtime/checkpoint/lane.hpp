// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
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
  /// Nothing of this epoch can be lost by this lane any more once the epoch is complete.
  std::optional<base::epoch> prepared;
  /// With it, of a lane that keeps its outputs until then: the outbox. Lives until `written`.
  const outbox* closed = nullptr;
  /// To be written, one after the other; `written` is called for each when it is durable.
  std::vector<const outbox*> deliver;
  /// Everything of this epoch is out, and the lane was told that the epoch is complete.
  std::optional<base::epoch> delivered;
  std::optional<std::string> gone;
};

/// When the outputs of a sink go out.
enum class delivery : std::uint8_t {
  /// When their epoch is complete, each once.
  exactly_once,
  /// At once. What a crash interrupts goes out again, with the same ids.
  immediate,
};

/// The unit of delivery order of a sink: takes finished records from several senders and hands them
/// to a writer.
class lane {
 public:
  /// `channels`: how many senders. `last`: the epoch it goes on behind.
  explicit lane(std::size_t channels, base::epoch last = {})
      : alignment_{channels, last}, last_(channels) {}
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;
  virtual ~lane() = default;

  void accept(flow::line_message message, lane_effects& effects);
  /// The epoch is complete.
  virtual void complete(base::epoch n, lane_effects& effects) = 0;
  /// What was to be delivered of epoch n and those before it is out and durable.
  virtual void written(base::epoch n, lane_effects& effects) = 0;
  /// Bytes held, out of all that is not durable yet.
  [[nodiscard]] virtual std::size_t bytes() const = 0;

 protected:
  /// A message whose number is right.
  virtual void take(flow::line_message message, lane_effects& effects) = 0;
  /// A message's barrier has come. True when it was the last one.
  bool align(flow::channel on, base::epoch n, lane_effects& effects);
  [[nodiscard]] const flow::alignment& aligned() const { return alignment_; }

 private:
  flow::alignment alignment_;
  std::vector<base::sequence> last_;
};

/// `start_offset`: bytes the lane's output already holds.
[[nodiscard]] std::unique_ptr<lane> make_lane(delivery how, std::size_t channels,
                                              std::int64_t start_offset, base::epoch last = {});

/// Keeps the outputs of the running epoch; on the last barrier they become the epoch's outbox; when
/// the epoch is complete the outbox is delivered, strictly in order.
class epoch_lane final : public lane {
 public:
  epoch_lane(std::size_t channels, std::int64_t start_offset, base::epoch last = {})
      : lane{channels, last}, parked_(channels), offset_{start_offset} {}

  void complete(base::epoch n, lane_effects& effects) override;
  void written(base::epoch n, lane_effects& effects) override;
  /// The running epoch, what waits behind its barrier, and every outbox that is not out yet.
  [[nodiscard]] std::size_t bytes() const override {
    return running_.bytes.size() + parked_bytes_ + bytes_in_outboxes_;
  }
  [[nodiscard]] const std::deque<outbox>& outboxes() const { return outboxes_; }

 private:
  void take(flow::line_message message, lane_effects& effects) override;
  void gather(flow::line_message message, lane_effects& effects);
  void close(base::epoch n, lane_effects& effects);

  std::vector<std::deque<flow::line_message>> parked_;
  outbox running_;
  /// Closed, oldest first; references stay valid until `written`.
  std::deque<outbox> outboxes_;
  std::size_t parked_bytes_ = 0;
  std::size_t bytes_in_outboxes_ = 0;
  std::int64_t offset_ = 0;
};

/// Hands its outputs on as they come: one piece is being written, what comes meanwhile is the next
/// piece, so pieces grow with load. A sender gets its credit back when its lines are durable, and
/// an epoch is prepared when everything before its barrier is.
class immediate_lane final : public lane {
 public:
  immediate_lane(std::size_t channels, std::int64_t start_offset, base::epoch last = {})
      : lane{channels, last}, offset_{start_offset} {}

  void complete(base::epoch n, lane_effects& effects) override;
  void written(base::epoch n, lane_effects& effects) override;
  [[nodiscard]] std::size_t bytes() const override {
    return next_.box.bytes.size() + (writing_ ? writing_->box.bytes.size() : 0);
  }

 private:
  struct piece {
    outbox box;
    /// Given back when the piece is durable.
    std::vector<flow::credit> credits;
    /// The last barrier of this epoch came while the piece was gathered.
    std::optional<base::epoch> barrier;
  };

  void take(flow::line_message message, lane_effects& effects) override;
  void write_next(lane_effects& effects);

  piece next_;
  std::optional<piece> writing_;
  std::int64_t offset_ = 0;
};

}  // namespace aisle::checkpoint
