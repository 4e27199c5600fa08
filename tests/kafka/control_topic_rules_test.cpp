// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/control_topic_rules.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

namespace aisle::kafka {
namespace {

/// The topic as we would make it.
topic_facts made(std::int32_t brokers) {
  const auto wish = wish_for(topic_use::control, 1, brokers);
  topic_facts facts{.partitions = wish.partitions, .replicas = wish.replicas, .settings = {}};
  facts.settings.insert(wish.settings.begin(), wish.settings.end());
  return facts;
}

std::vector<topic_finding> findings(const topic_facts& of) {
  return look_over("c", topic_use::control, of, 3);
}

/// With one setting changed.
std::vector<topic_finding> with(const std::string& setting, const std::string& value) {
  auto facts = made(3);
  facts.settings[setting] = value;
  return findings(facts);
}

TEST_CASE("the topic of a control log is made as it is wanted") {
  CHECK(findings(made(3)).empty());
  CHECK(findings(made(2)).empty());
  CHECK(made(5).replicas == 3);
  CHECK(made(3).settings.at("cleanup.policy") == "compact");
  CHECK(made(2).settings.at("min.insync.replicas") == "2");
}

TEST_CASE("a control log with one copy is taken, and that is said") {
  const auto found = findings(made(1));
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].refuses);
  CHECK(found[0].text.find("ONE COPY") != std::string::npos);
}

TEST_CASE("settings that would lose decisions are refused") {
  const std::pair<std::string, std::string> bad[] = {{"cleanup.policy", "delete"},
                                                     {"cleanup.policy", "compact,delete"},
                                                     {"min.insync.replicas", "1"},
                                                     {"min.insync.replicas", "4"},
                                                     {"unclean.leader.election.enable", "true"}};
  for (const auto& [setting, value] : bad) {
    CAPTURE(setting);
    const auto found = with(setting, value);
    REQUIRE(found.size() == 1);
    CHECK(found[0].refuses);
  }
  auto facts = made(3);
  facts.partitions = 2;
  CHECK(findings(facts).at(0).refuses);
}

TEST_CASE("settings that only make life harder are said") {
  for (const auto* const setting : {"min.compaction.lag.ms", "max.message.bytes"}) {
    CAPTURE(setting);
    const auto found = with(setting, "1000");
    REQUIRE(found.size() == 1);
    CHECK_FALSE(found[0].refuses);
  }
  auto unseen = made(3);
  unseen.settings.clear();
  CHECK(findings(unseen).size() == 1);
}

}  // namespace
}  // namespace aisle::kafka
