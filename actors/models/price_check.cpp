// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace aisle::models {
namespace {

using fault = price_check::fault;

bool is_slip(double r, double tolerance) {
  return std::abs(r - std::log(10.0)) <= tolerance || std::abs(r - std::log(100.0)) <= tolerance;
}

}  // namespace

price_check::verdict price_check::observe(const params& how, double price,
                                          std::optional<double> list, std::optional<double> cost) {
  verdict now;
  now.reference = list && *list > 0 ? *list : usual();
  if (!(price > 0)) {
    now.what = fault::not_positive;
    return now;
  }
  now.score = now.reference > 0 ? std::abs(std::log(price / now.reference)) : 0;
  if (is_slip(now.score, how.slip_tolerance)) {
    now.what = fault::decimal_slip;
  } else if (now.score > std::log(how.ratio)) {
    now.what = fault::far_off;
  } else if (cost && price < *cost) {
    now.what = fault::below_cost;
  }
  learn(how, price, now.what);
  return now;
}

double price_check::usual() const {
  if (count == 0) return 0;
  const auto held = std::min<std::size_t>(count, remembered);
  auto sorted = accepted;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(held / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(held));
  return *middle;
}

// A price below cost is still what the SKU sells at; the other faults are not, unless they persist.
void price_check::learn(const params& how, double price, fault what) {
  if (what == fault::none || what == fault::below_cost) {
    refused = 0;
    accept(price);
    return;
  }
  refused = price == last_refused ? refused + 1 : 1;
  last_refused = price;
  if (refused < how.relearn_after) return;
  count = 0;
  refused = 0;
  accept(price);
}

void price_check::accept(double price) {
  accepted[count % remembered] = price;
  if (++count == 2 * remembered) count = remembered;
}

}  // namespace aisle::models
