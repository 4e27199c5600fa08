// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/settings.hpp"

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

/// A header of a record; a value that is null is empty.
struct header {
  std::string_view name;
  std::string_view value;
};

/// A topic of Kafka's as a source of a topology: the values of all its partitions as raw records,
/// each with its partition and its offset as ordinal. A tombstone is an empty record. Only what is
/// committed is read.
///
/// Partitions are assigned by hand: the reader is in no group. They are merged by the records'
/// timestamps as far as records are there, and no partition runs ahead of another that is known to
/// have more than 1,000 records left.
///
/// Memory: the client fetches ahead 64 MiB for all partitions together (at least 256 KiB for each)
/// and at most 200,000 records (at least 1,000), and one fetch of 8 MiB, compressed, over that.
class topic_reader : public io::record_reader {
 public:
  /// Of the record that was handed out last; good as long as its bytes.
  [[nodiscard]] virtual std::vector<header> headers() const = 0;
  /// Records that retention removed before they were read, so far.
  [[nodiscard]] virtual std::uint64_t lost() const = 0;
};

/// Asks the cluster whether the topic is there and where it begins and ends; reads nothing before
/// the first `next`, so that positions can be set before. A partition without one begins where
/// `options.start` says, but at its oldest record when any other has one: then it came later. `by`
/// must outlive the reader.
[[nodiscard]] result<std::unique_ptr<topic_reader>> open_topic_reader(
    const settings& to, const topic_options& options, const base::clock& by = base::system_clock());

}  // namespace aisle::kafka
