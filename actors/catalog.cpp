// SPDX-License-Identifier: Apache-2.0
#include "actors/catalog.hpp"

#include "actors/series/horizon_forecast.hpp"
#include "actors/series/series_score.hpp"
#include "actors/sku/elasticity_price.hpp"
#include "actors/sku/price_error.hpp"
#include "actors/stock/order_up_to.hpp"
#include "actors/stock/seasonal_forecast.hpp"
#include "actors/store/amount.hpp"
#include "actors/store/off_hours.hpp"
#include "actors/store/velocity.hpp"

namespace aisle::shop {

entity::catalog make_catalog() {
  return entity::catalog{{
      amount_model(),
      velocity_model(),
      off_hours_model(),
      seasonal_forecast_model(),
      order_up_to_model(),
      price_error_model(),
      elasticity_price_model(),
      series_score_model(),
      horizon_forecast_model(),
  }};
}

}  // namespace aisle::shop
