// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/io/file_sink.hpp"
#include "runtime/log/topic.hpp"

namespace aisle::log {

/// A lane of a sink that writes a topic: each line is a record without a key, in the partition of
/// the lane's number (modulo the partitions), so that what one actor puts out stays in order. The
/// topic is made with a partition for each of the sink's `lanes` when it is not there.
///
/// `write_at` is one atomic append, or several of at most 4 MiB, each of which holds its lines and,
/// as its marker, how many bytes of the lane are delivered with it: a delivery that is repeated
/// appends what is missing and nothing twice. `owner` names the lane's producer: who opens the lane
/// by the same name goes on behind what it has delivered, and fences whoever had it before.
/// `clock` and `on` must outlive the lane.
[[nodiscard]] io::result<std::unique_ptr<io::lane_writer>> open_lane(
    const std::filesystem::path& folder, std::string_view name, std::uint32_t lanes,
    base::lane_id lane, std::string_view owner, const base::clock& clock,
    io::disk& on = io::real_disk());

}  // namespace aisle::log
