// SPDX-License-Identifier: Apache-2.0
#include "actors/models/lot_sizing.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace aisle::models {
namespace {

// h E[(y - D)+] + p E[(D - y)+], for y below 0 too.
double level_cost(const stock_costs& costs, const count_law& demand, std::int64_t y) {
  const auto at = static_cast<double>(y);
  const double units_short = y < 0 ? demand.mean - at : demand.loss(y);
  return costs.holding * (at - demand.mean + units_short) + costs.shortage * units_short;
}

std::int64_t cheapest_level(const stock_costs& costs, const count_law& demand) {
  return demand.quantile(costs.shortage / (costs.shortage + costs.holding));
}

// The renewal masses m(0), m(1), … of Zheng and Federgruen: how often per order the position
// stands j below S. They depend on the demand alone and are made as far as anybody asks.
class renewal {
 public:
  explicit renewal(const count_law& demand) : demand_(demand) {
    mass_.push_back(1 / (1 - demand.pmf(0)));
    total_.push_back(0);
    total_.push_back(mass_[0]);
    demand_mass_.push_back(demand.pmf(0));
  }

  double mass(std::size_t j) {
    while (mass_.size() <= j)
      grow();
    return mass_[j];
  }

  /// Sum of the first j masses: the mean number of periods between orders when S - s = j.
  double total(std::size_t j) {
    while (total_.size() <= j)
      grow();
    return total_[j];
  }

 private:
  void grow() {
    const std::size_t j = mass_.size();
    demand_mass_.push_back(demand_.pmf(static_cast<std::int64_t>(j)));
    double sum = 0;
    for (std::size_t l = 1; l <= j; ++l)
      sum += demand_mass_[l] * mass_[j - l];
    mass_.push_back(sum * mass_[0]);
    total_.push_back(total_.back() + mass_.back());
  }

  count_law demand_;
  std::vector<double> demand_mass_;
  std::vector<double> mass_;
  std::vector<double> total_;
};

class s_s_search {
 public:
  s_s_search(const stock_costs& costs, const count_law& demand, const count_law& until_arrival)
      : costs_(costs), until_arrival_(until_arrival), renewal_(demand) {}

  s_s_policy run() {
    const auto base = cheapest_level(costs_, until_arrival_);
    auto up_to = base;
    auto s = base - 1;
    while (average(s, up_to) > level(s))
      --s;
    double best = average(s, up_to);
    for (auto candidate = up_to + 1; level(candidate) <= best; ++candidate) {
      if (average(s, candidate) >= best) continue;
      up_to = candidate;
      while (average(s, up_to) <= level(s + 1))
        ++s;
      best = average(s, up_to);
    }
    return {s, up_to, best};
  }

 private:
  double level(std::int64_t y) const { return level_cost(costs_, until_arrival_, y); }

  double average(std::int64_t s, std::int64_t up_to) {
    const auto reach = static_cast<std::size_t>(up_to - s);
    double sum = costs_.order;
    for (std::size_t j = 0; j < reach; ++j) {
      sum += renewal_.mass(j) * level(up_to - static_cast<std::int64_t>(j));
    }
    return sum / renewal_.total(reach);
  }

  stock_costs costs_;
  count_law until_arrival_;
  renewal renewal_;
};

}  // namespace

lot_size economic_lot(const stock_costs& costs, double demand_rate) {
  const double q = std::sqrt(2 * costs.order * demand_rate / costs.holding);
  return {q, q * costs.holding};
}

lot_size economic_lot_backorders(const stock_costs& costs, double demand_rate) {
  const double share = costs.shortage / (costs.shortage + costs.holding);
  const double q = std::sqrt(2 * costs.order * demand_rate / (costs.holding * share));
  return {q, q * costs.holding * share};
}

r_q_policy best_r_q(const stock_costs& costs, double demand_rate, double lead_time) {
  const auto demand = count_law::poisson(demand_rate * lead_time);
  const auto cost = [&](std::int64_t y) { return level_cost(costs, demand, y); };
  std::int64_t low = cheapest_level(costs, demand);  // the levels r + 1 … r + Q in use
  std::int64_t high = low;
  double total = costs.order * demand_rate + cost(low);
  for (;;) {
    const double q = static_cast<double>(high - low + 1);
    const double below = cost(low - 1);
    const double above = cost(high + 1);
    const double next = std::min(below, above);
    if (next >= total / q) return {low - 1, high - low + 1, total / q};
    total += next;
    below < above ? --low : ++high;
  }
}

s_s_policy best_s_s(const stock_costs& costs, const count_law& demand,
                    const count_law& until_arrival) {
  return s_s_search(costs, demand, until_arrival).run();
}

}  // namespace aisle::models
