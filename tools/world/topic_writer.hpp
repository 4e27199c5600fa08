// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <expected>
#include <functional>
#include <memory>
#include <string_view>

#include "tools/world/calendar.hpp"
#include "tools/world/error.hpp"
#include "tools/world/options.hpp"

namespace aisle::world {

/// The topics of a chain; a file of events is called like its topic.
inline constexpr std::array<std::string_view, 4> topic_names{
    "transactions", "inventory-changes", "customer-events", "competitor-prices"};

/// A record as it reaches its topic.
struct topic_record {
  instant arrives;
  std::string_view key;   ///< what its contract partitions by; a damaged copy has the good one's
  std::string_view line;  ///< without the newline
};

/// Where the records of one topic go, in the order in which they arrive.
class topic_writer {
 public:
  virtual ~topic_writer() = default;
  /// The first failure is kept and told by finish(); what follows it is not written.
  virtual void write(const topic_record& what) = 0;
  /// Hands over what is written so far.
  virtual void flush() = 0;
  virtual bool failed() const = 0;
  /// Writes what is left.
  virtual std::expected<void, world_error> finish() = 0;
};

/// Opens the writer of one of `topic_names`.
using topic_opener =
    std::function<std::expected<std::unique_ptr<topic_writer>, world_error>(std::string_view)>;

/// TOPIC.ndjson in options.out, where the keys are not kept. The folder must be there.
topic_opener open_files(const world_options& options);

}  // namespace aisle::world
