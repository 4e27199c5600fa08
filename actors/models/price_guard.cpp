// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_guard.hpp"

#include <algorithm>
#include <limits>

namespace aisle::models {
namespace {

constexpr std::int64_t whole_bp = 10'000;
constexpr std::int64_t no_bound = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t ceil_divide(std::int64_t a, std::int64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

std::int64_t raised(std::int64_t price, std::int64_t bp) {
  return price * (whole_bp + bp) / whole_bp;
}

std::int64_t lowered(std::int64_t price, std::int64_t bp) {
  return ceil_divide(price * (whole_bp - bp), whole_bp);
}

std::int64_t floor_of(const price_rules& rules, std::int64_t cost) {
  return std::max(rules.floor, ceil_divide(cost * whole_bp, whole_bp - rules.margin_min_bp));
}

struct band {
  std::int64_t low;
  std::int64_t high;
};

std::int64_t into(band within, std::int64_t price) {
  return std::max(within.low, std::min(within.high, price));
}

// Where the cheapest rival is so cheap that both ends cross, the cheap end wins.
std::int64_t rival_clamp(const price_rules& rules, const rival_prices& rivals, std::int64_t price) {
  if (rivals.cheapest <= 0) return price;
  const auto high = raised(rivals.median, rules.rival_over_bp);
  const auto low = lowered(rivals.cheapest, rules.rival_under_bp);
  return into({std::min(low, high), high}, price);
}

bool is_cooling(const price_rules& rules, const price_situation& now) {
  const auto wait = now.last_was_raise ? rules.cooldown_after_raise_ms : rules.cooldown_ms;
  return now.ms_since_change < wait;
}

// Down to a rung, or up to one where that would be a longer step than allowed; never across the
// current price, and the current price itself where no rung is left.
std::int64_t ladder_clamp(const price_ladder& ladder, std::int64_t current, std::int64_t lowest,
                          std::int64_t price) {
  if (price == current) return price;
  const auto below = ladder.down(price);
  if (price > current) return below > current ? below : current;
  if (below >= lowest && below > 0) return below;
  const auto above = ladder.up(price);
  return above < current ? above : current;
}

class trail_builder {
 public:
  explicit trail_builder(std::int64_t target) { add({price_rule::target, target}); }

  void apply(price_rule rule, std::int64_t price) {
    if (price != made_.price) add({rule, price});
  }

  [[nodiscard]] std::int64_t price() const { return made_.price; }
  [[nodiscard]] guarded_price& made() { return made_; }

 private:
  void add(clamp step) {
    made_.steps[made_.step_count++] = step;
    made_.price = step.price;
  }

  guarded_price made_;
};

}  // namespace

std::optional<std::string_view> price_rules::problem() const {
  if (margin_min_bp < 0 || margin_min_bp >= whole_bp) return "margin_min must be from 0 to below 1";
  if (floor < 0 || ceiling < 0) return "floor and ceiling must not be below 0";
  if (ceiling > 0 && ceiling < floor) return "ceiling must not be below floor";
  if (step_max_bp < 0 || step_max_bp >= whole_bp) return "step_max must be from 0 to below 1";
  if (rival_under_bp < 0 || rival_under_bp >= whole_bp || rival_over_bp < 0) {
    return "rival_under must be from 0 to below 1, rival_over at least 0";
  }
  if (cooldown_ms < 0 || cooldown_after_raise_ms < 0) return "cool-downs must not be below 0";
  if (const auto wrong = ladder.problem()) return wrong;
  if (ceiling > 0 && ladder.down(ceiling) == 0) return "ceiling is below the ladder's lowest rung";
  return std::nullopt;
}

rival_prices believable(std::span<std::int64_t> offers) {
  std::sort(offers.begin(), offers.end());
  const auto first = std::upper_bound(offers.begin(), offers.end(), 0);
  const auto priced = offers.subspan(static_cast<std::size_t>(first - offers.begin()));
  if (priced.empty()) return {};
  const auto median = priced[priced.size() / 2];
  const auto cheapest = *std::lower_bound(priced.begin(), priced.end(), lowered(median, 3'000));
  return {cheapest, median};
}

std::string_view name_of(price_rule rule) {
  switch (rule) {
    case price_rule::target:
      return "target";
    case price_rule::rival_band:
      return "rival_band";
    case price_rule::step_max:
      return "step_max";
    case price_rule::cooldown:
      return "cooldown";
    case price_rule::ceiling:
      return "ceiling";
    case price_rule::ladder:
      return "ladder";
    case price_rule::margin_floor:
      return "margin_floor";
  }
  return "unknown";
}

guarded_price guard(const price_rules& rules, const price_situation& now) {
  const band step{lowered(now.current, rules.step_max_bp), raised(now.current, rules.step_max_bp)};
  const auto ceiling = rules.ceiling > 0 ? rules.ceiling : no_bound;
  trail_builder trail(now.target);
  trail.apply(price_rule::rival_band, rival_clamp(rules, now.rivals, trail.price()));
  trail.apply(price_rule::step_max, into(step, trail.price()));
  if (is_cooling(rules, now)) trail.apply(price_rule::cooldown, now.current);
  trail.apply(price_rule::ceiling, std::min(trail.price(), ceiling));
  const auto lowest = now.current > ceiling ? 0 : step.low;  // a hard bound may take a longer step
  trail.apply(price_rule::ladder, ladder_clamp(rules.ladder, now.current, lowest, trail.price()));

  auto& made = trail.made();
  made.floor = floor_of(rules, now.cost);
  if (made.price < made.floor) {
    trail.apply(price_rule::margin_floor, rules.ladder.up(made.floor));
    made.floor_above_ceiling = made.price > ceiling;
  }
  if (now.lowest_30_days > 0 && made.price < now.lowest_30_days) {
    made.reduced_from = now.lowest_30_days;
  }
  return made;
}

}  // namespace aisle::models
