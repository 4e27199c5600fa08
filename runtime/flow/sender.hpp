// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/flow/message.hpp"

namespace aisle::flow {

/// How many messages with contents a sender still may send on one channel, and their numbers.
class credit_account {
 public:
  [[nodiscard]] bool may_send_rows() const { return left_ > kept; }
  [[nodiscard]] bool may_send_watermark() const { return left_ > 0; }
  /// Nothing of ours is under way: the receiver is idle as far as we can tell.
  [[nodiscard]] bool nothing_under_way() const { return left_ == most; }
  /// Barriers took more along than there was credit for: nothing more should be made until the
  /// receiver has given it back, or every epoch would bring a batch that nobody asked for.
  [[nodiscard]] bool owes() const { return left_ < 0; }

  /// The number of the next message, which takes a credit.
  base::sequence spend() {
    base::check(left_ > 0, "a message with contents is sent only with credit");
    return spend_or_owe();
  }
  /// The same for rows that go with a barrier or an end, which always pass.
  base::sequence spend_or_owe() {
    --left_;
    return next();
  }
  /// The number of the next message when that is a barrier or an end alone, which costs nothing.
  base::sequence next() { return last_ = last_.next(); }

  void give(std::uint32_t messages) {
    left_ += static_cast<std::int32_t>(messages);
    base::check(left_ <= most, "a receiver gives back what it was sent, and not more");
  }

 private:
  static constexpr std::int32_t most = channel_credit;
  static constexpr std::int32_t kept = channel_credit_kept;

  std::int32_t left_ = most;
  base::sequence last_;
};

/// Lanes [first, first + count) of one sink, as a sender numbers them.
struct lane_range {
  std::size_t first = 0;
  std::size_t count = 0;
  /// Its records lie in a topic with a key and headers (record_frame.hpp).
  bool framed = false;
};

/// The sending end of channels to lanes: gathers lines, sends them when there is enough or when the
/// lane has nothing to do, and is full when lines pile up without credit.
class line_sender {
 public:
  /// One channel per lane; `channels[i]` is the number lane `i` knows us by.
  explicit line_sender(std::vector<channel> channels) : lanes_(channels.size()) {
    for (std::size_t i = 0; i < channels.size(); ++i) {
      lanes_[i].number = channels[i];
    }
  }

  /// A message and the lane, by its index, that it goes to.
  struct addressed {
    std::size_t lane = 0;
    line_message message;
  };

  void add(std::size_t lane, std::string_view json) {
    auto& to = lanes_[lane];
    to.lines += json;
    to.lines += '\n';
    ++to.records;
    bytes_since_barrier_ += json.size() + 1;
    full_ = full_ || to.lines.size() >= full_at;
  }

  /// Sends what is worth sending now; everything there is credit for when `all`.
  void flush(std::vector<addressed>& out, bool all);
  /// Sends what is left, whatever the credit, and the barrier behind it.
  void barrier(base::epoch n, std::vector<addressed>& out);
  void give(std::size_t lane, std::uint32_t messages) { lanes_[lane].account.give(messages); }

  /// Lines pile up: nothing more should be made until a lane has asked for more.
  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t bytes_since_barrier() const { return bytes_since_barrier_; }

 private:
  static constexpr std::size_t full_at = 4 * line_bytes_target;

  struct lane {
    channel number;
    credit_account account;
    std::string lines;
    std::uint32_t records = 0;
  };

  static line_message take(lane& from, base::sequence number);

  std::vector<lane> lanes_;
  std::size_t bytes_since_barrier_ = 0;
  bool full_ = false;
};

}  // namespace aisle::flow
