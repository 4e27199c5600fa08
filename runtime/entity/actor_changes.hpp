// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/heap.hpp"
#include "runtime/base/time.hpp"

namespace aisle::entity {

/// Actors as a cut leaves them, packed one behind the other: thousands of them are one block of
/// memory.
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

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Lives as long as this, and until one is added.
  [[nodiscard]] change operator[](std::size_t i) const {
    const auto& row = rows_[i];
    const std::string_view all{bytes_};
    return {.key_hash = row.key_hash,
            .key = all.substr(row.begin, row.key_size),
            .state = all.substr(row.begin + row.key_size, row.state_size),
            .due = row.due};
  }
  [[nodiscard]] std::size_t bytes() const { return base::heap_of(bytes_) + base::heap_of(rows_); }

  void reserve(std::size_t actors) { rows_.reserve(actors); }
  /// Adds a change; `write(to)` appends its state.
  template <class Write>
  void add(std::uint64_t key_hash, std::string_view key, base::event_time due, Write&& write) {
    row made{.key_hash = key_hash, .due = due, .begin = bytes_.size(), .key_size = key.size()};
    bytes_ += key;
    write(bytes_);
    made.state_size = bytes_.size() - made.begin - made.key_size;
    rows_.push_back(made);
  }

 private:
  struct row {
    std::uint64_t key_hash = 0;
    base::event_time due;
    std::size_t begin = 0;
    std::size_t key_size = 0;
    std::size_t state_size = 0;
  };
  std::string bytes_;
  std::vector<row> rows_;
};

}  // namespace aisle::entity
