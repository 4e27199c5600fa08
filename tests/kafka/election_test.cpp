// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/election.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "tests/kafka/control_topics.hpp"
#include "tests/kafka/mock_cluster.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds slice{20};
/// Longer than anything here takes; only a failing test waits for it.
constexpr std::chrono::seconds patience{60};

/// Runs with the machine's clock, plus what a test adds: a process that stood still.
struct leaping_clock final : base::clock {
  [[nodiscard]] base::event_time now() const override { return base::system_clock().now(); }
  [[nodiscard]] base::duration ticks() const override {
    return base::system_clock().ticks() + leapt;
  }
  base::duration leapt{0};
};

/// One process that wants to lead, and what it was told.
struct candidate {
  explicit candidate(const election_settings& how) {
    auto made = election::stand(how, clock);
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
    seat = *std::move(made);
  }
  void poll() {
    const auto said = seat->poll(slice);
    REQUIRE_MESSAGE(said.has_value(), (said ? "" : said.error().message));
    if (*said) told.push_back(**said);
  }
  leaping_clock clock;
  std::unique_ptr<election> seat;
  std::vector<election_event> told;
};

using candidates = std::vector<std::unique_ptr<candidate>>;

/// Polls all of them until it is so.
bool until(const candidates& all, const std::function<bool()>& is_so) {
  for (const auto end = steady::now() + patience; steady::now() < end;) {
    if (is_so()) return true;
    for (const auto& each : all)
      each->poll();
  }
  return false;
}

std::size_t holders(const candidates& all) {
  return static_cast<std::size_t>(
      std::ranges::count_if(all, [](const auto& each) { return each->seat->holds(); }));
}

struct mock_election {
  mock_election() {
    // The pretended broker lets a new group wait for three seconds, in any case.
    how.session = how.poll_within = std::chrono::seconds{4};
    cluster.create(how.topic);
  }
  std::unique_ptr<candidate> stand() const { return std::make_unique<candidate>(how); }
  mock_cluster cluster;
  election_settings how = election_of({.brokers = cluster.servers(), .properties = {}}, "m");
};

TEST_CASE("one candidate is elected, and another when it leaves") {
  const mock_election mock;
  candidates all;
  all.push_back(mock.stand());
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  CHECK(all[0]->told == std::vector{election_event::gained});
  all.push_back(mock.stand());
  all.push_back(mock.stand());
  for (int left = 3; left > 1; --left) {
    REQUIRE(until(all, [&] { return holders(all) == 1; }));
    std::erase_if(all, [](const auto& each) { return each->seat->holds(); });
    REQUIRE(until(all, [&] { return holders(all) == 1; }));
  }
  CHECK(all.size() == 1);
}

TEST_CASE("a candidate that hangs is replaced, and is told when it comes back") {
  const mock_election mock;
  candidates all;
  all.push_back(mock.stand());
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  candidates others;
  others.push_back(mock.stand());
  // Nobody polls the first one: its client says for itself that it is alive, and must not.
  REQUIRE(until(others, [&] { return holders(others) == 1; }));
  CHECK(all[0]->seat->holds());
  all[0]->poll();
  CHECK_FALSE(all[0]->seat->holds());
  CHECK(all[0]->told == std::vector{election_event::gained, election_event::lost});
}

TEST_CASE("a process that stood still is told at once, without asking anybody") {
  mock_election mock;
  candidates all;
  all.push_back(mock.stand());
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  mock.cluster.down();
  all[0]->clock.leapt = mock.how.session;
  all[0]->poll();
  CHECK(all[0]->told == std::vector{election_event::gained, election_event::lost});
  mock.cluster.up();
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  CHECK(all[0]->told.size() == 3);
}

TEST_CASE("without a broker nobody leads for longer than a session, and then somebody again") {
  mock_election mock;
  candidates all;
  all.push_back(mock.stand());
  all.push_back(mock.stand());
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  mock.cluster.down();
  REQUIRE(until(all, [&] { return holders(all) == 0; }));
  CHECK(all[0]->seat->trouble().has_value());
  mock.cluster.up();
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
}

TEST_CASE("who gives way is elected again when there is nobody else") {
  const mock_election mock;
  candidates all;
  all.push_back(mock.stand());
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  all[0]->seat->give_way();
  REQUIRE(until(all, [&] { return all[0]->told.size() == 3; }));
  CHECK(all[0]->told ==
        std::vector{election_event::gained, election_event::lost, election_event::gained});
}

TEST_CASE("a member that the group has fenced is told for good, leads no more, and can be closed") {
  mock_election mock;
  candidates all;
  all.push_back(mock.stand());
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  mock.cluster.fail_next(heartbeat_request, {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID});
  auto& seat = *all[0]->seat;
  std::optional<error> told;
  for (const auto end = steady::now() + patience; !told && steady::now() < end;) {
    if (const auto said = seat.poll(slice); !said) told = said.error();
  }
  REQUIRE(told.has_value());
  CHECK_MESSAGE((told->code == errc::fenced || told->code == errc::fatal), told->message);
  CHECK_FALSE(told->message.empty());
  CHECK_FALSE(seat.holds());
  CHECK_FALSE(seat.poll(slice).has_value());
  seat.give_way();
  all.clear();
  all.push_back(mock.stand());
  CHECK(until(all, [&] { return holders(all) == 1; }));
}

TEST_CASE("closing is bounded when no broker answers") {
  mock_election mock;
  candidates all;
  all.push_back(mock.stand());
  REQUIRE(until(all, [&] { return holders(all) == 1; }));
  mock.cluster.down();
  const auto before = steady::now();
  all.clear();
  CHECK(steady::now() - before < std::chrono::seconds{30});
}

TEST_CASE("on a real broker, who is elected can fence, also behind a crash of the broker") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  const auto log = empty_control_topic(kafka->servers());
  election_settings how{.to = log.to,
                        .topic = log.topic,
                        .group = test_support::unique_name("leader"),
                        .session = std::chrono::seconds{3},
                        .poll_within = std::chrono::seconds{10}};
  candidates all;
  for (int i = 0; i < 3; ++i)
    all.push_back(std::make_unique<candidate>(how));
  control::log_history history;
  for (std::uint64_t term = 1; term <= 3; ++term) {
    REQUIRE(until(all, [&] { return holders(all) == 1; }));
    control_topic mine{log};
    control::scribe leader{mine, control::incarnation{term}};
    control::laws::take_over(leader);
    for (int i = 0; i < 5; ++i)
      control::laws::write(leader);
    history.add(leader.attempts());
    if (term == 1) {
      kafka->kill();
      kafka->start();
    } else {
      std::erase_if(all, [](const auto& each) { return each->seat->holds(); });
    }
  }
  control_topic reader{log};
  CHECK(history.wrong_with(reader.read(control::log_offset{0}, 1000).value()) == "");
}

}  // namespace
}  // namespace aisle::kafka
