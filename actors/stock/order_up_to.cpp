// SPDX-License-Identifier: Apache-2.0
#include "actors/stock/order_up_to.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "actors/days.hpp"
#include "actors/models/inventory.hpp"
#include "actors/stock/sales_days.hpp"
#include "actors/wording.hpp"

namespace aisle::shop {
namespace {

constexpr base::duration quiet_most = 60 * one_day;

struct orders {
  stock_book stock;
  base::event_time last_event = base::beginning_of_time;
  base::event_time next_review = base::end_of_time;
  std::int64_t standing = 0;  ///< units of the proposal that stands; 0 for none
  base::event_time stands_until = base::beginning_of_time;
  /// Where no stock moves are told: what is assumed to be there and on its way, from the first
  /// review on.
  bool begun = false;
  std::int64_t assumed = 0;
  std::int64_t sold = 0;  ///< since the last proposal, or the first review
  base::event_time sold_since = base::beginning_of_time;
};

void fields(auto& archive, is<orders> auto& o) {
  archive({"stock", "last_event", "next_review", "standing_units", "stands_until", "begun",
           "assumed", "sold", "sold_since"},
          o.stock, o.last_event, o.next_review, o.standing, o.stands_until, o.begun, o.assumed,
          o.sold, o.sold_since);
}

/// What a review goes by.
struct situation {
  std::int64_t lead_days = 0;
  std::int64_t days = 0;  ///< until an order of the next review arrives
  models::lot lot;
  models::count_law need;           ///< over those days
  models::count_law until_arrival;  ///< over the lead time alone
};

/// Low up to a chance of 10 % to run out before the order arrives, medium up to 50 %, high beyond.
entity::severity severity_of(double chance_of_running_out) {
  if (chance_of_running_out > 0.5) {
    return entity::severity::high;
  }
  return chance_of_running_out > 0.1 ? entity::severity::medium : entity::severity::low;
}

std::string packs_text(std::int64_t quantity, const models::lot& lot) {
  return lot.pack == 1 ? fmt::format("Order {}", quantity)
                       : fmt::format("Order {} ({} of {})", quantity,
                                     count_text(quantity / lot.pack, "pack", "packs"), lot.pack);
}

/// Why the quantity is more than what is missing, if that is not for whole packs alone.
std::string least_text(const models::order_up_to& order, std::int64_t position,
                       const models::lot& lot) {
  return order.target - position < lot.least ? fmt::format(" Orders are of at least {}.", lot.least)
                                             : std::string{};
}

std::string days_text(std::int64_t days) { return count_text(days, "day", "days"); }

std::string need_text(const situation& s, std::int64_t target, double service_level) {
  return fmt::format(
      "the {} until an order of the next review arrives: expected are {}, give or "
      "take {}, and {} will do in {} of cases",
      days_text(s.days), figure_text(s.need.mean), figure_text(std::sqrt(s.need.variance)), target,
      percent_text(service_level));
}

class order_up_to final : public entity::behaviour_of<orders> {
 public:
  explicit order_up_to(order_up_to_params params)
      : params_{std::move(params)}, has_moves_{params_.feed.has_moves()} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.feed.reads(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(orders& state, const entity::event& e, entity::context& out) const override {
    auto after = state;
    const auto was = after.stock;
    after.stock = params_.feed.after(was, e);
    if (!has_moves_) {
      count_sale(after, e);
    }
    after.last_event = out.now();
    if (after.next_review == base::end_of_time) {
      after.next_review = review_after(out.now());
    }
    state = after;
  }

  [[nodiscard]] base::event_time next(const orders& state) const override {
    return state.next_review;
  }

  void wake(orders& state, entity::context& out) const override {
    auto after = state;
    const bool quiet = out.now() - state.last_event > quiet_most;
    after.next_review = quiet ? base::end_of_time : review_after(out.now());
    if (const auto s = look(out)) {
      has_moves_ ? review(after, *s, out) : replenish(after, *s, out);
    }
    state = after;
  }

  void write(const orders& state, base::packer& to) const override { pack_state(to, state); }
  void show(const orders& state, std::string& json) const override { show_state(json, state); }
  void read(orders& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
  }

 private:
  [[nodiscard]] base::event_time review_after(base::event_time now) const {
    return base::floor_to(now, params_.review) + params_.review;
  }

  void count_sale(orders& o, const entity::event& e) const {
    const auto sold = params_.feed.sold().of(e);
    if (!sold.is_null()) {
      const auto units = static_cast<std::int64_t>(std::clamp(sold.to_number(), -1e12, 1e12));
      o.sold += units;
      o.assumed -= units;
    }
  }

  /// Nothing while too little is known to propose anything.
  [[nodiscard]] std::optional<situation> look(const entity::context& out) const {
    const auto* forecast = out.input_state(0);
    const auto lead = number_of(params_.lead_time, out.rows());
    if (!lead || params_.forecast->days_known(forecast) < params_.learn_days) {
      return std::nullopt;
    }
    situation s;
    const auto most = static_cast<double>(days_ahead_most - 31);
    s.lead_days = static_cast<std::int64_t>(std::ceil(std::clamp(*lead, 0.0, most)));
    s.days = s.lead_days + (params_.review + one_day - base::duration{1}) / one_day;
    s.lot.pack = units_of(params_.pack, 1, out);
    const auto first = day_of(out.now());
    s.lot.least = std::max(units_of(params_.least, 0, out), units_of_span(forecast, first));
    const auto arrival = std::max(s.lead_days, std::int64_t{1});
    s.need = params_.forecast->over(forecast, first, static_cast<std::size_t>(s.days));
    s.until_arrival = params_.forecast->over(forecast, first, static_cast<std::size_t>(arrival));
    return s;
  }

  /// Expected in the span that an order covers at least.
  [[nodiscard]] std::int64_t units_of_span(const void* forecast, day_number first) const {
    const auto span = static_cast<std::size_t>(params_.covers / one_day);
    return span == 0 ? 0 : std::llround(params_.forecast->over(forecast, first, span).mean);
  }

  [[nodiscard]] static std::int64_t units_of(const actor_expression& e, std::int64_t least,
                                             const entity::context& out) {
    const auto units = number_of(e, out.rows()).value_or(static_cast<double>(least));
    return static_cast<std::int64_t>(std::clamp(units, static_cast<double>(least), 1e9));
  }

  void review(orders& o, const situation& s, entity::context& out) const {
    if (!o.stock.counted) {
      return;
    }
    const models::stock_position position{o.stock.on_hand, o.stock.on_order, 0};
    const auto order = models::order_up(s.need, params_.service_level, position, s.lot);
    if (order.quantity == 0) {
      o.standing = 0;
      return;
    }
    const auto changed = std::abs(order.quantity - o.standing) >= s.lot.pack;
    if (o.standing > 0 && !changed && out.now() < o.stands_until) {
      return;
    }
    o.standing = order.quantity;
    o.stands_until = stands_until(s, out);
    propose(o, s, order, out);
  }

  void replenish(orders& o, const situation& s, entity::context& out) const {
    const auto target = s.need.quantile(params_.service_level);
    if (!o.begun) {
      o.begun = true;
      begin_counting(o, target, out);
      return;
    }
    o.assumed = std::max(o.assumed, std::int64_t{0});
    const auto quantity = models::in_lots(target - o.assumed, s.lot);
    if (quantity > 0) {
      replace(o, s, {target, quantity}, out);
      begin_counting(o, o.assumed + quantity, out);
    }
  }

  static void begin_counting(orders& o, std::int64_t assumed, const entity::context& out) {
    o.assumed = assumed;
    o.sold = 0;
    o.sold_since = out.now();
  }

  [[nodiscard]] base::event_time stands_until(const situation& s,
                                              const entity::context& out) const {
    return out.now() + std::max(params_.review, s.lead_days * one_day);
  }

  void propose(const orders& o, const situation& s, const models::order_up_to& order,
               entity::context& out) const {
    const auto position = o.stock.on_hand + o.stock.on_order;
    auto d = proposal(s, order, position, out);
    d.code = "order_up_to";
    d.why.text = fmt::format(
        "{}: {} on hand{}. That has to cover {}.{}", packs_text(order.quantity, s.lot),
        o.stock.on_hand,
        o.stock.on_order == 0 ? std::string{" and nothing on order"}
                              : fmt::format(" and {} on order", o.stock.on_order),
        need_text(s, order.target, params_.service_level), least_text(order, position, s.lot));
    d.why.inputs.push_back({"on_hand", base::value::of(o.stock.on_hand)});
    d.why.inputs.push_back({"on_order", base::value::of(o.stock.on_order)});
    d.why.rule = "on_hand + on_order < threshold, the service level's quantile of demand";
    out.emit(d);
  }

  void replace(const orders& o, const situation& s, const models::order_up_to& order,
               entity::context& out) const {
    auto d = proposal(s, order, o.assumed, out);
    d.code = "replenish";
    d.why.text = fmt::format(
        "{}: {} sold since {}, so about {} should be left or on their way (stock is not told here; "
        "this takes it that earlier proposals were ordered). That has to cover {}.{}",
        packs_text(order.quantity, s.lot), o.sold, day_text(o.sold_since), o.assumed,
        need_text(s, order.target, params_.service_level), least_text(order, o.assumed, s.lot));
    d.why.inputs.push_back({"sold", base::value::of(o.sold)});
    d.why.inputs.push_back({"since", base::value::of(o.sold_since)});
    d.why.inputs.push_back({"assumed_stock", base::value::of(o.assumed)});
    d.why.rule = "assumed_stock < threshold, the service level's quantile of demand";
    out.emit(d);
  }

  /// What both kinds of proposal have in common.
  [[nodiscard]] entity::decision proposal(const situation& s, const models::order_up_to& order,
                                          std::int64_t position, const entity::context& out) const {
    const auto runs_out = s.until_arrival.at_least(std::max(position, std::int64_t{0}) + 1);
    entity::decision d;
    d.severity = severity_of(runs_out);
    d.until = stands_until(s, out);
    d.value = {{"quantity", base::value::of(order.quantity)}};
    d.why.inputs = {{"demand_mean", base::value::of(s.need.mean)},
                    {"demand_deviation", base::value::of(std::sqrt(s.need.variance))},
                    {"days", base::value::of(s.days)},
                    {"lead_time_days", base::value::of(s.lead_days)},
                    {"service_level", base::value::of(params_.service_level)},
                    {"chance_of_running_out", base::value::of(runs_out)},
                    {"pack", base::value::of(s.lot.pack)},
                    {"smallest_order", base::value::of(s.lot.least)}};
    d.why.threshold = base::value::of(order.target);
    return d;
  }

  order_up_to_params params_;
  bool has_moves_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  const auto& input = from.input("demand");
  order_up_to_params params{
      .demand_name = input.name,
      .forecast = dynamic_cast<const demand*>(input.interface),
      .feed = stock_feed{from, event_expression_or(from, "sold", "quantity")},
      .review = from.duration("review"),
      .service_level = from.number("service_level"),
      .lead_time = from.actor_expression("lead_time"),
      .pack = from.actor_expression("pack"),
      .least = from.actor_expression("moq"),
      .covers = from.duration("covers"),
      .learn_days = from.integer("learn_days"),
  };
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_order_up_to(std::move(params));
}

}  // namespace

std::optional<entity::refusal> order_up_to_params::validate() const {
  if (forecast == nullptr) {
    return entity::refusal{"demand", fmt::format("\"{}\" does not publish a demand forecast, as "
                                                 "forecast: seasonal does",
                                                 demand_name)};
  }
  if (!feeds_anything(feed.sold())) {
    return entity::refusal{"sold",
                           "no stream of this stage has `quantity`; say what yields the "
                           "units sold"};
  }
  if (review <= base::duration{0} || review > 31 * one_day) {
    return entity::refusal{"review", "must be above 0 and at most 31d"};
  }
  if (!(service_level > 0 && service_level < 1)) {
    return entity::refusal{"service_level", "must be between 0 and 1"};
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_order_up_to(order_up_to_params params) {
  return std::make_unique<order_up_to>(std::move(params));
}

entity::model order_up_to_model() {
  entity::model m;
  m.section = entity::section::decides;
  m.family = "reorder";
  m.name = "order_up_to";
  m.summary = "What to order so that stock serves the demand until the next order arrives";
  m.parameters = {
      input_parameter("demand", "The forecast to go by"),
      required(actor_parameter("lead_time", base::kind::number, "Days an order takes to arrive")),
      duration_parameter("review", "1d", "1h", "31d", "How often orders are placed"),
      number_parameter("service_level", "0.97", {0.5, 0.9999},
                       "Share of order cycles that must not run out"),
      actor_parameter("pack", base::kind::number, "Units in a case: orders are whole cases", "1"),
      actor_parameter("moq", base::kind::number, "Smallest order, in units", "0"),
      duration_parameter("covers", "0s", "0s", "400d",
                         "An order brings at least the demand of this many days"),
      field_parameter("sold", "quantity", base::kind::number, "Units sold by one event"),
      integer_parameter("learn_days", "3", {1, 400}, "Days of demand known before it proposes"),
  };
  for (auto& p : stock_parameters()) {
    m.parameters.push_back(std::move(p));
  }
  m.make = make;
  m.codes = {"order_up_to", "replenish"};
  return m;
}

}  // namespace aisle::shop
