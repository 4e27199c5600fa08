// SPDX-License-Identifier: Apache-2.0
// Topics of many partitions, through the program and Apache Kafka: some grow, some fall silent,
// some cannot be read. What is right is worked out by the test itself (tally_book).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/tally.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/kafka_broker.hpp"

namespace aisle::e2e {
namespace {

using test_support::shared_kafka;

const strings pages{"home", "cart", "terms", "search", "help", "about", "news"};

/// Makes hits, each with an id of its own.
struct hits {
  /// `count` records that begin at `from`, three seconds apart: some out of order, some far too
  /// late, some twice, some broken.
  void fill(int partition, int from, int count) {
    for (int n = 0; n < count; ++n) {
      const int now = from + 3 * n;
      const int kind = pick(100);
      const int back = kind < 70 ? 0 : kind < 85 ? pick(30) : kind < 93 ? 31 + pick(70) : 600;
      if (kind == 99) {
        into.put_broken(partition);
      } else if (kind == 98 && last_id > 0) {
        into.put(partition, {.id = last_id, .at = now, .page = "home"});
      } else {
        one(partition, now - back, pages[chance() % pages.size()], 1 + pick(9));
      }
    }
  }
  void one(int partition, int at, const std::string& page, int units = 1) {
    into.put(partition, {.id = ++last_id, .at = at, .page = page, .units = units});
  }
  int pick(int of) { return static_cast<int>(chance() % static_cast<unsigned>(of)); }

