// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/flow/record_frame.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/outgoing.hpp"
#include "runtime/kafka/settings.hpp"

namespace aisle::kafka {

/// Where a sink writes.
struct sink_topic_settings {
  std::string topic;
  /// Of a topic that has to be made: the sink's lanes, unless somebody says otherwise.
  std::int32_t partitions = 4;
  /// Topics may be made that are not there.
  bool create = true;
};

/// The topics of one lane: its own, the one for what is too large, the one of markers. Finds out
/// what they take, and where a record goes.
class sink_topics {
 public:
  /// `markers`: empty for a lane that keeps none. `tell` hears, once each, what stands out.
  sink_topics(sink_topic_settings how, std::string markers,
              std::function<void(const std::string&)> tell);

  /// Makes what is missing, and looks at what is there; again before each take-over, because
  /// somebody may have changed a topic meanwhile.
  [[nodiscard]] result<void> look(const settings& to, base::duration at_most);

  /// The largest batch that the topic takes; valid behind `look`.
  [[nodiscard]] std::size_t record_bytes_max() const { return record_bytes_max_; }

  /// The record as it goes out: to the topic, or to the one for what is too large, with the reason
  /// as a header, which is appended to `record`. errc::too_large when that cannot be.
  [[nodiscard]] result<outgoing> place(flow::framed_record& record, base::lane_id lane,
                                       const settings& to, base::duration at_most);

 private:
  void say(const std::vector<std::string>& remarks);

  sink_topic_settings how_;
  std::string markers_;
  std::string undelivered_;
  std::function<void(const std::string&)> tell_;
  std::vector<std::string> said_;
  std::size_t record_bytes_max_ = 0;
  std::int32_t partitions_ = 1;
  /// The topic for what is too large is there.
  bool undelivered_is_there_ = false;
};

}  // namespace aisle::kafka
