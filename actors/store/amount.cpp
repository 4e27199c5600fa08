// SPDX-License-Identifier: Apache-2.0
#include "actors/store/amount.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/model_state.hpp"
#include "actors/parameters.hpp"
#include "actors/wording.hpp"

namespace aisle::shop {
namespace {

using models::log_amount;

/// Low up to 1.25 times sigma, medium up to 1.5 times, high beyond.
entity::severity severity_of(double times_sigma) {
  if (times_sigma > 1.5) {
    return entity::severity::high;
  }
  return times_sigma > 1.25 ? entity::severity::medium : entity::severity::low;
}

class amount final : public entity::behaviour_of<log_amount> {
 public:
  explicit amount(amount_params params) : params_{std::move(params)} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.of.feeds(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(log_amount& state, const entity::event& e, entity::context& out) const override {
    const auto paid = params_.of.of(e);
    if (paid.is_null()) {
      return;
    }
    auto learned = state;
    const auto found = learned.observe(params_.chart, paid.to_number());
    if (found.anomalous) {
      alarm(paid, found, state.level.n, out);
    }
    state = learned;
  }
  void write(const log_amount& state, base::packer& to) const override { pack_state(to, state); }
  void show(const log_amount& state, std::string& json) const override { show_state(json, state); }
  void read(log_amount& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
  }

 private:
  void alarm(const base::value& paid, const log_amount::verdict& found, std::uint32_t learned_from,
             entity::context& out) const {
    const double sigma = params_.chart.sigma;
    entity::decision d;
    d.code = "amount";
    d.severity = severity_of(found.z / sigma);
    d.until = out.now() + params_.valid;
    d.value = {{"score", base::value::of(found.z / sigma)}};
    d.why.text = fmt::format("{} is {} times the usual {} of this {}; {} is the limit.",
                             amount_text(paid), figure_text(paid.to_number() / found.usual),
                             money_text(found.usual), params_.place, money_text(found.limit));
    d.why.inputs = {{"amount", paid},
                    {"usual", base::value::of(found.usual)},
                    {"limit", base::value::of(found.limit)},
                    {"z", base::value::of(found.z)},
                    {"learned_from", base::value::of(std::int64_t{learned_from})}};
    d.why.threshold = base::value::of(sigma);
    d.why.rule = "z of the logarithm of the amount > sigma";
    out.emit(d);
  }

  amount_params params_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  amount_params params;
  params.of = from.take_event_expression("of");
  params.chart.sigma = from.number("sigma");
  params.chart.warm_up = static_cast<std::uint32_t>(from.integer("warm_up"));
  params.chart.relearn_after = static_cast<std::uint32_t>(from.integer("relearn_after"));
  params.valid = from.duration("valid");
  params.place = from.stage();
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_amount(std::move(params));
}

}  // namespace

std::optional<entity::refusal> amount_params::validate() const {
  if (const auto wrong = chart.problem()) {
    return entity::refusal{"", std::string{*wrong}};
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_amount(amount_params params) {
  return std::make_unique<amount>(std::move(params));
}

entity::model amount_model() {
  entity::model m;
  m.section = entity::section::decides;
  m.family = "anomaly";
  m.name = "amount";
  m.summary = "An amount of money far above what is usual here";
  m.parameters = {
      event_parameter("of", base::kind::number, "The amount of one event"),
      number_parameter("sigma", "4", {2, 12},
                       "Deviations of the amount's logarithm above the usual that alarm"),
      integer_parameter("warm_up", "30", {2, 100'000}, "Amounts learned before the first alarm"),
      integer_parameter("relearn_after", "10", {2, 1'000},
                        "Alarms without a break after which these amounts are the usual ones"),
      duration_parameter("valid", "7d", "1m", "400d", "How long an alarm is worth looking into"),
  };
  m.make = make;
  m.codes = {"amount"};
  return m;
}

}  // namespace aisle::shop
