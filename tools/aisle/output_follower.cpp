// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/output_follower.hpp"

#include <utility>

#include "runtime/log/topic.hpp"

namespace aisle::tool {

output_follower::output_follower(std::filesystem::path log, std::string topic)
    : log_{std::move(log)}, topic_{std::move(topic)} {
  // What is wrong with it, reading says.
  if (!open(begin_at::end)) {
    partitions_.clear();
  }
}

log::result<void> output_follower::open(begin_at where) {
  const auto topic = log::open_topic(log_, topic_);
  if (!topic) return std::unexpected{topic.error()};
  std::vector<log::reader> opened;
  for (std::uint32_t partition = 0; partition < topic->settings.partitions; ++partition) {
    auto reader = log::reader::open_at_start(*topic, base::partition_id{partition});
    if (!reader) return std::unexpected{reader.error()};
    const auto end = reader->end();
    if (!end) return std::unexpected{end.error()};
    if (where == begin_at::end) {
      if (auto there = reader->seek(*end); !there) return there;
    }
    opened.push_back(std::move(*reader));
  }
  partitions_ = std::move(opened);
  return {};
}

std::expected<void, std::string> output_follower::read(
    const std::function<void(const nlohmann::json&)>& take) {
  if (partitions_.empty()) {
    const auto opened = open(begin_at::start);
    if (!opened && opened.error().code == log::errc::not_found) return {};
    if (!opened) return std::unexpected{opened.error().message};
  }
  for (auto& partition : partitions_) {
    while (true) {
      const auto more = partition.poll(batch_);
      if (!more) return std::unexpected{more.error().message};
      if (!*more) break;
      for (const auto& record : batch_) {
        const auto json = nlohmann::json::parse(record.value.value_or(""), nullptr, false);
        if (json.is_object()) take(json);
      }
    }
  }
  return {};
}

}  // namespace aisle::tool
