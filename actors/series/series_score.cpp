// SPDX-License-Identifier: Apache-2.0
#include "actors/series/series_score.hpp"

#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "actors/model_state.hpp"
#include "actors/parameters.hpp"

namespace aisle::shop {
namespace {

using models::series_detector;

std::size_t hour_of_day(base::event_time at) {
  const auto since_midnight = at - std::chrono::floor<std::chrono::days>(at);
  return static_cast<std::size_t>(since_midnight / std::chrono::hours{1});
}

class series_score final : public entity::behaviour_of<series_detector> {
 public:
  explicit series_score(series_score_params params) : params_{std::move(params)} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.of.feeds(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(series_detector& state, const entity::event& e, entity::context& out) const override {
    const auto value = params_.of.of(e);
    if (value.is_null() || !std::isfinite(value.to_number())) {
      return;
    }
    auto after = state;
    const auto found = after.observe(params_.detector, value.to_number(), hour_of_day(e.head->at));
    entity::report made;
    made.members = {{"at", base::value::of(e.head->at), {}},
                    {"value", value, {}},
                    {"score", base::value::of(found.score), {}},
                    {"alarm", base::value::of(found.alarm), {}}};
    out.emit(made);
    state = after;
  }
  void write(const series_detector& state, base::packer& to) const override {
    pack_state(to, state);
  }
  void show(const series_detector& state, std::string& json) const override {
    show_state(json, state);
  }
  void read(series_detector& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
  }

 private:
  series_score_params params_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  series_score_params params;
  params.of = from.take_event_expression("of");
  params.detector.threshold = from.number("threshold");
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_series_score(std::move(params));
}

}  // namespace

std::optional<entity::refusal> series_score_params::validate() const {
  if (const auto wrong = detector.problem()) {
    return entity::refusal{"", std::string{*wrong}};
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_series_score(series_score_params params) {
  return std::make_unique<series_score>(std::move(params));
}

entity::model series_score_model() {
  entity::model m;
  m.section = entity::section::reports;
  m.family = "score";
  m.name = "series";
  m.summary = "How odd each value of a series is, from 0 to 1, for series nobody described";
  m.parameters = {
      event_parameter("of", base::kind::number, "The value"),
      number_parameter("threshold", "5", {0.1, 100},
                       "Deviations that alarm, in those of the series itself"),
  };
  m.make = make;
  return m;
}

}  // namespace aisle::shop
