// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/control/ids.hpp"

namespace aisle::kafka {

/// A lane of a sink, as it is called in Kafka.
struct lane_name {
  /// Whose state delivers: the id of its control log. A copy of a state has the same.
  std::string cluster;
  std::string topology;
  std::string sink;
  base::lane_id lane;
};

/// `aisle-<cluster>-<topology>-<sink>-<lane>`. It belongs to the lane and not to a node or a
/// process, because it is the fence.
[[nodiscard]] std::string transactional_id(const lane_name& of);

/// `aisle-<topology>-markers`: one compacted topic of one partition for all sinks and states of a
/// topology, so that a run without a state leaves a few records behind and not a topic.
[[nodiscard]] std::string marker_topic(std::string_view topology);

/// `<cluster>/<sink>/<lane>`: the key of the lane's records there.
[[nodiscard]] std::string marker_key(const lane_name& of);

/// What a lane's record in the marker topic says: everything up to this part of the attempt is out.
struct lane_marker {
  control::attempt attempt;
  std::uint32_t part = 0;
  friend auto operator<=>(const lane_marker&, const lane_marker&) = default;
};

/// `{"generation":12,"epoch":5,"part":0}`. People read it with kcat; runs read it for years, so it
/// is never changed.
[[nodiscard]] std::string to_text(const lane_marker& marker);
[[nodiscard]] std::optional<lane_marker> read_marker(std::string_view text);

}  // namespace aisle::kafka
