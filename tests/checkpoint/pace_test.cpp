// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/pace.hpp"

#include <functional>
#include <limits>
#include <random>
#include <vector>

#include <doctest/doctest.h>

namespace aisle::checkpoint {
namespace {

using ms = base::duration;

ms below(std::mt19937_64& chance, std::uint64_t bound) {
  return ms{static_cast<std::int64_t>(chance() % bound)};
}

/// What happened at one start.
struct start {
  ms at;
  ms cost;
  bool early = false;
};

/// A node whose epochs cost what it is told, epoch by epoch.
class timeline {
 public:
  explicit timeline(pace_options options, ms begin = ms{5000})
      : options_{options}, now_{begin}, paced_{options, begin} {}

  /// Runs an epoch at its time, which takes `takes` until its cost is known.
  void epoch(epoch_cost cost, ms takes = ms{1}) {
    now_ = std::max(now_, paced_.next_start());
    run(cost, takes, false);
  }
  /// One that is started `after` the last came to its end, due or not.
  void early_epoch(epoch_cost cost, ms after) {
    now_ += after;
    run(cost, ms{1}, !paced_.due(now_));
  }
  [[nodiscard]] ms last_gap() const {
    return starts_[starts_.size() - 1].at - starts_[starts_.size() - 2].at;
  }
  [[nodiscard]] const std::vector<start>& starts() const { return starts_; }
  [[nodiscard]] const pace& paced() const { return paced_; }
  /// Share of the processors' time between two starts.
  [[nodiscard]] double share(std::size_t from, std::size_t to) const {
    double spent = 0;
    for (auto s = from; s < to; ++s) {
      spent += static_cast<double>(starts_[s].cost.count());
    }
    return spent /
           (static_cast<double>((starts_[to].at - starts_[from].at).count()) * options_.processors);
  }

 private:
  void run(epoch_cost cost, ms takes, bool early) {
    REQUIRE((early || paced_.due(now_)));
    paced_.started(now_);
    starts_.push_back({now_, std::max(cost.frozen, ms{0}) + std::max(cost.written, ms{0}), early});
    paced_.spent({.frozen = cost.frozen, .written = {}});
    CHECK_FALSE(paced_.due(now_ + 2 * longest_interval));
    now_ += takes;
    paced_.spent({.frozen = {}, .written = cost.written});
    paced_.ended();
  }

