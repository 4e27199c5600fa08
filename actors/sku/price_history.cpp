// SPDX-License-Identifier: Apache-2.0
#include "actors/sku/price_history.hpp"

#include <algorithm>
#include <cmath>

#include "actors/stock/sales_days.hpp"

namespace aisle::shop {
namespace {

constexpr double reduced_below = 0.97;  // of the list price: a promotion
constexpr double same_price = 0.02;     // a day's median this near the usual price is that price

/// What customers paid on a day that teaches something. With a list price that is the median of the
/// day's lines, on a day without any the list price. Without one it is the price in force, on days
/// whose lines agree with it: what else a median moves by is who came, not what was asked.
std::optional<double> price_of_day(const price_history& h, std::optional<std::int64_t> list) {
  const bool sold = h.price_today.count > 0;
  if (list) {
    return sold ? h.price_today.estimate(0.5) : static_cast<double>(*list);
  }
  const auto usual = h.usual_price();
  const bool agrees = !sold || std::abs(h.price_today.estimate(0.5) - usual) <= same_price * usual;
  return usual > 0 && agrees ? std::optional{usual} : std::nullopt;
}

void learn(price_history& h, const price_lessons& how, double price) {
  const double units = std::max(h.units, 0.0);
  const bool moved = std::abs(price - h.taught_price) > same_price * h.taught_price;
  if (h.taught_price > 0 && moved) {
    h.price_moves = std::min(h.price_moves + 1, 1'000'000U);
  }
  h.taught_price = price;
  if (h.belief.base <= 0) {
    h.belief = models::elasticity::prior(how.belief, price, std::max(units, 0.5));
  }
  const double answer = std::pow(price / h.belief.base, h.belief.theta[1]);
  const models::demand_forecast::day day{
      .weekday = models::weekday_of(h.today), .units = units, .factor = answer, .event = h.reduced};
  const double level = h.demand.level();
  const double rhythm =
      level > 0 ? h.demand.mean(how.demand, {.weekday = day.weekday, .event = day.event}) / level
                : 1;
  h.belief.observe(how.belief, {.price = price,
                                .units = units,
                                .factor = std::max(rhythm, 0.01),
                                .dispersion = h.demand.dispersion(how.demand)});
  learn_day(h.demand, how.demand, day);
}

}  // namespace

double price_history::usual_price() const {
  const auto held = std::min<std::size_t>(recent_count, days_remembered);
  if (held == 0) {
    return 0;
  }
  auto sorted = recent;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(held / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(held));
  return *middle;
}

void price_history::note_price(std::int64_t in_force, base::event_time now) {
  lowest.note(day_of(now), in_force);
  if (price != 0 && in_force != price) {
    raised = in_force > price;
    changed_at = now;
  }
  price = in_force;
}

void close_day(price_history& h, const price_lessons& how, std::optional<std::int64_t> list) {
  if (h.price_today.count > 0) {
    const auto price = h.price_today.estimate(0.5);
    h.reduced = list && price < reduced_below * static_cast<double>(*list);
    h.price_ever.observe(0.5, price);
    h.recent[h.recent_count % price_history::days_remembered] = price;
    if (++h.recent_count == 2 * price_history::days_remembered) {
      h.recent_count = price_history::days_remembered;
    }
  }
  if (const auto price = price_of_day(h, list); h.whole && price) {
    learn(h, how, *price);
  }
  h.units = 0;
  h.price_today = {};
  h.whole = true;
  ++h.today;
}

}  // namespace aisle::shop
