// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/sender.hpp"

#include <algorithm>
#include <utility>

namespace aisle::flow {

line_message line_sender::take(lane& from, base::sequence number) {
  return {.channel = from.number,
          .sequence = number,
          .lines = std::exchange(from.lines, {}),
          .records = std::exchange(from.records, 0),
          .barrier = std::nullopt};
}

void line_sender::flush(std::vector<addressed>& out, bool all) {
  full_ = false;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    auto& to = lanes_[i];
    const bool worth =
        all || to.account.nothing_under_way() || to.lines.size() >= line_bytes_target;
    if (!to.lines.empty() && worth && to.account.may_send_rows()) {
      const auto number = to.account.spend();
      out.push_back({.lane = i, .message = take(to, number)});
    }
    full_ = full_ || to.lines.size() >= full_at;
  }
}

void line_sender::barrier(base::epoch n, std::vector<addressed>& out) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    auto& to = lanes_[i];
    auto message = take(to, to.account.next());
    message.barrier = n;
    out.push_back({.lane = i, .message = std::move(message)});
  }
  bytes_since_barrier_ = 0;
  full_ = false;
}

bool line_sender::empty() const {
  return std::ranges::all_of(lanes_, [](const lane& l) { return l.lines.empty(); });
}

}  // namespace aisle::flow
