// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "actors/models/price_guard.hpp"
#include "actors/state.hpp"
#include "runtime/base/time.hpp"

namespace aisle::shop {

/// What a rival asked when it was last looked at.
struct offer {
  std::uint64_t rival = 0;  ///< a hash of its name; 0 for an empty place
  std::int64_t price = 0;   ///< in hundredths
  base::event_time seen = base::beginning_of_time;
  bool in_stock = false;
};

void fields(auto& archive, is<offer> auto& o) {
  archive({"rival_hash", "price_hundredths", "seen", "in_stock"}, o.rival, o.price, o.seen,
          o.in_stock);
}

/// The latest offers of up to eight rivals for one product; of more, the eight heard of last.
struct offers {
  static constexpr std::size_t rivals_most = 8;
  std::array<offer, rivals_most> latest{};

  void note(const offer& heard);
};

void fields(auto& archive, is<offers> auto& o) { archive({"latest"}, o.latest); }

/// Those offers that count: in stock, and not older than `fresh`.
struct market {
  models::rival_prices prices;
  std::size_t rivals = 0;
};
[[nodiscard]] market market_of(const offers& known, base::event_time now, base::duration fresh);

}  // namespace aisle::shop
