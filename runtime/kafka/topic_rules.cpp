// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topic_rules.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace aisle::kafka {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                  : std::nullopt;
}

void look_at_copies(std::string_view name, const topic_facts& is, std::int32_t brokers,
                    std::vector<topic_finding>& found) {
  const auto in_sync = number(is.setting("min.insync.replicas"));
  if (in_sync && *in_sync > is.replicas) {
    found.push_back({fmt::format("topic {} wants min.insync.replicas={} and has {} replicas, so it "
                                 "takes no record; lower the one or raise the other",
                                 name, *in_sync, is.replicas),
                     true});
  }
  if (is.replicas == 1 && brokers > 1) {
    found.push_back(
        {fmt::format("topic {} has one replica: with the broker that has it, records "
                     "are lost; give it 3, with min.insync.replicas=2",
                     name)});
  } else if (is.replicas > 1 && in_sync == 1) {
    found.push_back(
        {fmt::format("topic {} has min.insync.replicas=1: a record that one replica "
                     "alone has counts as written, and is lost with it; set 2",
                     name)});
  }
  if (is.setting("unclean.leader.election.enable") == "true") {
    found.push_back(
        {fmt::format("topic {} has unclean.leader.election.enable=true: a replica that "
                     "lacks records may become the leader, and they are lost; set "
                     "false",
                     name)});
  }
}

void look_at_cleaning(std::string_view name, topic_use use, const topic_facts& is,
                      std::vector<topic_finding>& found) {
  const auto policy = is.setting("cleanup.policy");
  if (use == topic_use::markers && !policy.empty() && policy != "compact") {
    found.push_back({fmt::format("topic {} has cleanup.policy={}: what lanes have delivered would "
                                 "be forgotten; set compact, and nothing else",
                                 name, policy),
                     true});
  }
  if (use == topic_use::markers && is.partitions != 1) {
    found.push_back({fmt::format("topic {} has {} partitions, and has to have one: it is read to "
                                 "its end; was it made by hand?",
                                 name, is.partitions),
                     true});
  }
  if (use != topic_use::markers && policy.find("compact") != std::string_view::npos) {
    found.push_back(
        {fmt::format("topic {} has cleanup.policy={}: Kafka keeps only the last record "
                     "of each key, so older results go; set delete, unless that is "
                     "meant",
                     name, policy)});
  }
}

/// Retention goes by the records' time stamps.
void look_at_retention(std::string_view name, topic_use use, const topic_facts& is,
                       std::vector<topic_finding>& found) {
  const auto kept_ms = number(is.setting("retention.ms"));
  if (use == topic_use::events && kept_ms && *kept_ms >= 0 &&
      is.setting("cleanup.policy") == "delete") {
    found.push_back({fmt::format("topic {} has retention.ms={}: Kafka goes by the records' time "
                                 "stamps, and removes those of longer ago as soon as they are "
                                 "written; set -1, or delete the topic, and it is made anew",
                                 name, *kept_ms),
                     true});
  }
}

}  // namespace

std::string_view topic_facts::setting(std::string_view name) const {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string_view{} : found->second;
}

std::size_t topic_facts::record_bytes_max() const {
  const auto bytes = number(setting("max.message.bytes"));
  return bytes && *bytes >= 0 ? static_cast<std::size_t>(*bytes) : record_bytes_default;
}

std::vector<topic_finding> look_over(std::string_view name, topic_use use, const topic_facts& is,
                                     std::int32_t brokers) {
  std::vector<topic_finding> found;
  if (is.settings.empty()) {
    found.push_back(
        {fmt::format("the settings of topic {} cannot be seen, so nobody has checked "
                     "them; allow DescribeConfigs, or look yourself",
                     name)});
  }
  look_at_cleaning(name, use, is, found);
  look_at_retention(name, use, is, found);
  look_at_copies(name, is, brokers, found);
  return found;
}

topic_wish wish_for(topic_use use, std::int32_t partitions, std::int32_t brokers) {
  topic_wish wish;
  wish.partitions = use == topic_use::markers ? 1 : partitions;
  wish.replicas = std::clamp(brokers, 1, 3);
  wish.settings.emplace_back("min.insync.replicas", wish.replicas == 3 ? "2" : "1");
  wish.settings.emplace_back("unclean.leader.election.enable", "false");
  if (use == topic_use::markers) {
    // A record per lane and epoch: small segments, cleaned often, are read in no time.
    wish.settings.emplace_back("cleanup.policy", "compact");
    wish.settings.emplace_back("segment.bytes", "16777216");
    wish.settings.emplace_back("segment.ms", "3600000");
    wish.settings.emplace_back("min.cleanable.dirty.ratio", "0.1");
  } else {
    wish.settings.emplace_back("cleanup.policy", "delete");
  }
  if (use == topic_use::events) {
    wish.settings.emplace_back("retention.ms", "-1");
  }
  if (use == topic_use::undelivered) {
    wish.settings.emplace_back("max.message.bytes", fmt::format("{}", undelivered_bytes_max));
  }
  return wish;
}

}  // namespace aisle::kafka
