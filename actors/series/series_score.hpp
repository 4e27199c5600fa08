// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "actors/models/series_detector.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `score: series`: how odd each value of any series is.
/// Reads: one number per event. Reports, for each: `at`, `value`, `score` (0 to 1), `alarm`.
/// One incident gives one alarm: until it fades, only what tops it is scored in full.
/// State: 328 bytes.
struct series_score_params {
  entity::event_expression of;
  models::series_detector::params detector;

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_series_score(series_score_params params);
[[nodiscard]] entity::model series_score_model();

}  // namespace aisle::shop
