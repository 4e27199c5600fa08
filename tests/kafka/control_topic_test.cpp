// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/control_topic.hpp"

#include <chrono>
#include <functional>
#include <thread>

#include <doctest/doctest.h>

#include "runtime/control/log_follower.hpp"
#include "tests/kafka/control_topics.hpp"
#include "tests/kafka/in_time.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::kafka {
namespace {

using control::append_failure;
using control::before_the_log;
using control::incarnation;
using control::log_follower;
using control::log_offset;
using control::scribe;
namespace laws = control::laws;

struct log_in_kafka final : laws::kept_log {
  explicit log_in_kafka(test_support::kafka_cluster& servers)
      : kafka{servers}, how{empty_control_topic(servers.servers())} {}
  std::unique_ptr<control::control_log> open() override {
    return std::make_unique<control_topic>(how);
  }
  void restart() override {
    kafka.stop();
    kafka.start();
  }
  test_support::kafka_cluster& kafka;
  control_topic_settings how;
};

TEST_CASE("the log in a topic keeps the laws of a control log") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  laws::hold_for([&] { return std::make_unique<log_in_kafka>(*kafka); });
}

/// Writes so many records, Log and Claim first.
log_offset write_some(control_topic& log, std::uint64_t self, int count) {
  scribe writer{log, incarnation{self}};
  laws::take_over(writer);
  for (int i = 0; i < count; ++i)
    laws::write(writer);
  return writer.follower().last();
}

/// A leader that stops in the middle of an append: its record is at the brokers, its transaction is
/// open, and nobody has asked for the commit.
class half_done {
 public:
  explicit half_done(const control_topic_settings& how)
      : producer_{{.to = how.to,
                   .transactional_id = how.transactional_id,
                   .transaction_timeout = std::chrono::seconds{60},
                   .init_patience = how.patience},
                  process_watchdog()} {
    const std::string bytes = "no record";
    REQUIRE(producer_.fence().has_value());
    REQUIRE(producer_.begin().has_value());
    REQUIRE(
        producer_
            .produce(
                {.topic = how.topic, .key = "claim", .value = bytes, .headers = {}, .partition = 0})
            .has_value());
    REQUIRE(producer_.deliver().has_value());
  }
  [[nodiscard]] outcome commit() { return producer_.commit(); }
  [[nodiscard]] log_offset at() const { return log_offset{producer_.last_offset()}; }

 private:
  txn_producer producer_;
};

TEST_CASE("what a dead leader left half done ends with the fence, and the end is behind it") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  auto how = empty_control_topic(*servers);
  control_topic first{how};
  const auto last = write_some(first, 1, 3);
  half_done dead{how};

  how.patience = std::chrono::seconds{10};
  control_topic reader{how};
  CHECK(reader.read(last.next(), 10).value().empty());
  const auto end = reader.end();
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().code == control::errc::unreachable);
  CHECK(end.error().message.find("a transaction has been open") != std::string::npos);

  how.patience = std::chrono::seconds{60};
  control_topic second{how};
  REQUIRE(second.fence().has_value());
  CHECK(second.end().value() > dead.at());
  CHECK(second.read(last.next(), 10).value().empty());
  CHECK(dead.commit().error() == verdict::lost);
  CHECK(second.read(last.next(), 10).value().empty());
}

TEST_CASE("a follower is told of a record when it is there, and not before") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const auto how = empty_control_topic(*servers);
  control_topic leader{how};
  const auto last = write_some(leader, 1, 4);
  control_topic follower{how};
  REQUIRE(follower.end().value() > last);
  REQUIRE(follower.read(log_offset{0}, 100).value().size() == 4);
  CHECK(follower.read(last.next(), 100).value().empty());
  auto claim = control::a_claim();
  auto at = leader.append(claim, last);
  REQUIRE(at.has_value());
  follower.wait(std::chrono::seconds{30});
  REQUIRE(follower.end().value() > *at);
  const auto read = follower.read(last.next(), 100).value();
  REQUIRE(read.size() == 1);
  CHECK(read[0].at == *at);
}

TEST_CASE("a topic that is not there is not made by mistake") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  auto how = new_control_settings(*servers);
  how.patience = std::chrono::seconds{10};
  control_topic log{how};
  const auto fenced = log.fence();
  REQUIRE_FALSE(fenced.has_value());
  CHECK(fenced.error().code == control::errc::unreachable);
  CHECK(fenced.error().message.find("aisle cluster init") != std::string::npos);
  CHECK_FALSE(log.read(log_offset{0}, 1).has_value());
  CHECK_FALSE(log.end().has_value());
  const test_support::kafka_topics topics{*servers};
  CHECK(topics.partitions(how.topic) == 0);
}

TEST_CASE("a topic whose settings would lose decisions is refused, with the setting") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const auto how = new_control_settings(*servers);
  test_support::kafka_topics topics{*servers};
  topics.create(how.topic, 1, {{"cleanup.policy", "delete"}});
  control_topic log{how};
  CHECK(log.fence().error().message.find("cleanup.policy=delete") != std::string::npos);
  CHECK_FALSE(init_control_log(how, control::a_log()).has_value());
}

