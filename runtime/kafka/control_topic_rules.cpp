// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/control_topic_rules.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace aisle::kafka {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
// An Assign of the largest cluster (record_codec.hpp's bounds) is below this.
constexpr std::int64_t record_bytes_wanted = 16'777'216;

/// Nothing where the setting cannot be seen.
std::optional<std::int64_t> number(const topic_facts& is, std::string_view setting) {
  const auto text = is.setting(setting);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && !text.empty() ? std::optional{value} : std::nullopt;
}

using findings = std::vector<topic_finding>;

void refuse(findings& into, std::string text) { into.push_back({std::move(text), true}); }
void warn(findings& into, std::string text) { into.push_back({std::move(text), false}); }

void look_at_shape(std::string_view name, const topic_facts& is, findings& found) {
  if (is.partitions != 1) {
    refuse(found, fmt::format("topic {} has {} partitions: a control log has one order, so it has "
                              "one; was it made by hand?",
                              name, is.partitions));
  }
  const auto policy = is.setting("cleanup.policy");
  if (!policy.empty() && policy != "compact") {
    refuse(found, fmt::format("topic {} has cleanup.policy={}: where the cluster stands would be "
                              "forgotten with the old records; set compact, and nothing else",
                              name, policy));
  }
  const auto lag = number(is, "min.compaction.lag.ms");
  if (lag && *lag < day_ms) {
    warn(found, fmt::format("topic {} has min.compaction.lag.ms={}: what happened in the last day "
                            "cannot be looked up; set {}",
                            name, *lag, day_ms));
  }
  const auto bytes = number(is, "max.message.bytes");
  if (bytes && *bytes < record_bytes_wanted) {
    warn(found, fmt::format("topic {} has max.message.bytes={}: the placement of a large cluster "
                            "does not fit into one record; set {}",
                            name, *bytes, record_bytes_wanted));
  }
}

void look_at_copies(std::string_view name, const topic_facts& is, findings& found) {
  const auto in_sync = number(is, "min.insync.replicas");
  if (in_sync && *in_sync > is.replicas) {
    refuse(found, fmt::format("topic {} wants min.insync.replicas={} and has {} replicas, so it "
                              "takes no record; lower the one or raise the other",
                              name, *in_sync, is.replicas));
  }
  if (is.replicas == 1) {
    warn(found, fmt::format("topic {} HAS ONE COPY: with the disk of its broker, what the cluster "
                            "has decided is gone, and every node stops; good for a try, and for "
                            "nothing else: give it three brokers, replicas 3, "
                            "min.insync.replicas=2",
                            name));
  } else if (in_sync && *in_sync < 2) {
    refuse(found, fmt::format("topic {} has min.insync.replicas={}: a decision that one broker "
                              "alone has counts as made, and is lost with it; set 2",
                              name, *in_sync));
  }
  if (is.setting("unclean.leader.election.enable") == "true") {
    refuse(found, fmt::format("topic {} has unclean.leader.election.enable=true: a copy that lacks "
                              "decisions may become the one that counts; set false",
                              name));
  }
}

}  // namespace

std::vector<topic_finding> look_over_control(std::string_view name, const topic_facts& is) {
  findings found;
  if (is.settings.empty()) {
    warn(found, fmt::format("the settings of topic {} cannot be seen, so nobody has checked them; "
                            "allow DescribeConfigs, or look yourself",
                            name));
  }
  look_at_shape(name, is, found);
  look_at_copies(name, is, found);
  return found;
}

topic_wish wish_for_control(std::int32_t brokers) {
  const auto replicas = std::clamp(brokers, 1, 3);
  return {.partitions = 1,
          .replicas = replicas,
          .settings = {{"cleanup.policy", "compact"},
                       {"min.compaction.lag.ms", fmt::format("{}", day_ms)},
                       {"min.insync.replicas", replicas == 1 ? "1" : "2"},
                       {"unclean.leader.election.enable", "false"},
                       {"max.message.bytes", fmt::format("{}", record_bytes_wanted)},
                       // Only whole segments are compacted.
                       {"segment.bytes", "16777216"},
                       {"segment.ms", "3600000"}}};
}

}  // namespace aisle::kafka
