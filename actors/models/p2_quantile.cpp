// SPDX-License-Identifier: Apache-2.0
#include "actors/models/p2_quantile.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace aisle::models {
namespace {

using positions = std::array<double, 5>;

positions as_doubles(const p2_quantile& state) {
  positions at{};
  std::transform(state.positions.begin(), state.positions.end(), at.begin(),
                 [](std::int64_t n) { return static_cast<double>(n); });
  at[4] = static_cast<double>(state.count);
  return at;
}

double parabolic(const std::array<double, 5>& q, const positions& n, std::size_t i, double d) {
  const double left = (n[i] - n[i - 1] + d) * (q[i + 1] - q[i]) / (n[i + 1] - n[i]);
  const double right = (n[i + 1] - n[i] - d) * (q[i] - q[i - 1]) / (n[i] - n[i - 1]);
  return q[i] + d / (n[i + 1] - n[i - 1]) * (left + right);
}

double linear(const std::array<double, 5>& q, const positions& n, std::size_t i, double d) {
  const std::size_t toward = d > 0 ? i + 1 : i - 1;
  return q[i] + d * (q[toward] - q[i]) / (n[toward] - n[i]);
}

void start(p2_quantile& state, double x) {
  const auto used = static_cast<std::size_t>(state.count);
  state.heights[used] = x;
  std::sort(state.heights.begin(), state.heights.begin() + state.count + 1);
  ++state.count;
  if (state.count == 5) state.positions = {1, 2, 3, 4};
}

// The cell of x between the markers; the outer markers stretch to hold it.
std::size_t place(p2_quantile& state, double x) {
  auto& q = state.heights;
  q[0] = std::min(q[0], x);
  q[4] = std::max(q[4], x);
  std::size_t cell = 0;
  while (cell < 3 && x >= q[cell + 1])
    ++cell;
  return cell;
}

}  // namespace

void p2_quantile::observe(double probability, double x) {
  if (count < 5) {
    start(*this, x);
    return;
  }
  for (std::size_t i = place(*this, x) + 1; i < 4; ++i)
    ++positions[i];
  ++count;
  const std::array<double, 5> share{0, probability / 2, probability, (1 + probability) / 2, 1};
  for (std::size_t i = 1; i < 4; ++i) {
    const auto n = as_doubles(*this);
    const double behind = 1 + share[i] * static_cast<double>(count - 1) - n[i];
    const bool forward = behind >= 1 && n[i + 1] - n[i] > 1;
    const bool backward = behind <= -1 && n[i - 1] - n[i] < -1;
    if (!forward && !backward) continue;
    const double d = forward ? 1 : -1;
    const double curved = parabolic(heights, n, i, d);
    const bool ordered = heights[i - 1] < curved && curved < heights[i + 1];
    heights[i] = ordered ? curved : linear(heights, n, i, d);
    positions[i] += forward ? 1 : -1;
  }
}

double p2_quantile::estimate(double probability) const {
  if (count == 0) return 0;
  if (count >= 5) return heights[2];
  const double rank = std::ceil(probability * static_cast<double>(count));
  return heights[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace aisle::models
