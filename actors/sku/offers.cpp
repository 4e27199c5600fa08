// SPDX-License-Identifier: Apache-2.0
#include "actors/sku/offers.hpp"

#include <algorithm>
#include <span>

namespace aisle::shop {

void offers::note(const offer& heard) {
  auto place = std::ranges::find(latest, heard.rival, &offer::rival);
  if (place == latest.end()) {
    place = std::ranges::min_element(latest, {}, &offer::seen);
  }
  *place = heard;
}

market market_of(const offers& known, base::event_time now, base::duration fresh) {
  std::array<std::int64_t, offers::rivals_most> prices{};
  market m;
  for (const auto& o : known.latest) {
    if (o.rival != 0 && o.in_stock && o.price > 0 && o.seen + fresh >= now) {
      prices[m.rivals++] = o.price;
    }
  }
  m.prices = models::believable(std::span(prices).first(m.rivals));
  return m;
}

}  // namespace aisle::shop
