// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "actors/stock/demand.hpp"
#include "tests/actors/stage_fixtures.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using std::chrono::days;

std::unique_ptr<entity::behaviour> seasonal() {
  return products_known("stock").estimates("forecast", "seasonal", {{"of", "quantity"}});
}

/// Tells, at the end of bounded input, what a forecast says of tomorrow.
class teller final : public entity::behaviour_of<std::int64_t> {
 public:
  explicit teller(const entity::behaviour& of)
      : of_{dynamic_cast<const shop::demand*>(of.publishes())} {}
  [[nodiscard]] bool reads(entity::stream_index) const override { return true; }
  [[nodiscard]] bool closes_at_end() const override { return true; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(std::int64_t& state, const entity::event&, entity::context&) const override {
    state = 1;
  }
  [[nodiscard]] base::event_time next(const std::int64_t& state) const override {
    return state == 1 ? at("2030-01-01") : base::end_of_time;
  }
  void wake(std::int64_t& state, entity::context& out) const override {
    const auto first = shop::day_of(out.ended_at().value_or(out.now()));
    const auto law = of_->over(out.input_state(0), first, 7);
    entity::report told;
    told.members = {{"days", base::value::of(of_->days_known(out.input_state(0))), {}},
                    {"week", base::value::of(std::round(law.mean * 100) / 100), {}}};
    out.emit(told);
    state = 0;
  }
  void write(const std::int64_t& state, base::packer& to) const override { to.integer(state); }
  void read(std::int64_t& state, std::uint32_t, base::unpacker& from) const override {
    state = from.integer();
  }

 private:
  const shop::demand* of_;
};

/// `days=… week=…`: days known, and units expected in the week after the script.
std::string told(const support::script& life) {
  const auto b = seasonal();
  const teller t{*b};
  const auto lines = support::play({{b.get(), {}}, {&t, {0}}}, life);
  return lines.empty() ? std::string{} : lines.back().substr(lines.back().find("days="));
}

TEST_CASE("the day an actor is first seen is not learned, the empty days after it are") {
  support::script life;
  sell(life, at("2026-03-02T10:00:00Z"), 50);
  life.advance(at("2026-03-07"));
  sell(life, at("2026-03-07T00:00:00Z"), 0);
  CHECK(told(life) == "days=4 week=0 ");  // March 3 to 6
}

TEST_CASE("a day that begins with the actor's first event is known whole") {
  support::script life;
  sell(life, at("2026-03-02"), 5);
  sell(life, at("2026-03-03"), 0);
  CHECK(told(life) == "days=1 week=35 ");
}

TEST_CASE("returns are taken off the day's sales, down to nothing") {
  support::script life;
  sell(life, at("2026-03-02"), 9);
  sell(life, at("2026-03-02T11:00:00Z"), -4);
  sell(life, at("2026-03-03T11:00:00Z"), -80);
  sell(life, at("2026-03-04"), 0);
  CHECK(told(life).starts_with("days=2 week=1"));  // 5 and 0: 2.5 a day
}

TEST_CASE("a day with an empty shelf teaches nothing when it sold less than expected") {
  const auto week_after = [](bool told_of_stock) {
    support::script life;
    if (told_of_stock) {
      move(life, at("2026-03-01T12:00:00Z"), "count", 40);
    }
    for (int day = 0; day < 4; ++day) {
      sell(life, at("2026-03-02T10:00:00Z") + days{day}, 10);
    }
    life.advance(at("2026-03-10"));
    sell(life, at("2026-03-10"), 0);
    return told(life);
  };
  CHECK(week_after(true) == "days=3 week=70 ");  // March 5 sold the last one: nor is it learned
  const auto blind = week_after(false);
  const double week = std::stod(blind.substr(blind.find("week=") + 5));
  CHECK(week < 50);  // it takes the empty days for days on which nobody wanted it
}

TEST_CASE("after sixty quiet days no timer is armed, and the empty days are made up for") {
  const auto b = seasonal();
  support::script life;
  sell(life, at("2026-01-01"), 5);
  life.advance(at("2026-12-01"));
  support::script busy;
  sell(busy, at("2026-01-01"), 5);
  sell(busy, at("2026-12-01"), 0);
  CHECK(support::play(*b, life).empty());
  CHECK(told(busy).find("week=0") != std::string::npos);
}

TEST_CASE("forecast: seasonal stands the torture") {
  support::script life;
  move(life, at("2026-03-02T06:00:00Z"), "count", 30);
  for (int day = 0; day < 9; ++day) {
    sell(life, at("2026-03-02T10:00:00Z") + days{day}, day % 3 * 4);
  }
  move(life, at("2026-03-10T18:00:00Z"), "nonsense", 1);
  life.event(at("2026-03-08T12:00:00Z"), {units(2), money(499)},
             {.stream = lines, .seen = at("2026-03-11T01:00:00Z")});
  life.event(at("2026-03-12T12:00:00Z"), {base::value{}, base::value{}});
  life.advance(at("2026-05-20"));
  sell(life, at("2026-05-30T10:00:00Z"), 3);
  support::torture(*seasonal(), life);
  life.in_arrival_order();
  support::torture(*seasonal(), life);
}

}  // namespace
