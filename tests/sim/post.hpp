// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace aisle::sim {

enum class role : std::uint8_t { reader, shard, lane, writer, coordinator };

/// Somebody who sends and receives.
struct party {
  sim::role role = role::reader;
  std::size_t number = 0;

  friend auto operator<=>(const party&, const party&) = default;
};

/// Messages under way: one queue from each party to each other, first in, first out, as CAF
/// promises between two actors. Between queues there is no order.
template <class Message>
class post {
 public:
  void send(party from, party to, Message message) {
    const auto [known, fresh] = index_.try_emplace({from, to}, all_.size());
    if (fresh) {
      all_.push_back({.to = to, .waiting = {}});
    }
    auto& queue = all_[known->second];
    if (queue.waiting.empty()) {
      busy_.push_back(known->second);
    }
    queue.waiting.push_back(std::move(message));
  }

  /// Queues with something in them; they are numbered [0, queues()) until something is sent or
  /// taken.
  [[nodiscard]] std::size_t queues() const { return busy_.size(); }
  [[nodiscard]] party receiver(std::size_t queue) const { return all_[busy_[queue]].to; }
  /// Takes the message at the head.
  [[nodiscard]] Message take(std::size_t queue) {
    auto& from = all_[busy_[queue]];
    auto message = std::move(from.waiting.front());
    from.waiting.pop_front();
    if (from.waiting.empty()) {
      std::swap(busy_[queue], busy_.back());
      busy_.pop_back();
    }
    return message;
  }

 private:
  struct queue {
    party to;
    std::deque<Message> waiting;
  };

  std::map<std::pair<party, party>, std::size_t> index_;
  std::vector<queue> all_;
  std::vector<std::size_t> busy_;
};

}  // namespace aisle::sim
