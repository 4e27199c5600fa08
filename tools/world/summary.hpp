// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/feed.hpp"
#include "tools/world/options.hpp"
#include "tools/world/records.hpp"

namespace aisle::world {

/// What the good records of one UTC day add up to, injected anomalies included.
struct day_totals {
  std::uint64_t transactions = 0;
  std::uint64_t returns = 0;  ///< of the transactions
  std::int64_t units = 0;
  money gross;
  std::int64_t lost_units = 0;  ///< wanted and not there
  money lost_value;             ///< at the price of the day
};

/// What was made: the content of truth/summary.json.
struct world_summary {
  world_options options;
  std::vector<std::pair<std::string_view, feed_counts>> files;
  std::map<calendar_day, day_totals> days;
  std::array<std::uint64_t, anomaly_count> anomalies{};

  /// The sum of all days.
  day_totals all() const;
};

/// The summary as one JSON document, with the options but without the folder.
std::string to_json(const world_summary& summary);

/// The summary in a few lines for people.
std::string to_text(const world_summary& summary);

}  // namespace aisle::world
