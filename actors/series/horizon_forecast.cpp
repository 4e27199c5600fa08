// SPDX-License-Identifier: Apache-2.0
#include "actors/series/horizon_forecast.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "actors/days.hpp"
#include "actors/model_state.hpp"
#include "actors/parameters.hpp"
#include "actors/stock/sales_days.hpp"
#include "actors/wording.hpp"

namespace aisle::shop {
namespace {

constexpr std::array<double, 9> quantiles{0.005, 0.025, 0.165, 0.25, 0.5,
                                          0.75,  0.835, 0.975, 0.995};
constexpr std::array<std::string_view, 9> quantile_names{"0.005", "0.025", "0.165", "0.25", "0.5",
                                                         "0.75",  "0.835", "0.975", "0.995"};

struct daily_series {
  models::demand_forecast forecast;
  day_number today = 0;  ///< the day being summed
  double units = 0;      ///< of it
  base::event_time next_made = base::end_of_time;
  bool begun = false;  ///< something has been sold
};

void fields(auto& archive, is<daily_series> auto& s) {
  archive({"forecast", "today_since_1970", "units", "next_made", "begun"}, s.forecast, s.today,
          s.units, s.next_made, s.begun);
}

class horizon_forecast final : public entity::behaviour_of<daily_series> {
 public:
  explicit horizon_forecast(horizon_forecast_params params) : params_{std::move(params)} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.of.feeds(stream);
  }
  [[nodiscard]] bool closes_at_end() const override { return true; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(daily_series& state, const entity::event& e, entity::context& out) const override {
    const auto sold = params_.of.of(e);
    auto after = state;
    close_days(after, day_of(out.now()));
    after.units += sold.is_null() ? 0 : sold.to_number();
    after.begun = after.begun || after.units > 0;
    if (after.next_made == base::end_of_time) {
      after.next_made = base::floor_to(out.now(), params_.every) + params_.every;
    }
    state = after;
  }

  [[nodiscard]] base::event_time next(const daily_series& state) const override {
    return state.next_made;
  }

  void wake(daily_series& state, entity::context& out) const override {
    auto after = state;
    const auto ended_at = out.ended_at();
    const auto last_known = ended_at ? day_of(*ended_at) : day_of(out.now()) - 1;
    close_days(after, last_known + 1);
    tell(after, last_known, out);
    after.next_made = ended_at ? base::end_of_time : out.now() + params_.every;
    state = after;
  }

  void write(const daily_series& state, base::packer& to) const override { pack_state(to, state); }
  void show(const daily_series& state, std::string& json) const override {
    show_state(json, state);
  }
  void read(daily_series& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
    if (!is_calendar_day(state.today)) {
      from.fail();
    }
  }

 private:
  /// Learns the days before `today`; of a long silence its last 400.
  void close_days(daily_series& s, day_number today) const {
    while (s.today < today) {
      if (s.begun) {
        s.forecast.observe(params_.model, {.weekday = models::weekday_of(s.today),
                                           .units = std::max(s.units, 0.0)});
      }
      s.units = 0;
      s.today = std::max(s.today + 1, today - static_cast<day_number>(days_ahead_most));
    }
  }

  void tell(const daily_series& s, day_number last_known, entity::context& out) const {
    const auto made = day_text(begin_of(last_known));
    for (std::size_t lag = 1; lag <= params_.horizon; ++lag) {
      tell_day(s, made, last_known + static_cast<day_number>(lag), lag, out);
    }
  }

  void tell_day(const daily_series& s, std::string_view made, day_number day, std::size_t lag,
                entity::context& out) const {
    const auto law = s.forecast.law(params_.model, {.weekday = models::weekday_of(day)}, lag - 1);
    std::array<std::int64_t, quantiles.size()> units{};
    law.quantiles(quantiles, units);
    const auto day_name = day_text(begin_of(day));
    entity::report told;
    told.members = {{"made", base::value::of(made), {}},
                    {"day", base::value::of(std::string_view{day_name}), {}},
                    {"mean", base::value::of(law.mean), {}},
                    {"quantiles", {}, {}}};
    for (std::size_t i = 0; i < quantiles.size(); ++i) {
      told.members.back().members.push_back({quantile_names[i], base::value::of(units[i])});
    }
    out.emit(told);
  }

  horizon_forecast_params params_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  horizon_forecast_params params;
  params.of = from.take_event_expression("of");
  params.every = from.duration("every");
  const auto horizon = from.duration("horizon");
  if (horizon % one_day != base::duration{0}) {
    return std::unexpected{entity::refusal{"horizon", "must be whole days, as 28d"}};
  }
  params.horizon = static_cast<std::size_t>(horizon / one_day);
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_horizon_forecast(std::move(params));
}

}  // namespace

std::optional<entity::refusal> horizon_forecast_params::validate() const {
  if (every < one_day || every % one_day != base::duration{0}) {
    return entity::refusal{"every", "must be whole days, as 28d"};
  }
  if (horizon < 1 || horizon > days_ahead_most) {
    return entity::refusal{"horizon", fmt::format("must be from 1d to {}d", days_ahead_most)};
  }
  if (const auto wrong = model.problem()) {
    return entity::refusal{"", std::string{*wrong}};
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_horizon_forecast(horizon_forecast_params params) {
  return std::make_unique<horizon_forecast>(std::move(params));
}

entity::model horizon_forecast_model() {
  entity::model m;
  m.section = entity::section::reports;
  m.family = "forecast";
  m.name = "horizon";
  m.summary = "The units of each of the next days, with quantiles, made again every so often";
  m.parameters = {
      event_parameter("of", base::kind::number, "Units sold by one event; returns are negative"),
      duration_parameter("every", "28d", "1d", "400d", "How often a forecast is made"),
      duration_parameter("horizon", "28d", "1d", "400d", "How many days ahead it tells"),
      duration_parameter("period", "1d", "1d", "1d", "What sales are summed over: a day of UTC"),
  };
  m.make = make;
  return m;
}

}  // namespace aisle::shop
