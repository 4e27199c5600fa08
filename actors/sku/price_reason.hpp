// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "actors/models/elasticity.hpp"
#include "actors/models/price_guard.hpp"
#include "actors/models/price_target.hpp"
#include "actors/sku/offers.hpp"
#include "actors/sku/price_history.hpp"
#include "runtime/base/value.hpp"
#include "runtime/entity/decision.hpp"

// What a price proposal rests on, and how that is put into words. Prices in hundredths of the
// currency.
namespace aisle::shop {

/// Why a price is proposed.
enum class price_motive {
  rules,     ///< margin or rivals demand it
  profit,    ///< it earns more, surely enough
  learning,  ///< how demand answers prices is worth knowing
};

/// What a review goes by.
struct price_view {
  std::int64_t current = 0;
  std::int64_t cost = 0;  ///< 0: not known
  bool cost_is_stated = true;
  market rivals;
  models::price_target aim;
  bool taught = false;  ///< enough to follow the aim for profit
};

/// How a price compares with the one in force, by what is believed of demand.
struct price_outlook {
  double confidence = 0.5;   ///< that it earns more
  double profit_change = 0;  ///< at the elasticity believed; 0.04 is 4 % more
};

/// Profit goes with (price - cost) price^-e, so the new price earns more exactly when e lies on one
/// side of ln(margin ratio)/ln(price ratio).
[[nodiscard]] price_outlook compare(const models::elasticity& belief, const price_view& v,
                                    std::int64_t price);

/// Sold below the margin: high. Out of the rivals' band: medium. To learn: low. For profit by what
/// it earns: low up to 2 % more, medium up to 5 %, high beyond.
[[nodiscard]] entity::severity severity_of(const models::guarded_price& made, const price_view& v,
                                           const price_outlook& o, price_motive why);

/// One or two sentences for a merchandiser.
[[nodiscard]] std::string text_of(const models::guarded_price& made, const price_view& v,
                                  const price_outlook& o, const price_history& h,
                                  const models::price_rules& rules, price_motive why);

/// `5.49`
[[nodiscard]] std::string price_text(std::int64_t hundredths);
[[nodiscard]] base::value price_value(std::int64_t hundredths);

}  // namespace aisle::shop
