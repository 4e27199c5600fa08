// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/time.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/marker.hpp"
#include "runtime/kafka/settings.hpp"

namespace aisle::kafka {

/// The last record of each lane of a state in its topology's marker topic.
class marker_page {
 public:
  marker_page(std::string topic, std::string_view cluster);

  /// Notes a record; one of another state is left out.
  void take(std::string_view key, std::string_view text, std::int64_t offset);
  /// Nothing when the lane has none; errc::corrupt when what it has is no marker.
  [[nodiscard]] result<std::optional<lane_marker>> of(const lane_name& lane) const;

 private:
  struct entry {
    std::string text;
    std::int64_t offset = 0;
  };
  std::string topic_;
  std::string prefix_;
  std::map<std::string, entry, std::less<>> last_;
};

/// Whose markers are read, and where.
struct marker_place {
  settings to;
  std::string topic;
  /// The state's, as in `lane_name`.
  std::string cluster;
  /// Told, once for each reading, that somebody's open transaction is waited for. May be empty.
  std::function<void(const std::string&)> tell{};
};

/// The markers of a state as they are now, by reading the topic, committed records only, to the end
/// that it has when this is called. Of lanes that were fenced before, nothing can come later.
///
/// The end is that of all records and not of the committed ones: where another lane has a
/// transaction open, committed records behind its first one are not shown yet, and a fenced lane's
/// marker may be among them. Its end is waited for: errc::timed_out when it does not come.
[[nodiscard]] result<marker_page> read_markers(const marker_place& from, base::duration at_most);

}  // namespace aisle::kafka
