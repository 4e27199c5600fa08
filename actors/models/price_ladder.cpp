// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_ladder.hpp"

#include <algorithm>
#include <cstddef>

namespace aisle::models {
namespace {

std::span<const std::int64_t> endings_of(const price_ladder::tier& in) {
  return std::span(in.endings).first(in.count);
}

// The highest number at or below `price` with one of the endings; below 0 if there is none.
std::int64_t tier_down(const price_ladder::tier& in, std::int64_t price) {
  const auto base = price - price % in.modulus;
  const auto endings = endings_of(in);
  const auto past = std::upper_bound(endings.begin(), endings.end(), price - base);
  return past == endings.begin() ? base - in.modulus + endings.back() : base + *(past - 1);
}

std::int64_t tier_up(const price_ladder::tier& in, std::int64_t price) {
  const auto base = price - price % in.modulus;
  const auto endings = endings_of(in);
  const auto at = std::lower_bound(endings.begin(), endings.end(), price - base);
  return at == endings.end() ? base + in.modulus + endings.front() : base + *at;
}

bool reaches(const price_ladder::tier& in, std::int64_t price) {
  return in.below == 0 || price < in.below;
}

}  // namespace

price_ladder price_ladder::none() {
  price_ladder every;
  every.tiers.fill({0, 1, {0}, 1});
  return every;
}

std::optional<std::string_view> price_ladder::problem() const {
  std::int64_t from = 0;
  for (const auto& in : tiers) {
    const auto endings = endings_of(in);
    if (in.modulus < 1) return "a ladder's modulus must be at least 1";
    if (endings.empty()) return "a tier of the ladder has no endings";
    if (!std::is_sorted(endings.begin(), endings.end())) return "endings must ascend";
    if (endings.front() < 0 || endings.back() >= in.modulus) {
      return "endings must be at least 0 and below the modulus";
    }
    if (in.below == 0) return std::nullopt;
    if (in.below <= from) return "tiers must ascend";
    from = in.below;
  }
  return "the last tier of a ladder must have no bound";
}

bool price_ladder::holds(std::int64_t price) const { return price > 0 && down(price) == price; }

std::int64_t price_ladder::down(std::int64_t price) const {
  if (price <= 0) return 0;
  std::size_t at = 0;
  while (!reaches(tiers[at], price))
    ++at;
  for (;; --at) {
    const auto rung = tier_down(tiers[at], price);
    const auto from = at == 0 ? 1 : tiers[at - 1].below;
    if (rung >= from) return rung;
    if (at == 0) return 0;
    price = from - 1;
  }
}

std::int64_t price_ladder::up(std::int64_t price) const {
  price = std::max<std::int64_t>(price, 1);
  for (std::size_t at = 0;; ++at) {
    if (!reaches(tiers[at], price)) continue;
    const auto rung = tier_up(tiers[at], price);
    if (reaches(tiers[at], rung)) return rung;
    price = tiers[at].below;
  }
}

}  // namespace aisle::models
