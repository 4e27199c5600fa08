// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/pace.hpp"

#include <cmath>

#include "runtime/base/check.hpp"

namespace aisle::checkpoint {
namespace {

/// In floating point, because what a broken clock says may be anything.
double milliseconds_of(const epoch_cost& cost) {
  const auto positive = [](base::duration span) {
    return static_cast<double>(std::max(span, base::duration{0}).count());
  };
  return positive(cost.frozen) + positive(cost.written);
}

}  // namespace

pace::pace(pace_options options, base::duration now)
    : options_{options}, started_{now}, paid_{now} {
  base::check(options.interval >= base::duration{1}, "epochs are at least a millisecond apart");
  base::check(options.max_cost >= max_cost_least && options.max_cost <= 1.0,
              "what epochs may cost is a share of the time");
  base::check(options.processors >= 1, "somebody works");
}

void pace::started(base::duration now) {
  running_ = true;
  started_ = std::max(started_, now);
}

void pace::spent(const epoch_cost& cost) {
  const auto from = std::max(paid_, started_);
  const auto bound = static_cast<double>((latest() - from).count());
  const double takes = milliseconds_of(cost) / (options_.max_cost * options_.processors);
  paid_ = from + base::duration{static_cast<std::int64_t>(std::ceil(std::min(takes, bound)))};
}

/// When the next epoch starts whatever was spent.
base::duration pace::latest() const {
  return started_ + std::max(options_.interval, longest_interval);
}

}  // namespace aisle::checkpoint
