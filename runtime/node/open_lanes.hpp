// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "runtime/checkpoint/delivery_sink.hpp"
#include "runtime/io/file_sink.hpp"
#include "runtime/node/kept_state.hpp"
#include "runtime/node/node.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::node {

/// A lane, and as what it goes on.
struct opened_lane {
  /// Where lines go out as they come; for files and the embedded log also what `delivery` writes.
  std::shared_ptr<io::lane_writer> file;
  /// Brings out what is complete; null where lines go out as they come.
  std::unique_ptr<checkpoint::delivery_sink> delivery;
  kept_lane from;
};

/// By lane, as in the wiring. What was delivered before has to be there still.
[[nodiscard]] std::expected<std::vector<opened_lane>, run_error> open_lanes(
    const topology::plan& plan, const wiring& wired, const run_options& options,
    const kept_state& kept);

}  // namespace aisle::node
