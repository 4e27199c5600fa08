// SPDX-License-Identifier: Apache-2.0
#include "actors/stock/seasonal_forecast.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "actors/days.hpp"
#include "actors/model_state.hpp"
#include "actors/parameters.hpp"
#include "actors/stock/demand.hpp"
#include "actors/stock/sales_days.hpp"

namespace aisle::shop {
namespace {

constexpr std::int32_t quiet_days_most = 60;

struct sales_history {
  models::demand_forecast forecast;
  stock_book stock;
  day_number today = 0;
  double units = 0;  ///< sold today
  std::int32_t quiet_days = 0;
  bool begun = false;    ///< the actor has seen an event
  bool whole = false;    ///< today is known from its beginning
  bool ran_dry = false;  ///< the shelf was empty at a moment of today
};

void fields(auto& archive, is<sales_history> auto& h) {
  archive(
      {"forecast", "stock", "today_since_1970", "units", "quiet_days", "begun", "whole", "ran_dry"},
      h.forecast, h.stock, h.today, h.units, h.quiet_days, h.begun, h.whole, h.ran_dry);
}

class seasonal_forecast final : public entity::behaviour_of<sales_history>, private demand {
 public:
  explicit seasonal_forecast(seasonal_forecast_params params) : params_{std::move(params)} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.feed.reads(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] const entity::published* publishes() const override { return this; }

  [[nodiscard]] models::count_law over(const void* state, day_number first,
                                       std::size_t days) const override {
    return cast(state).forecast.law_from(params_.model, models::weekday_of(first),
                                         std::min(days, days_ahead_most));
  }
  [[nodiscard]] std::int64_t days_known(const void* state) const override {
    return static_cast<std::int64_t>(cast(state).forecast.days);
  }

 protected:
  void handle(sales_history& state, const entity::event& e, entity::context& out) const override {
    // What may throw comes first: the rest changes the state in place.
    const auto stock = params_.feed.after(state.stock, e);
    const auto sold = params_.feed.sold().of(e);
    const auto today = day_of(out.now());
    if (!state.begun) {
      state.begun = true;
      state.today = today;
      state.whole = begin_of(today) == out.now();
    }
    close_days(state, today);
    state.quiet_days = 0;
    state.stock = stock;
    state.ran_dry = state.ran_dry || stock.empty_shelf();
    state.units += sold.is_null() ? 0 : sold.to_number();
  }

  [[nodiscard]] base::event_time next(const sales_history& state) const override {
    return state.begun && state.quiet_days < quiet_days_most ? begin_of(state.today + 1)
                                                             : base::end_of_time;
  }

  void wake(sales_history& state, entity::context& out) const override {
    close_days(state, day_of(out.now()));
  }

  void write(const sales_history& state, base::packer& to) const override { pack_state(to, state); }
  void show(const sales_history& state, std::string& json) const override {
    show_state(json, state);
  }
  void read(sales_history& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
    if (!is_calendar_day(state.today)) {
      from.fail();
      state.today = 0;
    }
  }

 private:
  /// Learns the days before `today` that are not learned yet.
  void close_days(sales_history& h, day_number today) const {
    while (h.today < today) {
      close_day(h);
      const auto oldest = today - static_cast<day_number>(days_ahead_most);
      h.today = std::max(h.today + 1, oldest);
    }
  }

  void close_day(sales_history& h) const {
    if (h.whole) {
      learn_day(h.forecast, params_.model,
                {.weekday = models::weekday_of(h.today),
                 .units = std::max(h.units, 0.0),
                 .in_stock = !h.ran_dry});
    }
    h.units = 0;
    h.whole = true;
    h.quiet_days = std::min(h.quiet_days + 1, quiet_days_most);
    h.ran_dry = h.stock.empty_shelf();
  }

  seasonal_forecast_params params_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  seasonal_forecast_params params{stock_feed{from, from.take_event_expression("of")}, {}};
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_seasonal_forecast(std::move(params));
}

}  // namespace

std::optional<entity::refusal> seasonal_forecast_params::validate() const {
  if (!feeds_anything(feed.sold())) {
    return entity::refusal{"of", "must yield units sold for at least one stream"};
  }
  if (const auto wrong = model.problem()) {
    return entity::refusal{"", std::string{*wrong}};
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_seasonal_forecast(seasonal_forecast_params params) {
  return std::make_unique<seasonal_forecast>(std::move(params));
}

entity::model seasonal_forecast_model() {
  entity::model m;
  m.section = entity::section::estimates;
  m.family = "forecast";
  m.name = "seasonal";
  m.summary = "Demand of the days to come: a level, the day of the week, and how far it scatters";
  m.parameters = {
      event_parameter("of", base::kind::number, "Units sold by one event; returns are negative"),
      duration_parameter("period", "1d", "1d", "1d", "What sales are summed over: a day of UTC"),
  };
  for (auto& p : stock_parameters()) {
    m.parameters.push_back(std::move(p));
  }
  m.make = make;
  return m;
}

}  // namespace aisle::shop
