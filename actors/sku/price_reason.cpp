// SPDX-License-Identifier: Apache-2.0
#include "actors/sku/price_reason.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "actors/models/normal.hpp"
#include "actors/wording.hpp"

namespace aisle::shop {
namespace {

constexpr double sure_most = 0.99;  // no model is surer than that

std::string share_text(std::int64_t basis_points) {
  return percent_text(static_cast<double>(basis_points) / 10'000);
}

/// One digit behind the point.
std::string rough_share_text(double share) { return percent_text(std::round(share * 1000) / 1000); }

/// How far a price is from another, as a share of that.
std::string apart_text(std::int64_t price, std::int64_t other) {
  const auto apart = static_cast<double>(std::abs(price - other)) / static_cast<double>(other);
  return fmt::format("{:.0f} %", 100 * apart);
}

std::string rivals_text(const price_view& v, const models::price_rules& rules, bool too_dear) {
  const auto& prices = v.rivals.prices;
  if (too_dear) {
    return fmt::format(
        "the price is {} above what {} rivals ask in the middle ({}, the cheapest {}); {} is the "
        "most",
        apart_text(v.current, prices.median), v.rivals.rivals, price_text(prices.median),
        price_text(prices.cheapest), share_text(rules.rival_over_bp));
  }
  return fmt::format("the price is {} below the cheapest of {} rivals ({}); {} is enough",
                     apart_text(v.current, prices.cheapest), v.rivals.rivals,
                     price_text(prices.cheapest), share_text(rules.rival_under_bp));
}

/// What was wanted where one step does not reach it.
std::string step_text(const models::guarded_price& made, const models::price_rules& rules) {
  const auto steps = made.trail();
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].rule == models::price_rule::step_max) {
      return fmt::format(" Aimed at was {}; one step is at most {}.",
                         price_text(steps[i - 1].price), share_text(rules.step_max_bp));
    }
  }
  return {};
}

std::string profit_text(const price_view& v, const price_outlook& o, const price_history& h) {
  return fmt::format(
      "1 % on the price takes {} % off the units sold (give or take {}; from {} units sold over {} "
      "price changes), so at {} cost of {} this earns {} more, {} sure.",
      figure_text(-h.belief.theta[1]), figure_text(std::sqrt(h.belief.p11)),
      figure_text(h.belief.units), h.price_moves, v.cost_is_stated ? "a" : "an assumed",
      price_text(v.cost), rough_share_text(o.profit_change),
      o.confidence > sure_most ? "more than 99 %" : rough_share_text(o.confidence));
}

std::string learning_text(const price_history& h) {
  return fmt::format(
      "a trial, to learn how demand answers. So far 1 % on the price is believed to take {} % off "
      "the units sold, give or take {} ({} units sold over {} price changes).",
      figure_text(-h.belief.theta[1]), figure_text(std::sqrt(h.belief.p11)),
      figure_text(h.belief.units), h.price_moves);
}

}  // namespace

price_outlook compare(const models::elasticity& belief, const price_view& v, std::int64_t price) {
  const double margin = static_cast<double>(v.current - v.cost);
  const double new_margin = static_cast<double>(price - v.cost);
  if (margin <= 0) {
    return {price > v.current ? 1.0 : 0.0, 0};
  }
  if (new_margin <= 0 || price == v.current) {
    return {0, new_margin <= 0 ? -1.0 : 0.0};
  }
  const double prices = std::log(static_cast<double>(price) / static_cast<double>(v.current));
  const double margins = std::log(new_margin / margin);
  const double e = -belief.theta[1];
  const double off = (margins / prices - e) / std::sqrt(std::max(belief.p11, 1e-6));
  return {models::normal::cdf(prices > 0 ? off : -off), std::expm1(margins - e * prices)};
}

entity::severity severity_of(const models::guarded_price& made, const price_view& v,
                             const price_outlook& o, price_motive why) {
  if (v.current < made.floor) {
    return entity::severity::high;
  }
  if (why == price_motive::profit && o.profit_change > 0.05) {
    return entity::severity::high;
  }
  const bool earns = why == price_motive::profit && o.profit_change > 0.02;
  return earns || why == price_motive::rules ? entity::severity::medium : entity::severity::low;
}

std::string text_of(const models::guarded_price& made, const price_view& v, const price_outlook& o,
                    const price_history& h, const models::price_rules& rules, price_motive why) {
  const auto what = fmt::format("{} from {} to {}", made.price > v.current ? "Raise" : "Lower",
                                price_text(v.current), price_text(made.price));
  if (v.current < made.floor) {
    return fmt::format("{}: at a cost of {} the lowest price that leaves {} is {}.", what,
                       price_text(v.cost), share_text(rules.margin_min_bp), price_text(made.floor));
  }
  const auto step = step_text(made, rules);
  switch (why) {
    case price_motive::rules:
      return fmt::format("{}: {}.{}", what, rivals_text(v, rules, made.price < v.current), step);
    case price_motive::profit:
      return fmt::format("{}: {}{}", what, profit_text(v, o, h), step);
    case price_motive::learning:
      break;
  }
  return fmt::format("{}: {}{}", what, learning_text(h), step);
}

std::string price_text(std::int64_t hundredths) {
  return base::to_text(base::decimal{hundredths, 2});
}

base::value price_value(std::int64_t hundredths) {
  return base::value::of(base::decimal{hundredths, 2});
}

}  // namespace aisle::shop
