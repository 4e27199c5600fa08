// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <future>
#include <random>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/kafka/control_topics.hpp"

/// Appends that a broker stops answering, at any moment between their first and their last request.
namespace aisle::kafka {
namespace {

using control::append_failure;
using control::incarnation;
using control::log_entry;
using control::log_history;
using control::log_offset;
using control::scribe;
namespace laws = control::laws;

/// The log as the next leader finds it behind its fence; it appends nothing.
std::vector<log_entry> found_by_next(const control_topic_settings& how) {
  control_topic log{how};
  const auto fenced = log.fence();
  REQUIRE_MESSAGE(fenced.has_value(), (fenced ? "" : fenced.error().message));
  REQUIRE(log.end().has_value());
  return log.read(log_offset{0}, 10'000).value();
}

struct doubt {
  test_support::kafka_cluster& kafka;
  control_topic_settings how;
  log_history history{};
  std::uint64_t terms = 0;
  std::size_t unknown = 0;

  /// A leader writes until `strike` has come in the middle of an append; `mend` undoes it.
  template <class Strike, class Mend>
  void round(std::chrono::milliseconds after, Strike strike, Mend mend) {
    auto patient = how;
    how.transaction_timeout = std::chrono::seconds{6};
    control_topic log{how};
    scribe leader{log, incarnation{++terms}};
    laws::take_over(leader);
    for (int i = 0; i < 4; ++i)
      laws::write(leader);
    std::atomic<bool> struck{false};
    auto writing = std::async(std::launch::async, [&] {
      bool before_it = true;
      do {
        before_it = !struck;
      } while (leader.write());
      return before_it;
    });
    std::this_thread::sleep_for(after);
    struck = true;
    strike();
    const bool began_before = writing.get();
    mend();
    history.add(leader.attempts());
    // Twice: what was not there behind the first fence does not come later.
    const auto first = found_by_next(patient);
    const auto second = found_by_next(patient);
    CHECK(first == second);
    CHECK(history.wrong_with(second) == "");
    // A broker may still tell it that its transaction was open for too long, where this process
    // stood still in it.
    const auto& last = leader.attempts().back().answer;
    CHECK((last == std::unexpected{append_failure::unknown} ||
           (began_before && last == std::unexpected{append_failure::fenced})));
    unknown = history.failed(append_failure::unknown);
  }
};

TEST_CASE("an append that nobody answers is there behind the next fence, or never") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  doubt in{.kafka = *kafka, .how = empty_control_topic(kafka->servers())};
  std::mt19937_64 chance{3};
  const auto moment = [&] { return std::chrono::milliseconds{100 + chance() % 100}; };
  SUBCASE("its broker stands still") {
    for (int i = 0; i < 4; ++i) {
      in.round(moment(), [&] { kafka->pause(); }, [&] { kafka->resume(); });
    }
  }
  SUBCASE("its broker is killed") {
    for (int i = 0; i < 1; ++i) {
      in.round(moment(), [&] { kafka->kill(); }, [&] { kafka->start(); });
    }
  }
  MESSAGE(fmt::format("{} appends with unknown result, {} of them are there", in.unknown,
                      in.history.landed(found_by_next(in.how))));
}

}  // namespace
}  // namespace aisle::kafka