  pace_options options_;
  ms now_;
  pace paced_;
  std::vector<start> starts_;
};

constexpr pace_options second{.interval = ms{1000}, .max_cost = 0.1, .processors = 1};

TEST_CASE("the first epoch starts an interval after the beginning") {
  const pace paced{second, ms{700}};
  CHECK_FALSE(paced.due(ms{1699}));
  CHECK(paced.due(ms{1700}));
  CHECK(paced.next_start() == ms{1700});
}

TEST_CASE("cheap epochs keep the interval, up to the very share they may cost") {
  timeline run{second};
  for (const int cost : {0, 1, 99, 100, 50}) {
    run.epoch({.frozen = ms{cost / 2}, .written = ms{cost - cost / 2}}, ms{20});
    run.epoch({});
    CHECK(run.last_gap() == ms{1000});
    CHECK_FALSE(run.paced().stretched());
  }
}

TEST_CASE("dear epochs are further apart, and back at the interval as soon as they are cheap") {
  timeline run{second};
  run.epoch({.frozen = ms{50}, .written = ms{250}});
  CHECK(run.paced().stretched());
  CHECK(run.paced().spacing() == ms{3000});
  run.epoch({.written = ms{101}});
  CHECK(run.last_gap() == ms{3000});
  run.epoch({});
  CHECK(run.last_gap() == ms{1010});
  run.epoch({});
  CHECK(run.last_gap() == ms{1000});
}

TEST_CASE("what epochs cost is shared by all processors") {
  timeline run{{.interval = ms{1000}, .max_cost = 0.1, .processors = 4}};
  run.epoch({.frozen = ms{400}, .written = ms{400}});
  run.epoch({});
  CHECK(run.last_gap() == ms{2000});
}

TEST_CASE("nothing is saved up in quiet times") {
  timeline run{second};
  for (int quiet = 0; quiet < 1000; ++quiet) {
    run.epoch({});
  }
  run.epoch({.written = ms{200}});
  run.epoch({});
  CHECK(run.last_gap() == ms{2000});
}

TEST_CASE("however much an epoch costs, the next one starts after the longest interval") {
  constexpr auto for_ever = std::numeric_limits<std::int64_t>::max() / 4;
  for (const std::int64_t cost : {std::int64_t{7'000}, std::int64_t{100'000'000}, for_ever}) {
    timeline run{second};
    run.epoch({.frozen = ms{cost}, .written = ms{cost}});
    run.epoch({});
    CHECK(run.last_gap() == longest_interval);
    run.epoch({});
    CHECK_MESSAGE(run.last_gap() == ms{1000}, "what is beyond the bound is forgiven");
  }
}

TEST_CASE("an interval that is longer than the longest stretched one is kept") {
  timeline run{{.interval = ms{3'600'000}, .max_cost = 0.1, .processors = 1}};
  run.epoch({.written = ms{900'000}});
  run.epoch({});
  CHECK(run.last_gap() == ms{3'600'000});
}

TEST_CASE("a clock that jumps back costs nothing and frees nothing") {
  timeline run{second};
  run.epoch({.frozen = ms{-5000}, .written = ms{200}});
  run.epoch({});
  CHECK(run.last_gap() == ms{2000});
}

TEST_CASE("the cost of an epoch that starts early is paid with the others'") {
  timeline run{second};
  run.epoch({.written = ms{300}});
  run.early_epoch({.written = ms{200}}, ms{10});
  CHECK(run.last_gap() == ms{11});
  run.epoch({});
  CHECK_MESSAGE(run.starts()[2].at - run.starts()[0].at == ms{5000}, "300 and 200 at a tenth");
}

TEST_CASE("no epoch is due while one runs, however long it does") {
  pace paced{second, ms{0}};
  paced.started(ms{1000});
  CHECK_FALSE(paced.due(ms{100'000}));
  paced.spent({.written = ms{500}});
  CHECK_FALSE(paced.due(ms{100'000}));
  paced.ended();
  CHECK(paced.due(ms{100'000}));
}

TEST_CASE("the cost of an epoch that was abandoned counts") {
  pace paced{second, ms{0}};
  paced.started(ms{1000});
  paced.spent({.frozen = ms{400}});
  paced.ended();
  CHECK(paced.next_start() == ms{5000});
}

TEST_CASE("a cost that becomes known late moves the next start, never to before") {
  pace paced{second, ms{0}};
  paced.started(ms{1000});
  paced.spent({.written = ms{50}});
  paced.ended();
  CHECK(paced.next_start() == ms{2000});
  paced.spent({.written = ms{90}});
  CHECK(paced.next_start() == ms{2400});
}

/// Costs of one epoch after the other.
struct load {
  const char* name;
  std::function<epoch_cost(std::mt19937_64&, int)> cost;
};

const std::vector<load> loads{
    {"steady", [](auto&, auto) { return epoch_cost{ms{20}, ms{60}}; }},
    {"too dear", [](auto&, auto) { return epoch_cost{ms{100}, ms{700}}; }},
    {"every other is dear",
     [](auto&, auto n) { return epoch_cost{ms{0}, ms{n % 2 == 0 ? 1500 : 0}}; }},
    {"growing", [](auto&, auto n) { return epoch_cost{ms{n}, ms{3 * n}}; }},
    {"wild",
     [](auto& chance, auto) { return epoch_cost{below(chance, 300), ms{1LL << (chance() % 12)}}; }},
};

TEST_CASE("between any two starts epochs cost no more than their share of the time") {
  for (const auto& [name, cost] : loads) {
    for (const double most : {0.02, 0.1, 0.5, 1.0}) {
      CAPTURE(name);
      CAPTURE(most);
      std::mt19937_64 chance{7};
      timeline run{{.interval = ms{250}, .max_cost = most, .processors = 2}};
      for (int n = 0; n < 200; ++n) {
        run.epoch(cost(chance, n), below(chance, 100));
      }
      bool reached_longest = false;
      for (std::size_t n = 1; n < run.starts().size(); ++n) {
        const auto gap = run.starts()[n].at - run.starts()[n - 1].at;
        CHECK(gap >= ms{250});
        CHECK(gap <= longest_interval + ms{100});
        reached_longest = reached_longest || gap >= longest_interval;
        for (std::size_t from = 0; from < n && !reached_longest; from += 17) {
          CHECK(run.share(from, n) <= most + 1e-9);
        }
      }
    }
  }
}

TEST_CASE("where the share is met by longer epochs, they are no longer than they need to be") {
  // What is dirty grows with the time, up to all there is: 40 ms and a thousandth of the time.
  timeline run{second};
  ms gap{1000};
  for (int n = 0; n < 50; ++n) {
    run.epoch({.frozen = ms{40}, .written = ms{gap.count() / 20 + 60}});
    gap = n > 0 ? run.last_gap() : gap;
  }
  // gap × 0.1 = 40 + 60 + gap / 20
  CHECK(gap >= ms{1900});
  CHECK(gap <= ms{2000});
}

TEST_CASE("epochs that start early at random never keep the others waiting beyond the bound") {
  std::mt19937_64 chance{11};
  timeline run{second};
  for (int n = 0; n < 500; ++n) {
    const epoch_cost cost{below(chance, 50), below(chance, 2000)};
    if (chance() % 3 == 0) {
      run.early_epoch(cost, below(chance, 400));
    } else {
      run.epoch(cost);
    }
  }
  for (std::size_t n = 1; n < run.starts().size(); ++n) {
    CHECK(run.starts()[n].at - run.starts()[n - 1].at <= longest_interval + ms{1});
    CHECK(
        (run.starts()[n].early || run.starts()[n].at - run.starts()[n - 1].at >= second.interval));
  }
}

}  // namespace
}  // namespace aisle::checkpoint