TEST_CASE("brokers that are not there are waited for, and not for ever") {
  auto how = new_control_settings("127.0.0.1:1");
  how.patience = std::chrono::seconds{1};
  control_topic log{how};
  // That nobody answers is known before why.
  const auto names_the_place = [](const auto& ask) {
    return in_time([&] {
      const control::error said = ask().error();
      CHECK(said.code == control::errc::unreachable);
      return said.message.find("127.0.0.1:1") != std::string::npos;
    });
  };
  CHECK(names_the_place([&] { return log.fence(); }));
  CHECK(names_the_place([&] { return log.end(); }));
  CHECK(names_the_place([&] { return log.read(log_offset{0}, 1); }));
}

TEST_CASE("a control log is made once, and keeps its name") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const auto how = new_control_settings(*servers);
  const auto first = init_control_log(how, control::a_log(5));
  REQUIRE_MESSAGE(first.has_value(), (first ? "" : first.error().message));
  CHECK(first->is_new);
  CHECK(first->remarks.at(0).find("made topic " + how.topic) != std::string::npos);
  CHECK(first->remarks.at(1).find("ONE COPY") != std::string::npos);

  const auto again = init_control_log(how, control::a_log(6));
  REQUIRE(again.has_value());
  CHECK_FALSE(again->is_new);
  CHECK(again->name == control::a_log(5));

  control_topic log{how};
  scribe leader{log, incarnation{1}};
  laws::take_over(leader);
  CHECK(leader.follower().log()->log == control::a_log(5).log);
}

// ---- deleted, and made anew -------------------------------------------------------------------

TEST_CASE("a topic that was made anew is not taken for the one it was") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const auto how = empty_control_topic(*servers);
  control_topic leader{how};
  scribe writer{leader, incarnation{1}};
  laws::take_over(writer);
  while (writer.attempts().size() < 12)
    laws::write(writer);
  const auto last = writer.follower().last();
  control_topic follower{how};
  REQUIRE(follower.end().value() > last);
  REQUIRE(follower.read(log_offset{0}, 100).value().size() == 12);

  test_support::kafka_topics topics{*servers};
  topics.remove(how.topic);
  make_empty(how);

  CHECK(writer.write() == std::unexpected{append_failure::unknown});
  // A follower that was there sees that the log has become shorter …
  const auto more = follower.read(last.next(), 100);
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error().code == control::errc::shortened);

  // … and so does one that starts, as long as the new log is shorter than what it has acted on …
  const control::followed_before known{.log = control::log_id{.high = 1, .low = 1},
                                       .applied = last};
  control_topic anew{how};
  CHECK(anew.read(log_offset{0}, 100).value().empty());
  write_some(anew, 2, 2);
  CHECK(log_follower(control::compaction::possible, known)
            .reached_end(anew.end().value())
            .error()
            .code == control::errc::shortened);
  // … and in any case it sees another name.
  log_follower reads{control::compaction::possible, known};
  CHECK(reads.read(anew.read(log_offset{0}, 1).value().at(0)).error().code ==
        control::errc::other_log);
}

// ---- compaction -------------------------------------------------------------------------------

TEST_CASE("what compaction leaves is followed") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const auto how = new_control_settings(*servers);
  test_support::kafka_topics topics{*servers};
  topics.create(how.topic, 1,
                {{"cleanup.policy", "compact"},
                 {"segment.ms", "100"},
                 {"min.cleanable.dirty.ratio", "0.001"},
                 {"delete.retention.ms", "0"}});
  control_topic log{how};
  scribe writer{log, incarnation{1}};
  laws::take_over(writer);
  // Each record may close a segment; only closed ones are compacted, when the cleaner comes by.
  std::size_t left = 0;
  const auto is_compacted = [&] {
    for (int i = 0; i < 20; ++i)
      laws::write(writer);
    left = control_topic{how}.read(log_offset{0}, 100'000).value().size();
    return writer.attempts().size() > 60 && left < writer.attempts().size() / 2;
  };
  const bool compacted = in_time(is_compacted, std::chrono::milliseconds{500});
  CHECK_MESSAGE(compacted, "written ", writer.attempts().size(), ", left ", left);

  control_topic later{how};
  REQUIRE(later.end().value() > writer.follower().last());
  log_follower follower{control::compaction::possible, {.log = control::log_id{1, 1}}};
  while (true) {
    const auto more = later.read(follower.next(), 7).value();
    if (more.empty()) break;
    for (const auto& entry : more) {
      const auto read = follower.read(entry);
      REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().message));
    }
  }
  CHECK(follower.last() == writer.follower().last());
  CHECK(follower.stood_on() == writer.follower().stood_on());
  CHECK(follower.generation() == writer.follower().generation());
  CHECK(follower.reached_end(later.end().value()).has_value());
}

}  // namespace
}  // namespace aisle::kafka
