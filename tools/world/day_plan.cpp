// SPDX-License-Identifier: Apache-2.0
#include "tools/world/day_plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/world/tills.hpp"

namespace aisle::world {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double day_sigma = 0.06;       // weather and the like: moves the whole store
constexpr double second_unit = 0.26;     // probability of one more unit on the same line
constexpr double bulk_share = 0.002;     // lines that take a case of something
constexpr double stock_up_share = 0.03;  // honest baskets 3.3 times as long
constexpr double party_share = 0.0005;   // and honest baskets 12 times as long
constexpr double basket_sigma = 0.60;    // of the logarithm of a basket's length
constexpr double lines_max = 150.0;      // on one slip
constexpr double refund_share = 0.01;
constexpr double noticed_loss_share = 0.010;  // of the units wanted
constexpr double silent_loss_share = 0.004;
constexpr int burst_least = 11;
constexpr int burst_most = 18;
constexpr auto last_arrival = minutes{3};  // before closing

// Shares of the injected anomalies. A burst of n sales is n - 10 anomalies, 4.5 on average.
constexpr double amount_share = 0.30;
constexpr double price_error_share = 0.20;
constexpr double decimal_slip_share = 0.20;
constexpr double off_hours_share = 0.15;
constexpr double velocity_share = 0.15;
constexpr double anomalies_per_burst = 0.5 * (burst_least + burst_most) - 10.0;

/// The hours of one day at one store with the weight of each; a day of 23 or 25 hours has as many.
class arrivals {
 public:
  arrivals(const branch& store, const local_day& day) : day_(day) {
    for (auto hour = day.begin; hour < day.end; hour += hours{1}) {
      const auto clock = hour + day.offset_at(hour) - instant{day.date};
      const auto index = static_cast<std::size_t>(clock / hours{1});
      total_ += store.hours[std::min<std::size_t>(index, 23)];
      sums_[count_++] = total_;
    }
    closing_ = store.always_open() ? day.end : day.at(hours{store.closes});
  }

  instant draw(random_stream& random) const {
    const auto at = random.unit() * total_;
    std::size_t hour = 0;
    while (hour + 1 < count_ && sums_[hour] <= at) {
      ++hour;
    }
    const auto within = static_cast<std::int64_t>(random.below(3'600'000));
    const auto moment = day_.begin + hours{hour} + milliseconds{within};
    return moment < closing_ - last_arrival ? moment : moment - last_arrival;
  }

 private:
  const local_day& day_;
  std::array<double, 25> sums_{};
  std::size_t count_ = 0;
  double total_ = 0.0;
  instant closing_;
};

class planner {
 public:
  explicit planner(const plan_inputs& inputs)
      : in_(inputs),
        demand_(inputs.options.seed, purpose::demand, inputs.store_index, day_number(inputs)),
        random_(inputs.options.seed, purpose::day_plan, inputs.store_index, day_number(inputs)),
        arrivals_(inputs.store, inputs.day) {}

  day_plan plan() {
    draw_wants();
    shuffle_wants();
    deal_baskets();
    const auto baskets = plan_.visits.size();
    const auto honest_wants = plan_.wants.size();
    if (honest_wants > 0) {
      make_mistakes();
      add_refunds(baskets, honest_wants);
      const auto reserved = add_bursts(baskets, honest_wants);
      give_tills(reserved);
      add_off_hours(baskets, honest_wants);
      add_losses(honest_wants);
    }
    std::ranges::stable_sort(plan_.visits, {}, &visit::at);
    return std::move(plan_);
  }

 private:
  static std::uint64_t day_number(const plan_inputs& inputs) {
    return static_cast<std::uint64_t>(inputs.day.date.time_since_epoch().count());
  }

