// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/standing_sinks.hpp"

#include <doctest/doctest.h>

namespace aisle::node {
namespace {

using strings = std::vector<std::string>;

constexpr base::duration begin{1000};
constexpr base::duration late = begin + checkpoint::standing_after;

/// Two sinks of one lane each.
struct two_sinks {
  view::run_status status;
  view::sink_status& windows = status.sinks.emplace_back();
  view::sink_status& decisions = status.sinks.emplace_back();
  checkpoint::backlog all{{0, 1}, 2, base::epoch{0}, begin};

  two_sinks() {
    windows.name = "windows";
    decisions.name = "decisions";
    windows.log = decisions.log = "kafka:a:9092";
  }
  void complete(std::uint64_t n) {
    all.completed(base::epoch{n}, begin);
    show(all, status);
  }
  void deliver(std::size_t lane, std::uint64_t to) {
    all.delivered(lane, base::epoch{to}, late);
    show(all, status);
  }
  strings news(base::duration now) { return news_of(all, now, status); }
};

TEST_CASE("of sinks that stand it is said once: which, how much waits, what it means, and why") {
  two_sinks run;
  run.complete(1);
  run.complete(2);
  CHECK(run.windows.epochs_waiting.get() == 2);
  run.decisions.why.set("nobody listens");
  CHECK(run.news(begin).empty());
  CHECK_FALSE(run.windows.stands);
  CHECK(run.news(late) ==
        strings{"sinks windows and decisions (kafka:a:9092) have taken nothing for 5 s; 2 epochs "
                "that are "
                "complete wait, and sources pause until one is taken: nobody listens"});
  CHECK(run.windows.stands);
  CHECK(run.news(late + late).empty());
  run.deliver(0, 2);
  run.deliver(1, 2);
  CHECK(run.news(late) == strings{"sinks windows and decisions (kafka:a:9092) take epochs again"});
  CHECK_FALSE(run.windows.stands);
  CHECK(run.decisions.why.get().empty());
}

TEST_CASE("while only one epoch waits sources do not pause, and nothing is said of it") {
  two_sinks run;
  run.complete(1);
  run.deliver(1, 1);
  CHECK(run.news(late) ==
        strings{"sink windows (kafka:a:9092) has taken nothing for 5 s; an epoch that is "
                "complete waits"});
  run.deliver(0, 1);
  CHECK(run.news(late) == strings{"sink windows (kafka:a:9092) takes epochs again"});
}

}  // namespace
}  // namespace aisle::node
