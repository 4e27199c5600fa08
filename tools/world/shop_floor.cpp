// SPDX-License-Identifier: Apache-2.0
#include "tools/world/shop_floor.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace aisle::world {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr auto delivery_clock = hours{5} + minutes{30};
constexpr auto count_clock = hours{6};
constexpr auto night_clock = hours{22};  // closing time, for orders, where nobody closes
constexpr auto recount_after_closing = minutes{10};
constexpr auto orders_after_closing = minutes{20};
constexpr auto night_orders_until = hours{10};
constexpr std::uint32_t count_cycle = 28;  // days until every product is counted again
constexpr double preference_sigma = 0.25;
constexpr int velocity_limit = 10;
constexpr std::uint32_t customers_per_store = 400;

std::vector<float> draw_preferences(const chain_view& chain, branch_index index) {
  random_stream random(chain.options.seed, purpose::preferences, index);
  std::vector<float> drawn(chain.branches[index].assortment);
  std::ranges::generate(drawn,
                        [&] { return static_cast<float>(random.around_one(preference_sigma)); });
  return drawn;
}

std::vector<double> daily_means(const chain_view& chain, branch_index index,
                                std::span<const float> preferences) {
  std::vector<double> means;
  means.reserve(preferences.size());
  for (sku_index sku = 0; sku < preferences.size(); ++sku) {
    means.push_back(chain.goods[sku].level * chain.branches[index].size *
                    static_cast<double>(preferences[sku]));
  }
  return means;
}

}  // namespace

shop_floor::shop_floor(const chain_view& chain, branch_index index)
    : chain_(chain),
      index_(index),
      preferences_(draw_preferences(chain, index)),
      stock_random_(chain.options.seed, purpose::stock, index, 1),
      room_({chain.options.seed, purpose::stock, index, 0}, chain.goods,
            daily_means(chain, index, preferences_)),
      checkout_(chain.goods, room_),
      today_{},
      till_random_(chain.options.seed, purpose::checkout, index),
      numbers_(static_cast<std::size_t>(chain.branches[index].terminals)) {
  today_.end = begins();
}

calendar_day shop_floor::date(int day_number) const {
  return calendar_day{chain_.options.start} + std::chrono::days{day_number};
}

instant shop_floor::begins() const { return chain_.days.day(store().zone, date(0)).begin; }

instant shop_floor::ends() const {
  return chain_.days.day(store().zone, date(chain_.options.days - 1)).end;
}

void shop_floor::run_until(instant until, observer& seen) {
  for (;;) {
    while (next_ < happenings_.size() && happenings_[next_].at < until) {
      run(happenings_[next_++], seen);
    }
    if (next_ < happenings_.size() || today_.end >= until || days_begun_ == chain_.options.days) {
      return;
    }
    begin_day();
  }
}

void shop_floor::begin_day() {
  today_ = chain_.days.day(store().zone, date(days_begun_));
  prices_ = chain_.prices.on(today_.date);
  plan_ = plan_day({chain_.options, chain_.goods, index_, store(), preferences_, today_, prices_});
  const auto day_number = static_cast<std::uint64_t>(today_.date.time_since_epoch().count());
  till_random_ = {chain_.options.seed, purpose::checkout, index_, day_number};
  std::ranges::fill(numbers_, 0U);
  burst_sizes_.assign(plan_.bursts, 0);
  schedule();
  ++days_begun_;
}

void shop_floor::schedule() {
  happenings_.clear();
  next_ = 0;
  const auto night = store().always_open() ? night_clock : hours{store().closes};
  if (days_begun_ == 0) {
    happenings_.push_back({today_.begin, what::opening_count, 0});
  }
  happenings_.push_back({today_.at(delivery_clock), what::delivery, 0});
  happenings_.push_back({today_.at(count_clock), what::cycle_count, 0});
  happenings_.push_back({today_.at(night) + recount_after_closing, what::recount, 0});
  happenings_.push_back({today_.at(night) + orders_after_closing, what::orders, 0});
  for (std::uint32_t i = 0; i < plan_.visits.size(); ++i) {
    happenings_.push_back({plan_.visits[i].at, what::visit, i});
  }
  for (std::uint32_t i = 0; i < plan_.losses.size(); ++i) {
    happenings_.push_back({plan_.losses[i].at, what::loss, i});
  }
  std::ranges::sort(happenings_, {}, [](const happening& each) {
    return std::tuple{each.at, each.kind, each.index};
  });
}

void shop_floor::run(const happening& next, observer& seen) {
  switch (next.kind) {
    case what::opening_count:
      return count_all(next.at, seen);
    case what::delivery:
      return receive(next.at, seen);
    case what::cycle_count:
      return count_some(next.at, seen);
    case what::visit:
      return serve(plan_.visits[next.index], seen);
    case what::loss:
      return lose(plan_.losses[next.index], seen);
    case what::recount:
      return recount(next.at, seen);
    case what::orders:
      return place_orders(next.at, seen);
  }
}

void shop_floor::count_all(instant at, observer& seen) {
  for (sku_index sku = 0; sku < room_.assortment(); ++sku) {
    report_move(at, move_kind::count, sku, room_.on_hand(sku), seen);
  }
}

