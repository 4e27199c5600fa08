// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/time.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/settings.hpp"

namespace aisle::kafka {

/// One record for a topic_writer.
struct stamped_record {
  /// Decides about the partition, as in Kafka's Java clients.
  std::string_view key;
  std::string_view value;
  base::event_time timestamp;
};

/// Appends records to one topic, in order and each once: for tools that make events. Not for sinks,
/// which have lanes. Used by one thread.
class topic_writer {
 public:
  virtual ~topic_writer() = default;
  /// Hands the record over, of which it takes a copy; waits while too many are under way. What
  /// follows a record that was not taken is not written.
  virtual void write(const stamped_record& what) = 0;
  /// Something was not taken: `finish` says what.
  [[nodiscard]] virtual bool failed() const = 0;
  /// Waits until the brokers have everything, or something was not taken.
  [[nodiscard]] virtual result<void> finish() = 0;
};

/// Opens a topic to write it; makes it with these partitions when it is not there. Its records are
/// kept whatever their time stamps: errc::bad_setting for a topic that would not keep them.
[[nodiscard]] result<std::unique_ptr<topic_writer>> open_topic_writer(const settings& to,
                                                                      const std::string& topic,
                                                                      std::int32_t partitions);

/// What there is of a topic.
struct topic_extent {
  std::int32_t partitions = 0;
  /// Offsets that were ever given away, over all partitions.
  std::uint64_t offsets = 0;
};

/// Nothing when there is no such topic.
[[nodiscard]] result<std::optional<topic_extent>> extent_of(const settings& to,
                                                            const std::string& topic);

}  // namespace aisle::kafka
