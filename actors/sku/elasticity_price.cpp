// SPDX-License-Identifier: Apache-2.0
#include "actors/sku/elasticity_price.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "actors/sku/offers.hpp"
#include "actors/sku/price_history.hpp"
#include "actors/sku/price_reason.hpp"
#include "actors/stock/sales_days.hpp"
#include "actors/wording.hpp"
#include "runtime/base/hash.hpp"

namespace aisle::shop {
namespace {

using models::price_rule;

constexpr std::int32_t quiet_days_most = 60;
constexpr std::int64_t price_most = 100'000'000'000;  // hundredths
constexpr double far_off = 2;          // times the list price: a line no price can be learned from
constexpr double other_channel = 1.1;  // times the usual price, where there is no list price
constexpr double taught_variance = 0.3;  // of the elasticity: below it the days outweigh the prior
constexpr std::uint32_t taught_moves = 3;  // changes of price: one or two may be the season's doing

struct pricing {
  price_history history;
  offers rivals;
  std::int64_t standing = 0;  ///< the proposal that stands; 0 for none
  base::event_time stands_until = base::beginning_of_time;
};

void fields(auto& archive, is<pricing> auto& p) {
  archive({"history", "rivals", "standing_price_hundredths", "stands_until"}, p.history, p.rivals,
          p.standing, p.stands_until);
}

/// A line that was sold.
struct sale {
  double units = 0;
  std::int64_t paid = 0;  ///< for one unit
};

/// Hundredths of the currency, rounded half to even; nothing for what is no price.
std::optional<std::int64_t> hundredths(const base::value& v) {
  const auto exact = [&]() -> std::optional<base::decimal> {
    switch (v.type().kind) {
      case base::kind::decimal:
        return base::rescale(v.as_decimal(), 2);
      case base::kind::integer:
        return base::rescale({v.as_integer(), 0}, 2);
      case base::kind::number:
        return std::abs(v.as_number()) < 1e9
                   ? std::optional{base::decimal{std::llround(v.as_number() * 100), 2}}
                   : std::nullopt;
      default:
        return std::nullopt;
    }
  }();
  const bool is_price = exact && exact->units > 0 && exact->units <= price_most;
  return is_price ? std::optional{exact->units} : std::nullopt;
}

std::string trail_text(const models::guarded_price& guarded) {
  std::string text;
  for (const auto& step : guarded.trail()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " > ", models::name_of(step.rule),
                        price_text(step.price));
  }
  return text;
}

class elasticity_price final : public entity::behaviour_of<pricing> {
 public:
  explicit elasticity_price(elasticity_price_params params)
      : params_{std::move(params)}, lessons_{params_.belief, params_.demand} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return tells_sales(stream) || tells_offers(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(pricing& state, const entity::event& e, entity::context& out) const override {
    // What may throw comes first: the rest changes the state in place.
    const auto sold = tells_sales(e.stream) ? sale_of(e) : std::nullopt;
    const auto heard = tells_offers(e.stream) ? offer_of(e) : std::nullopt;
    const auto list = hundredths(value_of(params_.list, e.rows));
    auto& h = state.history;
    if (!h.begun) {
      h.begun = true;
      h.today = day_of(out.now());
      h.whole = begin_of(h.today) == out.now();
    }
    close_days(h, day_of(out.now()), list);
    h.quiet_days = 0;
    if (sold) {
      note_sale(h, *sold, list);
    }
    if (heard) {
      state.rivals.note(*heard);
    }
  }

  [[nodiscard]] base::event_time next(const pricing& state) const override {
    const auto& h = state.history;
    return h.begun && h.quiet_days < quiet_days_most ? begin_of(h.today + 1) : base::end_of_time;
  }

  void wake(pricing& state, entity::context& out) const override {
    auto after = state;
    auto& h = after.history;
    const auto list = hundredths(value_of(params_.list, out.rows()));
    close_days(h, day_of(out.now()), list);
    h.quiet_days = std::min(h.quiet_days + 1, quiet_days_most);
    const auto in_force = list ? *list : std::llround(h.usual_price());
    if (in_force > 0) {
      h.note_price(in_force, out.now());
      review(after, out);
    }
    state = after;
  }

  void write(const pricing& state, base::packer& to) const override { pack_state(to, state); }
  void show(const pricing& state, std::string& json) const override { show_state(json, state); }
  void read(pricing& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
    const auto& h = state.history;
    for (const auto day : {h.today, h.lowest.first_day, h.lowest.last_day}) {
      if (!is_calendar_day(day)) {
        from.fail();
      }
    }
    if (!from.ok()) {
      state.history.today = 0;
    }
  }

 private:
  [[nodiscard]] bool tells_sales(entity::stream_index stream) const {
    return params_.sold.feeds(stream) && params_.paid.feeds(stream);
  }
  [[nodiscard]] bool tells_offers(entity::stream_index stream) const {
    return params_.rival.feeds(stream) && params_.rival_price.feeds(stream);
  }

  void close_days(price_history& h, day_number today, std::optional<std::int64_t> list) const {
    while (h.today < today) {
      h.today = std::max(h.today, today - static_cast<day_number>(days_ahead_most));
      close_day(h, lessons_, list);
    }
  }

  [[nodiscard]] std::optional<sale> sale_of(const entity::event& e) const {
    const auto units = params_.sold.of(e);
    const auto paid = hundredths(params_.paid.of(e));
    return units.is_null() || !paid ? std::nullopt : std::optional{sale{units.to_number(), *paid}};
  }

  static void note_sale(price_history& h, const sale& sold, std::optional<std::int64_t> list) {
    const auto usual = list ? static_cast<double>(*list) : h.usual_price();
    const auto paid = static_cast<double>(sold.paid);
    const auto ratio = usual > 0 ? paid / usual : 1;
    const auto is_within = [&](double most) { return ratio <= most && ratio >= 1 / most; };
    if (!is_within(far_off)) {
      return;
    }
    if (list || is_within(other_channel)) {
      h.units += sold.units;
    }
    if (sold.units > 0) {
      h.price_today.observe(0.5, paid);
    }
  }

  [[nodiscard]] std::optional<offer> offer_of(const entity::event& e) const {
    const auto who = params_.rival.of(e);
    const auto price = hundredths(params_.rival_price.of(e));
    if (who.is_null() || !price) {
      return std::nullopt;
    }
    const auto has_any = params_.in_stock.of(e);
    return offer{.rival = std::max(base::hash64(who.as_string()), std::uint64_t{1}),
                 .price = *price,
                 .seen = e.head->at,
                 .in_stock = has_any.is_null() || has_any.as_boolean()};
  }

  void review(pricing& p, entity::context& out) const {
    const auto& h = p.history;
    const auto v = look(p, out);
    if (v.cost <= 0 || h.belief.base <= 0 || h.reduced) {
      return;
    }
    const auto forced = guarded(h, v, v.current, out);
    if (!v.cost_is_stated && forced.binding() == price_rule::margin_floor) {
      return;  // the assumed cost does not fit this product
    }
    const bool follows = v.taught || (params_.explore && sells_enough(h));
    const auto wanted = follows ? guarded(h, v, aim_of(v), out) : forced;
    if (is_step(v, forced)) {
      propose(p, v, is_step(v, wanted) ? wanted : forced, price_motive::rules, out);
    } else if (is_step(v, wanted)) {
      const auto sure = compare(h.belief, v, wanted.price).confidence >= params_.confidence;
      if (v.taught && sure) {
        propose(p, v, wanted, price_motive::profit, out);
      } else if (params_.explore) {
        propose(p, v, wanted, price_motive::learning, out);
      }
    }
  }

  /// True when the change is worth a label.
  [[nodiscard]] bool is_step(const price_view& v, const models::guarded_price& made) const {
    return made.price != v.current && (v.current < made.floor || is_step(v.current, made.price));
  }
  [[nodiscard]] bool is_step(std::int64_t from, std::int64_t to) const {
    return static_cast<double>(std::abs(to - from)) >= params_.step_min * static_cast<double>(from);
  }

  [[nodiscard]] price_view look(const pricing& p, const entity::context& out) const {
    const auto& h = p.history;
    const auto week = h.today - static_cast<day_number>(models::weekday_of(h.today));
    price_view v;
    v.current = h.price;
    v.cost_is_stated = !params_.cost_share.has_value();
    v.cost = v.cost_is_stated ? hundredths(value_of(params_.cost, out.rows())).value_or(0)
                              : std::llround(*params_.cost_share * h.price_ever.estimate(0.5));
    v.rivals = market_of(p.rivals, out.now(), params_.rival_fresh);
    if (v.rivals.rivals < params_.rivals_min) {
      v.rivals = {};
    }
    if (v.cost > 0 && h.belief.base > 0) {
      v.aim = models::price_target::choose(params_.aim, h.belief, static_cast<double>(v.cost),
                                           base::hash64(out.key()), week);
      v.taught = v.aim.why == models::price_target::reason::thompson && is_taught(h);
    }
    return v;
  }

  [[nodiscard]] bool sells_enough(const price_history& h) const {
    return h.demand.silent_days <= 0 && h.demand.level() >= params_.aim.units_a_day_min;
  }
  [[nodiscard]] bool is_taught(const price_history& h) const {
    return h.belief.p11 <= taught_variance && h.price_moves >= taught_moves && sells_enough(h);
  }

  /// Half the price and twice the price are as far as an aim goes: beyond, a draw of the elasticity
  /// near 1 says nothing but "more".
  static std::int64_t aim_of(const price_view& v) {
    const auto current = static_cast<double>(v.current);
    return std::llround(std::clamp(v.aim.price, current / 2, 2 * current));
  }

  [[nodiscard]] models::guarded_price guarded(const price_history& h, const price_view& v,
                                              std::int64_t target,
                                              const entity::context& out) const {
    const auto since = std::min(out.now() - h.changed_at, base::duration{400 * one_day});
    return models::guard(params_.rules, {.target = target,
                                         .current = v.current,
                                         .cost = v.cost,
                                         .rivals = v.rivals.prices,
                                         .lowest_30_days = h.lowest.lowest(h.today),
                                         .ms_since_change = since.count(),
                                         .last_was_raise = h.raised});
  }

  void propose(pricing& p, const price_view& v, const models::guarded_price& made, price_motive why,
               entity::context& out) const {
    const bool differs = is_step(p.standing, made.price);
    const bool forced = why == price_motive::rules;
    const auto silent_until = differs ? p.stands_until : p.stands_until + 3 * params_.stands;
    if (out.now() < silent_until && !(forced && differs)) {
      return;
    }
    const auto view_of_it = compare(p.history.belief, v, made.price);
    entity::decision d;
    d.code = "elasticity";
    d.severity = severity_of(made, v, view_of_it, why);
    d.until = out.now() + params_.stands;
    d.value = {{"price", price_value(made.price)}, {"was", price_value(v.current)}};
    d.why.text = text_of(made, v, view_of_it, p.history, params_.rules, why);
    const auto trail = trail_text(made);
    add_inputs(d.why, p.history, v, made, view_of_it);
    d.why.inputs.push_back({"trail", base::value::of(std::string_view{trail})});
    d.why.threshold =
        why == price_motive::profit ? base::value::of(params_.confidence) : base::value{};
    d.why.rule = models::name_of(made.binding());
    out.emit(d);
    p.standing = made.price;
    p.stands_until = *d.until;
  }

  static void add_inputs(entity::reason& why, const price_history& h, const price_view& v,
                         const models::guarded_price& made, const price_outlook& o) {
    why.inputs = {{"elasticity", base::value::of(h.belief.theta[1])},
                  {"elasticity_deviation", base::value::of(std::sqrt(h.belief.p11))},
                  {"units_learned", base::value::of(h.belief.units)},
                  {"price_moves", base::value::of(std::int64_t{h.price_moves})},
                  {"units_a_day", base::value::of(h.demand.level())},
                  {"cost", price_value(v.cost)},
                  {"margin_floor", price_value(made.floor)},
                  {"target", price_value(made.trail().front().price)},
                  {"confidence", base::value::of(o.confidence)},
                  {"profit_change", base::value::of(o.profit_change)},
                  {"rivals", base::value::of(static_cast<std::int64_t>(v.rivals.rivals))}};
    if (made.reduced_from > 0) {
      why.inputs.push_back({"lowest_30_days", price_value(made.reduced_from)});
    }
    if (v.rivals.rivals > 0) {
      why.inputs.push_back({"rivals_cheapest", price_value(v.rivals.prices.cheapest)});
      why.inputs.push_back({"rivals_median", price_value(v.rivals.prices.median)});
    }
  }

  elasticity_price_params params_;
  price_lessons lessons_;
};

std::int64_t basis_points(double share) { return std::llround(share * 10'000); }

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  elasticity_price_params params;
  params.sold = event_expression_or(from, "sold", "quantity");
  params.paid = event_expression_or(from, "paid", "unit_price");
  params.rival = event_expression_or(from, "rival", "competitor");
  params.rival_price = event_expression_or(from, "rival_price", "price");
  params.in_stock = event_expression_or(from, "in_stock", "in_stock");
  params.list = from.actor_expression("list");
  params.cost = from.actor_expression("cost");
  if (from.has("cost_share")) {
    params.cost_share = from.number("cost_share");
  }
  params.rival_fresh = from.duration("rival_fresh");
  params.stands = from.duration("stands");
  params.confidence = from.number("confidence");
  params.explore = from.boolean("explore");
  params.step_min = from.number("step_min");
  params.rivals_min = static_cast<std::size_t>(from.integer("rivals_min"));
  params.rules.margin_min_bp = basis_points(from.number("margin_min"));
  params.rules.step_max_bp = basis_points(from.number("step_max"));
  params.rules.rival_under_bp = basis_points(from.number("rival_under"));
  params.rules.rival_over_bp = basis_points(from.number("rival_over"));
  params.rules.cooldown_ms = from.duration("cooldown").count();
  params.rules.cooldown_after_raise_ms = from.duration("cooldown_after_raise").count();
  params.aim.units_a_day_min = from.number("units_a_day_min");
  params.aim.seed = static_cast<std::uint64_t>(from.integer("seed"));
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_elasticity_price(std::move(params));
}

template <class Problem>
std::optional<entity::refusal> refusal_of(const Problem& problem) {
  return problem ? std::optional{entity::refusal{"", std::string{*problem}}} : std::nullopt;
}

}  // namespace

std::optional<entity::refusal> elasticity_price_params::validate() const {
  if (!feeds_anything(sold) || !feeds_anything(paid)) {
    return entity::refusal{feeds_anything(sold) ? "paid" : "sold",
                           "no stream of this stage has it; say what units and prices are called"};
  }
  if ((cost == nullptr) == !cost_share.has_value()) {
    return entity::refusal{"cost", "either cost or cost_share must be given, and not both"};
  }
  for (const auto& wrong : {refusal_of(rules.problem()), refusal_of(aim.problem()),
                            refusal_of(belief.problem()), refusal_of(demand.problem())}) {
    if (wrong) {
      return wrong;
    }
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_elasticity_price(elasticity_price_params params) {
  return std::make_unique<elasticity_price>(std::move(params));
}

entity::model elasticity_price_model() {
  entity::model m;
  m.section = entity::section::decides;
  m.family = "price";
  m.name = "elasticity";
  m.summary = "A new price, from how demand answers prices, the cost, and what rivals ask";
  m.parameters = {
      actor_parameter("cost", base::kind::number, "Cost of one unit"),
      number_parameter("cost_share", "", {0.01, 0.99},
                       "Cost as a share of the usual price, where no cost is known"),
      actor_parameter("list", base::kind::number,
                      "Price in force; the median of the last 7 days' prices, unless said"),
      number_parameter("margin_min", "0.12", {0, 0.95}, "Least margin, as a share of the price"),
      number_parameter("step_max", "0.08", {0.001, 0.5},
                       "Longest step of one change, as a share of the price"),
      boolean_parameter("explore", "false",
                        "Also tries prices only to learn how demand answers them"),
      number_parameter("step_min", "0.02", {0, 0.5},
                       "Smallest change worth a label, as a share of the price"),
      duration_parameter("cooldown", "24h", "0s", "400d", "A changed price stays this long"),
      duration_parameter("cooldown_after_raise", "7d", "0s", "400d", "And after a raise this long"),
      number_parameter("confidence", "0.8", {0.5, 0.999},
                       "How sure a better profit must be to be proposed"),
      duration_parameter("stands", "7d", "1d", "400d",
                         "How long a proposal stands, and is not repeated"),
      number_parameter("units_a_day_min", "2", {0, 1e6},
                       "Units a day below which only the rules move the price"),
      integer_parameter("rivals_min", "2", {1, 8}, "Rivals whose offers make a market"),
      number_parameter("rival_under", "0.05", {0, 0.95},
                       "How far below the cheapest rival a price may be"),
      number_parameter("rival_over", "0.1", {0, 10},
                       "How far above the median of the rivals a price may be"),
      duration_parameter("rival_fresh", "36h", "1m", "400d", "Older offers of rivals do not count"),
      field_parameter("sold", "quantity", base::kind::number, "Units of a line"),
      field_parameter("paid", "unit_price", base::kind::number, "Unit price of a line"),
      field_parameter("rival", "competitor", base::kind::string, "Who offers the product too"),
      field_parameter("rival_price", "price", base::kind::number, "The price of that offer"),
      field_parameter("in_stock", "in_stock", base::kind::boolean, "Whether the rival has any"),
      integer_parameter("seed", "0", {0, 9e15}, "Of the draws by which prices are tried"),
  };
  m.make = make;
  m.codes = {"elasticity"};
  return m;
}

}  // namespace aisle::shop