  tally& into;
  std::mt19937 chance{7};
  int last_id = 0;
};

void count_over(int partitions, int each) {
  const auto servers = shared_kafka();
  if (!servers) return;
  tally of{*servers, partitions, {.disorder = 30, .lateness = 120}};
  hits made{of};
  for (int p = 0; p < partitions; ++p) {
    made.fill(p, 3600 + p * 180, each);
  }
  of.append();
  aisle_done(of.command({"--bounded"}));
  of.check_agrees();
  CHECK(of.book.late.size() > 100);
  CHECK(of.book.repeats > 10);
  CHECK(of.book.refused.size() > 10);
  MESSAGE(partitions, " partitions, each three minutes ahead of the one before: ", of.accounts());
}

TEST_CASE("a topic of 12 partitions is counted as by hand, each late for itself alone") {
  count_over(12, 1000);
}

TEST_CASE("so is one of 100 partitions") { count_over(100, 200); }

TEST_CASE("a topic that grows from 2 to 5 partitions is counted once, through growth and kill -9") {
  const auto servers = shared_kafka();
  if (!servers) return;
  tally of{*servers, 2, {.disorder = 30, .lateness = 120}};
  hits made{of};
  for (int p = 0; p < 2; ++p) {
    made.fill(p, 3600, 300);
  }
  of.append();
  std::optional<running> run;
  const auto start = [&] { run.emplace(aisle_command(of.command({"--json"}))); };
  const auto kill = [&] {
    run->send(SIGKILL);
    run->wait();
  };
  start();
  REQUIRE(eventually([&] { return of.read() == of.book.records(); }));
  const auto read_by_two = of.read();
  of.grow(2, 5);
  // Nothing comes before all of them are read: what came later than their beginning would be late.
  REQUIRE(eventually([&] { return partitions_told(*run) == 5; }));
  CHECK(run->said().find("has 5 partitions by now") != std::string::npos);
  for (int round = 0; round < 3; ++round) {
    const auto before = of.read();
    for (int p = 0; p < 5; ++p) {
      made.fill(p, 4500 + 600 * round, 200);
    }
    of.append();
    REQUIRE(eventually([&] { return of.read() > before; }));
    kill();
    start();
  }
  of.put_closers(5);
  of.append();
  REQUIRE(eventually([&] { return of.is_done(); }));
  run->send(SIGTERM);
  CHECK(run->wait().code == 0);
  of.check_agrees();
  MESSAGE("2 partitions, ", read_by_two,
          " records read; then 5, and kill -9 three times: ", of.accounts());
}

TEST_CASE("partitions that are silent hold no window back, and what they wake with is not lost") {
  const auto servers = shared_kafka();
  if (!servers) return;
  // Four partitions: two go on, one falls silent, one is empty. Those that go on must not rest for
  // so long on a busy machine.
  tally of{*servers, 4, {.lateness = 300, .idle = "10s"}};
  hits made{of};
  const auto go_on = [&](int partition, int from, int to) {
    for (int at = from; at <= to; at += 10) {
      made.one(partition, at, pages[static_cast<std::size_t>(at / 10) % 5]);
    }
  };
  for (int p = 0; p < 3; ++p) {
    go_on(p, 0, 170);
  }
  of.append();
  running run{aisle_command(of.command())};
  REQUIRE(eventually([&] { return of.read() == of.book.records(); }));
  constexpr int reached = 1800;
  for (int p = 0; p < 2; ++p) {
    go_on(p, 180, reached);
  }
  of.append();
  // Of each page: the minute that ends where two of the four are.
  REQUIRE(eventually([&] {
    if (of.applied() < of.book.counted() - 2) return false;
    const auto got = of.found();
    return std::ranges::all_of(pages.begin(), pages.begin() + 5, [&](const std::string& page) {
      return got.begun.contains({page, reached / 60 - 1});
    });
  }));
  CHECK(of.declared_idle() >= 2);
  CHECK(of.found().late.empty());

  for (const int p : {2, 3}) {
    of.book.see_from(p, reached);
    made.one(p, 190, "home");            // final long ago
    made.one(p, reached - 150, "cart");  // told, and not final: it is told anew
    made.one(p, reached - 50, "terms");  // the same
    of.put_broken(p);
    made.one(p, 0, "search");               // final long ago
    made.one(p, reached + 20 + p, "help");  // its window is open
  }
  CHECK(of.book.late.size() == 4);
  of.append();
  of.put_closers(4);
  of.append();
  REQUIRE(eventually([&] { return of.is_done(); }));
  run.send(SIGTERM);
  CHECK(run.wait().code == 0);
  of.check_agrees();
  MESSAGE("2 of 4 partitions silent, then awake with old hits: ", of.accounts());
}

TEST_CASE("a partition that waits for a slow consumer is not idle, however long it waits") {
  const auto servers = shared_kafka();
  if (!servers) return;
  ::setenv("no_proxy", "127.0.0.1", 1);
  std::atomic<bool> takes{false};
  test_support::http_server consumer{[&](const test_support::http_request&, std::size_t) {
    return test_support::http_reply{.status = takes ? 204 : 503};
  }};
  consumer.open();
  // One partition is empty, and idle before any window is posted.
  tally of{*servers, 3, {.idle = "1s", .webhook = consumer.origin()}};
  hits made{of};
  for (const int p : {0, 1}) {
    made.one(p, 0, "home");
    made.one(p, 60, "home");
  }
  of.append();
  running run{aisle_command(of.command({"--json"}))};
  REQUIRE(eventually([&] { return !consumer.requests().empty(); }));
  // Two epochs are not delivered: no other starts, and a reader takes 100,000 records more.
  auto told = json::object();
  REQUIRE(eventually([&] {
    const auto before = std::exchange(told, last_line_of(run));
    const json::json_pointer waiting{"/sinks/posts/epochs_waiting"};
    return before.value(waiting, 0) == 2 && before != told && before["epochs"] == told["epochs"];
  }));
  // From now on nothing goes idle; these two are awake.
  for (const int p : {0, 1}) {
    made.one(p, 60, "home");
  }
  of.append();
  REQUIRE(eventually(
      [&] { return last_line_of(run)["sources"]["hits"]["read"] == of.book.records(); }));
  for (int n = 0; n < 60'000; ++n) {
    made.one(0, 60 + n / 17, "home");
  }
  for (int n = 0; n < 80'000; ++n) {
    made.one(1, 60 + n / 25, "home");
  }
  of.append();
  // The second partition waits, for longer than what is idle has to be quiet.
  int times = 0;
  REQUIRE(eventually([&] {
    const auto before = std::exchange(told, last_line_of(run));
    const auto& source = told["sources"]["hits"];
    const bool waits = source["held_up"] == true && source["behind_records"] > 0;
    times += waits && before != told ? 1 : 0;
    return times == 3;
  }));
  const auto behind = told["sources"]["hits"]["behind_records"].get<std::int64_t>();
  takes = true;
  of.put_closers(3);
  of.append();
  REQUIRE(eventually([&] { return of.is_done(); }));
  run.send(SIGTERM);
  CHECK(run.wait().code == 0);
  CHECK(of.book.late.empty());
  of.check_agrees();
  MESSAGE(behind, " records waited for the consumer: ", of.accounts());
}

/// Two partitions, one some minutes behind the other; neither is idle.
struct two_that_go_on {
  explicit two_that_go_on(const std::string& servers, const std::string& idle)
      : of{servers, 2, {.idle = idle, .into_files = true}} {
    for (int at = 0; at <= 600; at += 20) {
      made.one(0, at, "home");
      made.one(1, at / 2, "cart");
    }
    of.append();
    run.emplace(aisle_command(of.command({"--json"})));
    REQUIRE(eventually([&] { return of.read() == of.book.records(); }));
  }