void shop_floor::count_some(instant at, observer& seen) {
  if (days_begun_ == 1) {
    return;  // everything was counted at midnight
  }
  const auto phase = (static_cast<std::uint32_t>(days_begun_) + index_) % count_cycle;
  for (auto sku = phase; sku < room_.assortment(); sku += count_cycle) {
    report_move(at, move_kind::count, sku, room_.on_hand(sku), seen);
  }
}

// A quantity keyed a hundred times too large makes the book stock absurd; the back office sees it
// the same evening and has the shelf counted.
void shop_floor::recount(instant at, observer& seen) {
  for (const auto sku : std::exchange(to_recount_, {})) {
    report_move(at, move_kind::count, sku, room_.on_hand(sku), seen);
  }
}

void shop_floor::receive(instant at, observer& seen) {
  for (const auto& each : room_.receive(today_.date)) {
    report_move(at, move_kind::receipt, each.sku, each.units, seen);
  }
}

void shop_floor::place_orders(instant at, observer& seen) {
  for (sku_index sku = 0; sku < room_.assortment() && !obeys_; ++sku) {
    if (const auto units = room_.naive_order(sku); units > 0) {
      place_order(at, sku, units, today_.date, seen);
    }
  }
  room_.close_day();
  report_day_end(at, seen);
}

void shop_floor::place_order(instant at, sku_index sku, std::int32_t units, calendar_day as_of,
                             observer& seen) {
  const auto lead = true_lead_time(stock_random_, chain_.goods[sku].lead_time);
  room_.order(sku, units, as_of + std::chrono::days{lead});
  report_move(at, move_kind::ordered, sku, units, seen);
}

bool shop_floor::order(instant at, sku_index sku, std::int64_t units, observer& seen) {
  if (sku >= room_.assortment()) {
    return false;
  }
  const auto local = at + today_.offset_at(at) - night_orders_until;
  place_order(at, sku, in_packs(chain_.goods[sku], units),
              std::chrono::floor<std::chrono::days>(local), seen);
  return true;
}

void shop_floor::report_day_end(instant at, observer& seen) {
  held_stock held{index_, 0, {}, at};
  for (sku_index sku = 0; sku < room_.assortment(); ++sku) {
    held.units += room_.on_hand(sku);
    held.cost += room_.on_hand(sku) * chain_.goods[sku].cost;
  }
  seen.on_day_end(held);
}

void shop_floor::lose(const loss& which, observer& seen) {
  if (!room_.lose(which.sku)) {
    return;
  }
  seen.on_theft({index_, which.sku, which.at});
  if (which.noticed) {
    report_move(which.at, move_kind::shrink, which.sku, 1, seen);
  }
}

void shop_floor::serve(const visit& who, observer& seen) {
  const auto wants = std::span{plan_.wants}.subspan(who.first_want, who.want_count);
  if (who.kind == visit_kind::walk_out) {
    std::ranges::for_each(wants, [&](const want& each) { report_missed(who.at, each, seen); });
    return;
  }
  const auto& slip = checkout_.serve(till_random_, who, wants, prices_);
  for (const auto& each : slip.missed) {
    report_missed(who.at, each, seen);
  }
  if (!slip.lines.empty()) {
    report_sale(who, slip, seen);
  }
}

void shop_floor::report_sale(const visit& who, const receipt& slip, observer& seen) {
  to_recount_.insert(to_recount_.end(), slip.miskeyed.begin(), slip.miskeyed.end());
  seen.on_sale({.store = index_,
                .terminal = who.terminal,
                .number = ++numbers_[who.terminal - 1U],
                .at = who.at,
                .offset = today_.offset_at(who.at),
                .customer = any_customer(),
                .paid_by = any_payment(),
                .total = total_of(slip.lines),
                .due = slip.due,
                .goods_cost = slip.goods_cost,
                .units_due = slip.units_due,
                .lines = slip.lines,
                .planted = planted_in(who, slip)});
}

std::optional<anomaly> shop_floor::planted_in(const visit& who, const receipt& slip) {
  if (who.kind == visit_kind::off_hours) {
    return anomaly::off_hours;
  }
  if (who.kind == visit_kind::burst && ++burst_sizes_[who.burst] > velocity_limit) {
    return anomaly::velocity;
  }
  return slip.planted;
}

void shop_floor::report_missed(instant at, const want& missed, observer& seen) {
  seen.on_lost({index_, missed.sku, missed.units, missed.units * prices_[missed.sku].price, at});
}

void shop_floor::report_move(instant at, move_kind kind, sku_index sku, std::int32_t units,
                             observer& seen) {
  seen.on_move({index_, ++moves_, kind, sku, units, at, today_.offset_at(at)});
}

// Three of five customers show a card; nine of ten of these are at home in this store.
std::uint32_t shop_floor::any_customer() {
  if (!till_random_.chance(0.6)) {
    return 0;
  }
  const auto everybody = customers_per_store * chain_.branches.size();
  if (till_random_.chance(0.1)) {
    return 1 + till_random_.below(everybody);
  }
  // Squared, so that some come often and most come rarely.
  const auto at = till_random_.unit();
  return 1 + index_ * customers_per_store +
         static_cast<std::uint32_t>(at * at * customers_per_store);
}

payment shop_floor::any_payment() {
  const auto at = till_random_.unit();
  return at < 0.62 ? payment::card : at < 0.87 ? payment::cash : payment::wallet;
}

}  // namespace aisle::world