  void draw_wants() {
    const auto& store = in_.store;
    const auto today =
        store.size * store.rhythm[day_of_week(in_.day.date)] * demand_.around_one(day_sigma);
    for (sku_index sku = 0; sku < store.assortment; ++sku) {
      const auto& what = in_.goods[sku];
      if (in_.options.paired) {
        const auto of_product = (std::uint64_t{sku} + 1) << 32;
        demand_ = {in_.options.seed, purpose::demand, in_.store_index,
                   of_product + day_number(in_)};
      }
      const auto mean = what.level * today * static_cast<double>(in_.preferences[sku]) *
                        in_.prices[sku].demand_factor;
      split_wants(sku, static_cast<std::int32_t>(what.spread.draw(demand_, mean)));
    }
  }

  void split_wants(sku_index sku, std::int32_t units) {
    while (units > 0) {
      auto taken = 1 + static_cast<std::int32_t>(demand_.geometric(1.0 - second_unit));
      if (units > 6 && demand_.chance(bulk_share)) {
        taken = demand_.whole(6, 24);
      }
      taken = std::min(taken, units);
      plan_.wants.push_back({sku, taken});
      units -= taken;
    }
  }

  void shuffle_wants() {
    for (auto left = plan_.wants.size(); left > 1; --left) {
      std::swap(plan_.wants[left - 1], plan_.wants[random_.below(left)]);
    }
  }

  std::size_t basket_length() {
    auto mean = lines_per_basket(in_.options.skus) / (1.0 + 2.3 * stock_up_share);
    if (random_.chance(party_share)) {
      mean *= 12.0;
    } else if (random_.chance(stock_up_share)) {
      mean *= 3.3;
    }
    // Half a line less before rounding up gives the wished mean.
    const auto length = std::ceil(mean * random_.around_one(basket_sigma) - 0.5);
    return static_cast<std::size_t>(std::clamp(length, 1.0, lines_max));
  }

  void deal_baskets() {
    for (std::size_t first = 0; first < plan_.wants.size();) {
      const auto count = std::min(basket_length(), plan_.wants.size() - first);
      add_visit(arrivals_.draw(random_), visit_kind::sale, first, count);
      first += count;
    }
  }

  visit& add_visit(instant at, visit_kind kind, std::size_t first, std::size_t count) {
    plan_.visits.push_back({at, static_cast<std::uint32_t>(first),
                            static_cast<std::uint16_t>(count), 0, kind, 0, std::nullopt});
    return plan_.visits.back();
  }

  double anomaly_rate(double share) const { return in_.options.anomalies * share; }

  void make_mistakes() {
    const auto amount = anomaly_rate(amount_share);
    const auto price = amount + anomaly_rate(price_error_share);
    const auto slip = price + anomaly_rate(decimal_slip_share);
    for (auto& each : plan_.visits) {
      const auto at = random_.unit();
      if (at < amount) {
        each.mistake = anomaly::amount;
      } else if (at < price) {
        each.mistake = anomaly::price_error;
      } else if (at < slip) {
        each.mistake = anomaly::decimal_slip;
      }
    }
  }

  /// Any product, as often as it is wanted.
  sku_index any_sku(std::size_t honest_wants) {
    return plan_.wants[random_.below(honest_wants)].sku;
  }

  /// `count` single units; returns where they begin.
  std::size_t add_single_units(std::size_t count, std::size_t honest_wants) {
    const auto first = plan_.wants.size();
    for (std::size_t i = 0; i < count; ++i) {
      plan_.wants.push_back({any_sku(honest_wants), 1});
    }
    return first;
  }

  void add_refunds(std::size_t baskets, std::size_t honest_wants) {
    const auto count = random_.poisson(refund_share * static_cast<double>(baskets));
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto lines = random_.chance(0.8) ? 1U : 2U;
      const auto first = add_single_units(lines, honest_wants);
      add_visit(arrivals_.draw(random_), visit_kind::refund, first, lines);
    }
  }

  std::vector<reservation> add_bursts(std::size_t baskets, std::size_t honest_wants) {
    std::vector<reservation> reserved;
    const auto mean = anomaly_rate(velocity_share) * static_cast<double>(baskets);
    const auto count = random_.poisson(mean / anomalies_per_burst);
    for (std::uint32_t i = 0; i < count; ++i) {
      add_burst(reserved, honest_wants);
    }
    return reserved;
  }