  /// Does so when both are awake and everything is read.
  void while_awake(const std::function<void()>& stop, const std::function<void()>& go_on) {
    for (;;) {
      const auto idle = of.declared_idle();
      made.one(0, 600, "home");
      made.one(1, 300, "cart");
      of.append();
      REQUIRE(eventually([&] { return of.read() == of.book.records(); }));
      stop();
      if (of.declared_idle() == idle) return;
      go_on();
    }
  }
  /// The hits of the one that is behind, while the other brings none.
  void come_up() {
    for (int at = 310; at <= 600; at += 10) {
      made.one(1, at, "cart");
    }
  }
  /// Whether there is a window that only the one that is behind could hold back.
  [[nodiscard]] bool went_past() const {
    return std::ranges::any_of(of.found().begun,
                               [](const minute_of_page& one) { return one.second >= 5; });
  }
  void end() {
    of.put_closers(2);
    of.append();
    REQUIRE(eventually([&] { return of.is_done(); }));
    run->send(SIGTERM);
    CHECK(run->wait().code == 0);
    CHECK(of.book.late.empty());
    of.check_agrees();
  }

  tally of;
  hits made{of};
  std::optional<running> run;
};

TEST_CASE("a partition whose broker hangs is not idle: windows wait for it, and nothing is late") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  constexpr int idle_s = 10;
  two_that_go_on with{kafka->servers(), fmt::format("{}s", idle_s)};
  with.while_awake([&] { kafka->pause(); }, [&] { kafka->resume(); });
  const auto hangs_since = std::chrono::steady_clock::now();
  const auto epochs = [&] { return last_line_of(*with.run).value("epochs", std::int64_t{0}); };
  const auto idle = with.of.declared_idle();
  const auto first = epochs();
  // Which is said behind five seconds.
  REQUIRE(eventually(
      [&] { return with.run->said().find("cannot be read, and goes on") != std::string::npos; }));
  std::this_thread::sleep_until(hangs_since + std::chrono::seconds{idle_s + 1});
  REQUIRE(eventually([&] { return epochs() > first + 5; }));
  CHECK(with.of.declared_idle() == idle);
  CHECK_FALSE(with.went_past());
  with.come_up();
  std::jthread appending{[&] { with.of.append(); }};
  kafka->resume();
  appending.join();
  const auto waited = epochs() - first;
  with.end();
  MESSAGE(waited,
          " epochs without a broker, none of them declared a partition idle: ", with.of.accounts());
}

TEST_CASE("a node that stood still calls no partition idle for what came meanwhile") {
  const auto servers = shared_kafka();
  if (!servers) return;
  constexpr int idle_s = 5;
  two_that_go_on with{*servers, fmt::format("{}s", idle_s)};
  with.while_awake([&] { with.run->send(SIGSTOP); }, [&] { with.run->send(SIGCONT); });
  with.come_up();
  with.of.append();
  std::this_thread::sleep_for(std::chrono::seconds{idle_s + 1});
  with.run->send(SIGCONT);
  with.end();
  MESSAGE("stood still for longer than the idle time: ", with.of.accounts());
}

}  // namespace
}  // namespace aisle::e2e
