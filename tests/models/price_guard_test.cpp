// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_guard.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

constexpr std::int64_t day_ms = 24LL * 3'600'000;

// A shop that may change the price today: 10.00 now, costs 5.00, no rivals.
price_situation calm_day() {
  return {.target = 1'000, .current = 1'000, .cost = 500, .ms_since_change = 30 * day_ms};
}

std::vector<price_rule> rules_of(const guarded_price& made) {
  std::vector<price_rule> found;
  for (const auto& step : made.trail())
    found.push_back(step.rule);
  return found;
}

TEST_CASE("a target within all rules only steps down to the ladder") {
  auto now = calm_day();
  now.target = 1'047;
  const auto made = guard({}, now);
  CHECK(made.price == 1'045);
  CHECK(rules_of(made) == std::vector{price_rule::target, price_rule::ladder});
}

TEST_CASE("each rule binds, and later ones win") {
  auto now = calm_day();
  now.target = 1'500;
  CHECK(guard({}, now).price == 1'079);  // 8 % of 10.00 is 10.80, the rung below it 10.79
  CHECK(rules_of(guard({}, now)) ==
        std::vector{price_rule::target, price_rule::step_max, price_rule::ladder});

  now.rivals = {.cheapest = 900, .median = 940};
  CHECK(guard({}, now).price == 1'029);  // 9.40 and 10 % more is 10.34

  now.ms_since_change = day_ms / 2;
  const auto cooling = guard({}, now);
  CHECK(cooling.price == 1'000);
  CHECK(cooling.binding() == price_rule::cooldown);

  now.cost = 900;
  const auto costly = guard({.margin_min_bp = 1'200}, now);
  CHECK(costly.floor == 1'023);  // 9.00/0.88 = 10.2272…
  CHECK(costly.price == 1'025);
  CHECK(costly.binding() == price_rule::margin_floor);
}

TEST_CASE("after a raise the price rests a week, after a cut a day") {
  auto now = calm_day();
  now.target = 950;
  now.ms_since_change = 2 * day_ms;
  CHECK(guard({}, now).price == 949);
  now.last_was_raise = true;
  CHECK(guard({}, now).price == 1'000);
  now.ms_since_change = 7 * day_ms;
  CHECK(guard({}, now).price == 949);
}

TEST_CASE("rivals are not undercut by more than agreed") {
  auto now = calm_day();
  now.target = 930;
  now.rivals = {.cheapest = 990, .median = 1'000};
  CHECK(guard({}, now).price == 969);  // 9.90 less 2 % is 9.702, in cents 9.71; down to a rung
}

TEST_CASE("a price stays where no rung is left between it and the target") {
  auto now = calm_day();
  now.current = 1'005;
  now.target = 1'008;
  CHECK(guard({}, now).price == 1'005);
  now.current = 1'007;  // itself not on the ladder
  now.target = 1'006;
  CHECK(guard({}, now).price == 1'005);
  now.target = 1'007;
  CHECK(guard({}, now).price == 1'007);
}

TEST_CASE("a step too long for the rung below goes to the rung above") {
  auto now = calm_day();
  now.current = 2'199;
  now.target = 2'025;  // step_max allows 20.24 at least; 19.99 would be too far
  CHECK(guard({}, now).price == 2'095);
}

TEST_CASE("the floor wins over the ceiling, and says so") {
  auto now = calm_day();
  now.cost = 1'200;
  const auto made = guard({.ceiling = 1'100}, now);
  CHECK(made.price == 1'205);
  CHECK(made.floor_above_ceiling);
}

TEST_CASE("a ceiling below the current price is reached in one step") {
  auto now = calm_day();
  const auto made = guard({.ceiling = 700}, now);
  CHECK(made.price == 699);
  CHECK(made.binding() == price_rule::ladder);
}

TEST_CASE("a reduction may be announced only below the lowest price of thirty days") {
  auto now = calm_day();
  now.target = 960;
  now.lowest_30_days = 980;
  CHECK(guard({}, now).reduced_from == 980);
  now.lowest_30_days = 940;
  CHECK(guard({}, now).reduced_from == 0);
}

TEST_CASE("offers far below the others are errors, and offers of nothing no offers") {
  std::array<std::int64_t, 5> offers{1'000, 99, 0, 950, 1'050};
  const auto found = believable(offers);
  CHECK(found.median == 1'000);
  CHECK(found.cheapest == 950);
  CHECK(believable({}).cheapest == 0);
  std::array<std::int64_t, 1> free{0};
  CHECK(believable(free).cheapest == 0);
}

TEST_CASE("rules that contradict themselves are named") {
  CHECK_FALSE(price_rules{}.problem());
  CHECK(price_rules{.margin_min_bp = 10'000}.problem() == "margin_min must be from 0 to below 1");
  CHECK(price_rules{.floor = 500, .ceiling = 400}.problem() == "ceiling must not be below floor");
  CHECK(price_rules{.ceiling = 3}.problem() == "ceiling is below the ladder's lowest rung");
}

struct draw_case {
  price_rules rules;
  price_situation now;
};

draw_case draw_any(testing::chance& draw) {
  draw_case made;
  auto& rules = made.rules;
  const auto money = [&](double p) {
    return draw.happens(p) ? draw.integer(5, draw.happens(0.5) ? 3'000 : 500'000) : 0;
  };
  rules.margin_min_bp = draw.integer(0, 9'000);
  rules.floor = money(0.2);
  rules.ceiling = money(0.2);
  if (rules.ceiling > 0 && rules.ceiling < rules.floor) std::swap(rules.ceiling, rules.floor);
  rules.step_max_bp = draw.integer(0, 3'000);
  rules.rival_under_bp = draw.integer(0, 1'000);
  rules.rival_over_bp = draw.integer(0, 3'000);
  if (draw.happens(0.2)) rules.ladder = price_ladder::none();
  auto& now = made.now;
  now.current = draw.integer(1, draw.happens(0.5) ? 3'000 : 500'000);
  const double share = std::exp(0.4 * draw.normal());
  now.target = static_cast<std::int64_t>(static_cast<double>(now.current) * share);
  now.cost = draw.integer(0, now.current);
  if (draw.happens(0.5)) {
    now.rivals.cheapest = draw.integer(1, 2 * now.current);
    now.rivals.median = now.rivals.cheapest + draw.integer(0, now.current);
  }
  now.lowest_30_days = money(0.5);
  now.ms_since_change = draw.integer(0, 10 * day_ms);
  now.last_was_raise = draw.happens(0.5);
  return made;
}

// The bounds once more, in words of their own.
bool within_step(const draw_case& c, std::int64_t price) {
  return std::abs(price - c.now.current) * 10'000 <= c.rules.step_max_bp * c.now.current;
}

bool earns_margin(const draw_case& c, std::int64_t price) {
  return price * (10'000 - c.rules.margin_min_bp) >= c.now.cost * 10'000 && price >= c.rules.floor;
}

bool is_cooling(const draw_case& c) {
  return c.now.ms_since_change < (c.now.last_was_raise ? 7 * day_ms : day_ms);
}

std::string_view broken_rule(const draw_case& c, const guarded_price& made) {
  const auto price = made.price;
  const bool stayed = price == c.now.current;
  const bool lifted = made.binding() == price_rule::margin_floor;
  const bool cut = c.rules.ceiling > 0 && c.now.current > c.rules.ceiling;
  if (!earns_margin(c, price)) return "below the floor";
  if (!stayed && !c.rules.ladder.holds(price)) return "off the ladder";
  if (made.step_count == 0 || made.trail().back().price != price) return "the trail lies";
  if (made.trail().front().price != c.now.target) return "the trail does not start at the target";
  if (lifted) return earns_margin(c, c.rules.ladder.down(price - 1)) ? "lifted too far" : "";
  if (c.rules.ceiling > 0 && price > c.rules.ceiling) return "above the ceiling";
  if (!cut && !within_step(c, price)) return "too long a step";
  if (!cut && is_cooling(c) && !stayed) return "moved while cooling";
  return "";
}

TEST_CASE("whatever the input, the price keeps floor, ladder, ceiling, step and cool-down") {
  testing::chance draw(1'000'000);
  int moved = 0;
  for (int i = 0; i < testing::sized(1'000'000); ++i) {
    const auto any = draw_any(draw);
    const auto made = guard(any.rules, any.now);
    moved += made.price != any.now.current;
    const auto broken = broken_rule(any, made);
    if (broken.empty()) continue;
    CAPTURE(i);
    CAPTURE(any.now.current);
    CAPTURE(any.now.target);
    CAPTURE(made.price);
    FAIL(broken);
  }
  CHECK(moved > testing::sized(1'000'000) / 4);
}

TEST_CASE("guarding a guarded price again on the same day leaves it where it is") {
  testing::chance draw(77);
  for (int i = 0; i < testing::sized(100'000); ++i) {
    auto any = draw_any(draw);
    any.now.current = guard(any.rules, any.now).price;
    any.now.ms_since_change = 0;
    CHECK(guard(any.rules, any.now).price == any.now.current);
  }
}

}  // namespace
}  // namespace aisle::models
