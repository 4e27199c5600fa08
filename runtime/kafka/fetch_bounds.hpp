// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "runtime/kafka/settings.hpp"

namespace aisle::kafka {

/// Bounds what a client that reads so many partitions fetches ahead: 16 MiB for all of them
/// together (at least 256 KiB for each) and at most 200,000 records (at least 1,000), beside one
/// fetch of 8 MiB, compressed. A person's own settings count before these.
[[nodiscard]] settings with_fetch_bounds(settings to, std::uint32_t partitions);

}  // namespace aisle::kafka