  // The sales of a burst lie within 55 s. The till serves nobody else from a minute before to a
  // minute after, so that the sales of a minute are those of the burst alone.
  void add_burst(std::vector<reservation>& reserved, std::size_t honest_wants) {
    const auto terminal = static_cast<std::uint16_t>(random_.whole(1, in_.store.terminals));
    const auto begin = arrivals_.draw(random_);
    const reservation whole{terminal, begin - minutes{2}, begin + minutes{2}};
    const auto taken = [&](const reservation& other) {
      return other.terminal == terminal && other.from < whole.until && whole.from < other.until;
    };
    if (std::ranges::any_of(reserved, taken)) {
      return;
    }
    reserved.push_back(whole);
    const auto length = random_.whole(burst_least, burst_most);
    for (int i = 0; i < length; ++i) {
      const auto slot = 55'000 / length;
      const auto at = begin + milliseconds{i * slot + random_.whole(0, slot - 1)};
      const auto first = add_single_units(1, honest_wants);
      auto& made = add_visit(at, visit_kind::burst, first, 1);
      made.terminal = terminal;
      made.burst = static_cast<std::uint16_t>(plan_.bursts);
    }
    ++plan_.bursts;
  }

  void give_tills(std::span<const reservation> reserved) {
    std::ranges::stable_sort(plan_.visits, {}, &visit::at);
    const auto closing =
        in_.store.always_open() ? in_.day.end : in_.day.at(hours{in_.store.closes});
    tills desk(in_.store.terminals, reserved);
    for (auto& each : plan_.visits) {
      if (each.kind == visit_kind::burst) {
        continue;
      }
      const auto place = desk.serve(random_, each.at, each.want_count);
      each.at = place.at;
      each.terminal = place.terminal;
      if (each.at >= closing) {
        each.at = closing - milliseconds{1};
        each.kind = visit_kind::walk_out;
      }
    }
  }

  // At least 90 minutes before opening or after closing.
  void add_off_hours(std::size_t baskets, std::size_t honest_wants) {
    if (in_.store.always_open()) {
      return;
    }
    const auto mean = anomaly_rate(off_hours_share) * static_cast<double>(baskets);
    const auto count = random_.poisson(mean);
    const auto before = hours{in_.store.opens} - minutes{90};
    const auto after = std::max(hours{24} - hours{in_.store.closes} - minutes{90}, minutes{0});
    for (std::uint32_t i = 0; i < count; ++i) {
      const milliseconds all = before + after;
      milliseconds clock{random_.below(static_cast<std::uint64_t>(all.count()))};
      if (clock >= before) {
        clock += hours{24} - after - before;
      }
      const auto lines = static_cast<std::size_t>(random_.whole(1, 4));
      const auto first = add_single_units(lines, honest_wants);
      auto& made = add_visit(in_.day.at(clock), visit_kind::off_hours, first, lines);
      made.terminal = static_cast<std::uint16_t>(random_.whole(1, in_.store.terminals));
    }
  }

  void add_losses(std::size_t honest_wants) {
    auto units = 0.0;
    for (std::size_t i = 0; i < honest_wants; ++i) {
      units += plan_.wants[i].units;
    }
    add_losses_of(units * noticed_loss_share, honest_wants, true);
    add_losses_of(units * silent_loss_share, honest_wants, false);
  }

  void add_losses_of(double mean, std::size_t honest_wants, bool noticed) {
    const auto count = random_.poisson(mean);
    for (std::uint32_t i = 0; i < count; ++i) {
      plan_.losses.push_back({arrivals_.draw(random_), any_sku(honest_wants), noticed});
    }
  }

  const plan_inputs& in_;
  random_stream demand_;
  random_stream random_;
  arrivals arrivals_;
  day_plan plan_;
};

}  // namespace

day_plan plan_day(const plan_inputs& inputs) { return planner{inputs}.plan(); }

}  // namespace aisle::world
