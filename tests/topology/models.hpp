// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/entity/catalog.hpp"

namespace aisle::topology::testing {

/// A small catalog for these tests, of models that check their settings but decide nothing:
/// estimates `forecast: seasonal` (of, period) and `blend: plain` (with: another estimate);
/// decides `anomaly: amount` (of, sigma), `anomaly: velocity` (by, more_than, within) and
/// `reorder: order_up_to` (demand, lead_time, service_level, rounding); reports `score: series`
/// (of).
[[nodiscard]] entity::catalog make_models();

}  // namespace aisle::topology::testing
