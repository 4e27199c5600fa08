// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/time.hpp"
#include "runtime/flow/record_frame.hpp"
#include "runtime/kafka/marker.hpp"
#include "runtime/kafka/marker_desk.hpp"
#include "runtime/kafka/sink_topics.hpp"
#include "runtime/kafka/txn_producer.hpp"
#include "runtime/kafka/watchdog.hpp"

namespace aisle::kafka {

/// A lane of a sink that writes a topic exactly once.
struct sink_lane_settings {
  settings to;
  lane_name name;
  sink_topic_settings topic;
  base::duration transaction_timeout = std::chrono::seconds{30};
  base::duration init_patience = std::chrono::seconds{30};
  /// How long the marker is looked for; longer than a transaction of another lane is left open.
  base::duration marker_patience = std::chrono::seconds{60};
  /// Where it is looked for, together with the other lanes of the state; null: by this lane alone.
  std::shared_ptr<marker_desk> markers{};
  /// Told what a person should hear of the topics, once; called by the lane's thread. May be empty.
  std::function<void(const std::string&)> tell;
};

/// Brings out one lane's parts, each in a transaction of its own that holds the records and the
/// lane's marker:
///
///   1. `fence`: a new producer under the lane's transactional id makes all earlier ones powerless,
///      and ends what they had under way;
///   2. `read_marker`: what is out, beyond doubt;
///   3. `write`: begin, the records, the marker, commit.
///
/// Whatever goes wrong behind `fence`, the producer is gone and 1 comes next. Blocks; all calls by
/// one thread. A record that is too large for its topic goes, whole, to `TOPIC-undelivered` in the
/// same transaction.
class sink_lane {
 public:
  /// `dog` must outlive it.
  sink_lane(sink_lane_settings how, watchdog& dog);

  [[nodiscard]] outcome fence();
  /// Nothing when the lane has none.
  [[nodiscard]] std::expected<std::optional<lane_marker>, verdict> read_marker();
  /// (0,0), alone.
  [[nodiscard]] outcome write_first_marker();
  /// `frames`: records as flow::append_frame wrote them. All of them and the marker, or none.
  [[nodiscard]] outcome write(const lane_marker& as, std::string_view frames);
  /// `hears` is told of a connection that fails while a call is under way, again and again.
  void tell_trouble(std::function<void(const std::string&)> hears) {
    producer_.tell_trouble(std::move(hears));
  }
  /// Why the last call did not end well, for people.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  [[nodiscard]] outcome take_note(outcome of);
  [[nodiscard]] outcome give_up(const error& because);
  [[nodiscard]] outcome produce_all(const lane_marker& as, std::string_view frames);
  [[nodiscard]] outcome produce_one(flow::framed_record& record, const std::string& place);
  [[nodiscard]] outcome produce_marker(const lane_marker& as);

  sink_lane_settings how_;
  sink_topics topics_;
  txn_producer producer_;
  std::string markers_;
  std::string key_;
  std::string why_;
};

}  // namespace aisle::kafka
