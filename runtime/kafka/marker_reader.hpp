// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "runtime/base/time.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/marker.hpp"
#include "runtime/kafka/settings.hpp"

namespace aisle::kafka {

/// The lane's marker as it is now, by reading the topic, committed records only, to the end that it
/// has when this is called; nothing when the lane has none. Whoever calls it has fenced the lane,
/// so nothing of it can come later.
///
/// The end is that of all records and not of the committed ones: where another lane has a
/// transaction open, committed records behind its first one are not shown yet, and the lane's own
/// marker may be among them. Its end is waited for: errc::timed_out when it does not come.
[[nodiscard]] result<std::optional<lane_marker>> find_marker(const settings& to,
                                                             const lane_name& lane,
                                                             base::duration at_most);

}  // namespace aisle::kafka
