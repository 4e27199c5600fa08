// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace aisle::entity {

/// What all actors of a node may occupy together. Hosts on any thread charge what they hold; who
/// finds it exceeded puts its own least recently used actors to sleep.
class memory_budget {
 public:
  explicit memory_budget(std::size_t limit) : limit_{limit} {}

  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  /// Replaces what a host charged before by what it holds now.
  void charge(std::size_t before, std::size_t now) {
    used_.fetch_add(now - before, std::memory_order_relaxed);
  }
  /// How often somebody had to make room; grows for ever.
  [[nodiscard]] std::uint64_t pressure() const { return pressure_.load(std::memory_order_relaxed); }
  void note_pressure() { pressure_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::uint64_t> pressure_{0};
};

}  // namespace aisle::entity
