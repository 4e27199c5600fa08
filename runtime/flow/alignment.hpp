// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/flow/message.hpp"

namespace aisle::flow {

/// Brings the barriers of all channels together. Between the barrier on one channel and the barrier
/// on the last, what the first ones send belongs to the next epoch and has to wait.
class alignment {
 public:
  enum class outcome : std::uint8_t {
    /// Other channels are still before their barrier.
    waiting,
    /// This was the last one: the epoch is cut here.
    aligned,
    /// Not the barrier behind the last one, or a second one on the same channel: the sender and we
    /// disagree on what has been sent.
    out_of_order,
  };

  /// `last` is the epoch that was cut before; 0 at the very beginning.
  explicit alignment(std::size_t channels, base::epoch last = {}) : here_(channels), last_{last} {}

  outcome barrier(channel on, base::epoch n) {
    if (n != last_.next() || here_[on.get()]) {
      return outcome::out_of_order;
    }
    here_[on.get()] = true;
    if (++arrived_ < here_.size()) {
      return outcome::waiting;
    }
    here_.assign(here_.size(), false);
    arrived_ = 0;
    last_ = n;
    return outcome::aligned;
  }

  /// True while what comes on this channel has to wait.
  [[nodiscard]] bool holds(channel on) const { return here_[on.get()]; }
  [[nodiscard]] base::epoch last() const { return last_; }

 private:
  std::vector<bool> here_;
  std::size_t arrived_ = 0;
  base::epoch last_;
};

}  // namespace aisle::flow
