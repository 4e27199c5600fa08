// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/changes.hpp"
#include "runtime/checkpoint/lane.hpp"

namespace aisle::checkpoint {

/// What a lane remembers from epoch to epoch, beside its outboxes.
struct lane_note {
  /// Out beyond doubt.
  attempt delivered_to;
  /// The sink has had a marker of the lane.
  bool born = false;
  /// The attempt of the newest outbox; epochs that brought nothing have none.
  attempt last;
  /// Bytes of the lane's output up to here.
  std::int64_t end = 0;
  friend bool operator==(const lane_note&, const lane_note&) = default;
};
/// The name under which a lane's copy has it.
inline constexpr std::string_view lane_note_name = "lane";

[[nodiscard]] std::string pack(const lane_note& note);
[[nodiscard]] std::expected<lane_note, std::string> unpack_lane(std::string_view bytes);

/// Bytes of an outbox that are delivered at once; behind the last line that fits it is cut.
inline constexpr std::size_t part_bytes_target = std::size_t{16} << 20;

/// The outbox, cut between lines; views into it.
[[nodiscard]] std::vector<stored_part> parts_of(const outbox& box);

/// What an epoch changed in a lane, as bytes for its copy; `note` is what the lane remembers from
/// then on.
[[nodiscard]] std::string freeze(const outbox& box, attempt is, lane_note& note);

}  // namespace aisle::checkpoint
