// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topic_rules.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace aisle::kafka {
namespace {

/// A topic that nothing stands out about.
topic_facts sound(topic_use use) {
  return {.partitions = use == topic_use::markers ? 1 : 4,
          .replicas = 3,
          .settings = {{"cleanup.policy", use == topic_use::markers ? "compact" : "delete"},
                       {"min.insync.replicas", "2"},
                       {"unclean.leader.election.enable", "false"}}};
}

TEST_CASE("a topic as it should be is not complained of") {
  for (const auto use : {topic_use::output, topic_use::undelivered, topic_use::markers}) {
    CHECK(look_over("t", use, sound(use), 3).empty());
  }
}

TEST_CASE("markers that Kafka would forget are refused, results that it would are warned of") {
  auto facts = sound(topic_use::markers);
  for (const auto* const policy : {"delete", "compact,delete"}) {
    facts.settings["cleanup.policy"] = policy;
    const auto found = look_over("m", topic_use::markers, facts, 3);
    REQUIRE(found.size() == 1);
    CHECK(found[0].refuses);
  }
  auto output = sound(topic_use::output);
  output.settings["cleanup.policy"] = "compact";
  const auto found = look_over("t", topic_use::output, output, 3);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].refuses);
}

TEST_CASE("markers in more than one partition are refused") {
  auto facts = sound(topic_use::markers);
  facts.partitions = 2;
  CHECK(look_over("m", topic_use::markers, facts, 3).at(0).refuses);
}

TEST_CASE("a topic that wants more copies than it has is refused: it takes nothing") {
  auto facts = sound(topic_use::output);
  facts.settings["min.insync.replicas"] = "4";
  CHECK(look_over("t", topic_use::output, facts, 3).at(0).refuses);
}

TEST_CASE("events of long ago are not put where their time stamps would have them removed") {
  auto facts = sound(topic_use::events);
  facts.settings["retention.ms"] = "604800000";
  CHECK(look_over("t", topic_use::events, facts, 3).at(0).refuses);
  CHECK(look_over("t", topic_use::output, facts, 3).empty());
  facts.settings["retention.ms"] = "-1";
  CHECK(look_over("t", topic_use::events, facts, 3).empty());
  facts.settings = sound(topic_use::events).settings;
  for (const auto& [name, value] : wish_for(topic_use::events, 4, 3).settings) {
    facts.settings[name] = value;
  }
  CHECK(facts.setting("retention.ms") == "-1");
  CHECK(look_over("t", topic_use::events, facts, 3).empty());
}

TEST_CASE("settings that lose records with a broker are warned of") {
  auto facts = sound(topic_use::output);
  facts.settings["min.insync.replicas"] = "1";
  facts.settings["unclean.leader.election.enable"] = "true";
  const auto found = look_over("t", topic_use::output, facts, 3);
  CHECK(found.size() == 2);
  CHECK(std::ranges::none_of(found, &topic_finding::refuses));
  facts = sound(topic_use::output);
  facts.replicas = 1;
  facts.settings["min.insync.replicas"] = "1";
  CHECK(look_over("t", topic_use::output, facts, 3).size() == 1);
  CHECK(look_over("t", topic_use::output, facts, 1).empty());
}

TEST_CASE("settings that nobody may see are said to be unchecked") {
  CHECK(look_over("t", topic_use::output, {.partitions = 1, .replicas = 1, .settings = {}}, 1)
            .size() == 1);
}

TEST_CASE("a topic is made with at most three replicas, and what is made passes the rules") {
  for (const auto use : {topic_use::output, topic_use::undelivered, topic_use::markers}) {
    for (const auto brokers : {1, 3, 9}) {
      const auto wish = wish_for(use, 4, brokers);
      CHECK(wish.replicas == std::min(brokers, 3));
      topic_facts facts{.partitions = wish.partitions, .replicas = wish.replicas, .settings = {}};
      facts.settings.insert(wish.settings.begin(), wish.settings.end());
      CHECK(look_over("t", use, facts, brokers).empty());
    }
  }
}

TEST_CASE("the largest record is what the topic says, or Kafka's default where it says nothing") {
  CHECK(topic_facts{}.record_bytes_max() == record_bytes_default);
  CHECK(topic_facts{.settings = {{"max.message.bytes", "2000"}}}.record_bytes_max() == 2000);
}

}  // namespace
}  // namespace aisle::kafka
