// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/io/file_sink.hpp"
#include "runtime/kafka/settings.hpp"
#include "runtime/kafka/sink_topics.hpp"

namespace aisle::kafka {

/// A lane of a sink that writes a topic at once, at least once each.
struct immediate_settings {
  settings to;
  base::lane_id lane;
  sink_topic_settings topic;
  /// `write_at` waits no longer than this; the same call again waits on.
  base::duration turn = std::chrono::seconds{5};
  /// Told what a person should hear of the topics, once; called by the lane's thread. May be empty.
  std::function<void(const std::string&)> tell;
};

/// Opens a lane whose `write_at` takes frames (flow::append_frame) and returns when every broker
/// that has to has all of them. The producer is idempotent: what it sends again after an error of
/// the network is there once, and in order. A record comes twice only where the process dies, or
/// librdkafka gives a producer up, before its acknowledgement; consumers tell by its id.
///
/// No broker is spoken to before the first `write_at`; where that gets no answer it fails with
/// errc::write_failed, and the same call again goes on waiting, without sending anything twice.
[[nodiscard]] std::unique_ptr<io::lane_writer> open_immediate_lane(immediate_settings how);

}  // namespace aisle::kafka
