// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/base/time.hpp"

namespace aisle::entity {

/// Actors as a cut leaves them, packed one behind the other: thousands of them are one block of
/// memory, which goes to the store as it is.
class actor_changes {
 public:
  struct change {
    std::uint64_t key_hash = 0;
    std::string_view key;
    /// A versioned head and the behaviours' states (sleep.cpp). Empty: a key that has a place in a
    /// stage with an actor per key, and no actor yet.
    std::string_view state;
    /// When its earliest timer is due, for the index of timers; end_of_time for none.
    base::event_time due;
  };

  [[nodiscard]] std::size_t size() const { return begins_.size(); }
  [[nodiscard]] bool empty() const { return begins_.empty(); }
  /// Lives as long as this, and until one is added.
  [[nodiscard]] change operator[](std::size_t i) const {
    const auto from = std::string_view{bytes_}.substr(begins_[i]);
    head of;
    std::memcpy(&of, from.data(), sizeof of);
    return {.key_hash = of.key_hash,
            .key = from.substr(sizeof of, of.key_size),
            .state = from.substr(sizeof of + of.key_size, of.state_size),
            .due = base::event_time{base::duration{of.due}}};
  }
  [[nodiscard]] std::size_t bytes() const { return base::heap_of(bytes_) + base::heap_of(begins_); }
  /// All of them, each: key hash 8, due 8 (milliseconds), key size 4, state size 4, key, state.
  /// Numbers are little-endian.
  [[nodiscard]] std::string_view packed() const { return bytes_; }

  /// Room for so many more, which take so many bytes packed.
  void reserve(std::size_t actors, std::size_t packed_bytes) {
    begins_.reserve(begins_.size() + actors);
    bytes_.reserve(bytes_.size() + packed_bytes);
  }
  /// Adds a change; `write(to)` appends its state.
  template <class Write>
  void add(std::uint64_t key_hash, std::string_view key, base::event_time due, Write&& write) {
    const auto begin = bytes_.size();
    head of{.key_hash = key_hash,
            .due = due.time_since_epoch().count(),
            .key_size = static_cast<std::uint32_t>(key.size())};
    bytes_.append(sizeof of, '\0');
    bytes_ += key;
    write(bytes_);
    const auto state_size = bytes_.size() - begin - sizeof of - key.size();
    base::check(state_size <= UINT32_MAX, "a state below 4 GiB");
    of.state_size = static_cast<std::uint32_t>(state_size);
    std::memcpy(bytes_.data() + begin, &of, sizeof of);
    begins_.push_back(begin);
  }

 private:
  struct head {
    std::uint64_t key_hash = 0;
    std::int64_t due = 0;
    std::uint32_t key_size = 0;
    std::uint32_t state_size = 0;
  };
  static_assert(sizeof(head) == 24 && std::endian::native == std::endian::little);

  std::string bytes_;
  std::vector<std::size_t> begins_;
};

}  // namespace aisle::entity
