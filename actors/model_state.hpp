// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/models/control_chart.hpp"
#include "actors/models/demand_forecast.hpp"
#include "actors/models/elasticity.hpp"
#include "actors/models/hour_of_week.hpp"
#include "actors/models/log_amount.hpp"
#include "actors/models/lowest_price.hpp"
#include "actors/models/moments.hpp"
#include "actors/models/p2_quantile.hpp"
#include "actors/models/peak_gate.hpp"
#include "actors/models/price_check.hpp"
#include "actors/models/series_detector.hpp"
#include "actors/models/velocity.hpp"
#include "actors/models/volume.hpp"
#include "actors/state.hpp"

// The fields of the models' states, for state.hpp. A model that gains one changes what its
// behaviours write, and so their versions; that none is overlooked is what the sizes are for.
namespace aisle::shop {

static_assert(sizeof(models::moments) == 24);
static_assert(sizeof(models::cusum) == 8);
static_assert(sizeof(models::peak_gate) == 8);
static_assert(sizeof(models::weekly_profile) == 840);
static_assert(sizeof(models::log_amount) == 48);
static_assert(sizeof(models::velocity) == 520);
static_assert(sizeof(models::price_check) == 72);
static_assert(sizeof(models::p2_quantile) == 80);
static_assert(sizeof(models::lowest_price) == 264);
static_assert(sizeof(models::demand_forecast) == 152);
static_assert(sizeof(models::elasticity) == 56);
static_assert(sizeof(models::series_detector) == 288);

void fields(auto& archive, is<models::moments> auto& m) {
  archive({"mean", "variance", "n"}, m.mean, m.variance, m.n);
}

void fields(auto& archive, is<models::cusum> auto& c) { archive({"up", "down"}, c.up, c.down); }

void fields(auto& archive, is<models::peak_gate> auto& g) { archive({"peak"}, g.peak); }

void fields(auto& archive, is<models::weekly_profile> auto& p) {
  archive({"mean", "visits"}, p.mean, p.visits);
}

void fields(auto& archive, is<models::log_amount> auto& a) {
  archive({"level", "flagged"}, a.level, a.flagged);
}

void fields(auto& archive, is<models::velocity> auto& v) {
  archive({"times_ms", "held", "above"}, v.times, v.held, v.above);
}

void fields(auto& archive, is<models::volume> auto& v) {
  archive({"profile", "shift", "dispersion", "hours"}, v.profile, v.shift, v.dispersion, v.hours);
}

void fields(auto& archive, is<models::price_check> auto& c) {
  archive({"accepted", "count", "refused", "last_refused"}, c.accepted, c.count, c.refused,
          c.last_refused);
}

void fields(auto& archive, is<models::p2_quantile> auto& q) {
  archive({"heights", "positions", "count"}, q.heights, q.positions, q.count);
}

void fields(auto& archive, is<models::lowest_price> auto& p) {
  archive({"lows_hundredths", "first_day_since_1970", "last_day_since_1970", "current_hundredths"},
          p.lows, p.first_day, p.last_day, p.current);
}

void fields(auto& archive, is<models::demand_forecast> auto& f) {
  archive({"calm", "lively", "evidence", "squares", "means", "days", "lively_days", "shift",
           "rise_sum", "rise_days", "fall_sum", "fall_days", "week_units", "week_expected",
           "silence", "usual_silence", "silent_days", "event_units", "event_expected"},
          f.calm, f.lively, f.evidence, f.squares, f.means, f.days, f.lively_days, f.shift,
          f.rise_sum, f.rise_days, f.fall_sum, f.fall_days, f.week_units, f.week_expected,
          f.silence, f.usual_silence, f.silent_days, f.event_units, f.event_expected);
}

void fields(auto& archive, is<models::elasticity> auto& e) {
  archive({"base", "theta", "p00", "p01", "p11", "units"}, e.base, e.theta, e.p00, e.p01, e.p11,
          e.units);
}

void fields(auto& archive, is<models::series_detector> auto& d) {
  archive({"level", "hour_mean", "hour_count", "residual", "short_mean", "shift", "last", "steps",
           "steps_slow", "log_steps", "log_habit", "gate"},
          d.level, d.hour_mean, d.hour_count, d.residual, d.short_mean, d.shift, d.last, d.steps,
          d.steps_slow, d.log_steps, d.log_habit, d.gate);
}

}  // namespace aisle::shop
