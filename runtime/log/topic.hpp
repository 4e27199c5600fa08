// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/log/bounds.hpp"
#include "runtime/log/errors.hpp"
#include "runtime/log/retention.hpp"
#include "runtime/log/segment.hpp"

namespace aisle::log {

/// What a topic is given when it is made.
struct topic_settings {
  /// 1 to partitions_max; fixed for the topic's life, as the partition of a key depends on it.
  std::uint32_t partitions = 1;
  std::uint64_t segment_bytes = segment_bytes_default;
  retention keep;

  friend bool operator==(const topic_settings&, const topic_settings&) = default;
};

/// A topic that is there: its folder and what its file `topic` says.
struct topic {
  std::filesystem::path folder;
  std::string name;
  /// Different for a topic that was removed and made again.
  std::uint64_t id = 0;
  topic_settings settings;

  [[nodiscard]] std::filesystem::path partition_folder(base::partition_id partition) const;
  [[nodiscard]] partition_identity identity(base::partition_id partition) const {
    return {.topic = id, .partition = partition};
  }
};

/// Names are Kafka's: 1 to 249 letters, digits, '.', '_' and '-', neither "." nor "..".
[[nodiscard]] bool is_topic_name(std::string_view name);

/// Opens a topic of the log in `folder`.
[[nodiscard]] result<topic> open_topic(const std::filesystem::path& folder, std::string_view name,
                                       io::disk& on = io::real_disk());

/// Makes a topic, and the log's folder where that is not there; durable when this returns. When the
/// topic is there, it is opened: errc::exists when its settings are others. Several processes may
/// do this at once.
[[nodiscard]] result<topic> make_topic(const std::filesystem::path& folder, std::string_view name,
                                       const topic_settings& settings, const base::clock& clock,
                                       io::disk& on = io::real_disk());

/// The topics of a log, by name.
[[nodiscard]] result<std::vector<topic>> list_topics(const std::filesystem::path& folder,
                                                     io::disk& on = io::real_disk());

}  // namespace aisle::log
