// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/base/time.hpp"
#include "runtime/io/record_reader.hpp"

namespace aisle::kafka {

/// Where reading a topic ends.
enum class extent : std::uint8_t {
  /// Nowhere: what is written later comes too.
  follow,
  /// At what is there when the reader is opened.
  present_end,
};

/// Where reading begins; only where no position is kept.
enum class start_at : std::uint8_t {
  /// At the oldest record that is kept.
  earliest,
  /// Behind the newest.
  latest,
  /// At the first record stamped `topic_options::time` or later.
  time,
  /// Where the group `topic_options::group` has come to; at the oldest where it has no offset.
  group,
};

/// What is done when retention has removed records before they were read.
enum class on_lost : std::uint8_t {
  /// The run stops and says how many are lost.
  stop,
  /// It goes on at the oldest that is kept; what is lost is counted.
  go_on,
};

struct topic_options {
  std::string topic{};
  extent until = extent::follow;
  start_at start = start_at::earliest;
  base::event_time time{};
  on_lost lost = on_lost::stop;
  /// To which the positions of complete checkpoints are committed, for lag monitors; empty: to
  /// none.
  std::string group{};
  std::size_t most_bytes = io::reader_options{}.record_bytes_max;
  /// How long opening waits for brokers that do not answer.
  base::duration patience = std::chrono::seconds{30};
};

}  // namespace aisle::kafka
