// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/kafka/control_topics.hpp"

/// Several processes' worth of leaders on one control log, while its broker is killed, stopped and
/// frozen: what all of them were told, and all readers saw, has to fit the log. Time decides what
/// happens exactly; the seed decides what is tried. AISLE_CONTROL_BOUNCES makes it longer,
/// AISLE_CONTROL_SEED another, AISLE_CONTROL_NODES=3 one with three brokers.
namespace aisle::kafka {
namespace {

using control::incarnation;
using control::log_history;
using control::log_offset;
using control::scribe;

std::uint64_t setting(const char* name, std::uint64_t usual) {
  const char* const text = std::getenv(name);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

/// What the threads share.
struct arena {
  control_topic_settings how;
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> next_incarnation{1};
  std::atomic<std::uint64_t> terms{0};
  std::mutex lock;
  log_history history;
  std::string first_trouble;

  void note(const std::string& trouble) {
    const std::scoped_lock held{lock};
    if (first_trouble.empty()) first_trouble = trouble;
  }
};

using dice = std::mt19937_64;

void rest(dice& chance, int most_ms) {
  std::this_thread::sleep_for(
      std::chrono::milliseconds{chance() % static_cast<std::uint64_t>(most_ms)});
}

/// Takes the log over, writes for a while, and is gone for longer now and then: whoever fences it
/// meanwhile makes a zombie of it, which then writes.
void contend(arena& in, std::uint64_t seed) {
  dice chance{seed};
  while (!in.over) {
    control_topic log{in.how};
    scribe leader{log, incarnation{in.next_incarnation++}};
    if (leader.take_over()) {
      ++in.terms;
      for (auto left = chance() % 200; left > 0 && !in.over; --left) {
        if (!leader.write()) break;
        rest(chance, chance() % 50 == 0 ? 4000 : 10);
      }
    }
    {
      const std::scoped_lock held{in.lock};
      in.history.add(leader.attempts());
    }
    rest(chance, 4000);
  }
}

/// Follows the log as a node does.
void follow(arena& in) {
  control_topic log{in.how};
  control::log_follower follower{control::compaction::never, {}};
  while (!in.over) {
    const auto more = log.read(follower.next(), 50);
    if (!more) {
      if (more.error().code != control::errc::unreachable) return in.note(more.error().message);
      continue;
    }
    for (const auto& entry : *more) {
      if (const auto read = follower.read(entry); !read) return in.note(read.error().message);
    }
    {
      const std::scoped_lock held{in.lock};
      in.history.saw(*more);
    }
    if (more->empty()) log.wait(std::chrono::milliseconds{100});
  }
}

struct bounces {
  int killed = 0;
  int stopped = 0;
  int frozen = 0;
};

bounces hurt(test_support::kafka_cluster& kafka, dice& chance, std::uint64_t times, int nodes) {
  bounces done;
  for (std::uint64_t i = 0; i < times; ++i) {
    rest(chance, 3000);
    const int node = 1 + static_cast<int>(chance() % static_cast<std::uint64_t>(nodes));
    // Every run has each of them.
    switch (i < 3 ? i : chance() % 3) {
      case 0:
        kafka.kill(node);
        kafka.start(node);
        ++done.killed;
        break;
      case 1:
        kafka.pause(node);
        rest(chance, 6000);
        kafka.resume(node);
        ++done.frozen;
        break;
      default:
        kafka.stop(node);
        kafka.start(node);
        ++done.stopped;
    }
  }
  rest(chance, 3000);
  return done;
}

TEST_CASE("whatever happens to the broker, the control log keeps its word to everybody") {
  const auto nodes = static_cast<int>(setting("AISLE_CONTROL_NODES", 1));
  auto kafka = test_support::own_kafka({.nodes = nodes});
  if (!kafka) return;
  const auto seed = setting("AISLE_CONTROL_SEED", 1);
  arena in;
  in.how = empty_control_topic(kafka->servers());
  in.how.transaction_timeout = std::chrono::seconds{3};
  in.how.patience = std::chrono::seconds{15};
  bounces hurts;
  {
    std::vector<std::jthread> all;
    for (std::uint64_t i = 0; i < 3; ++i) {
      all.emplace_back([&in, of = seed * 100 + i] { contend(in, of); });
    }
    all.emplace_back([&in] { follow(in); });
    dice chance{seed};
    hurts = hurt(*kafka, chance, setting("AISLE_CONTROL_BOUNCES", 4), nodes);
    in.over = true;
  }

  in.how.patience = std::chrono::seconds{60};
  control_topic last{in.how};
  REQUIRE(last.fence().has_value());
  REQUIRE(last.end().has_value());
  std::vector<control::log_entry> log;
  while (true) {
    const auto more = last.read(log.empty() ? log_offset{0} : log.back().at.next(), 500).value();
    if (more.empty()) break;
    log.insert(log.end(), more.begin(), more.end());
  }
  CHECK(in.history.wrong_with(log) == "");
  CHECK(in.first_trouble == "");
  CHECK(in.history.appended() > 0);
  MESSAGE(
      fmt::format("seed {}, {} broker(s): {} kill -9, {} clean restarts, {} freezes; {} terms; {} "
                  "records appended, {} "
                  "fenced, {} with unknown result of which {} are there; a follower saw {}",
                  seed, nodes, hurts.killed, hurts.stopped, hurts.frozen, in.terms.load(),
                  in.history.appended(), in.history.failed(control::append_failure::fenced),
                  in.history.failed(control::append_failure::unknown), in.history.landed(log),
                  in.history.seen()));
}

}  // namespace
}  // namespace aisle::kafka
