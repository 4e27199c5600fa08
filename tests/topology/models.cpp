// SPDX-License-Identifier: Apache-2.0
#include "tests/topology/models.hpp"

#include <chrono>
#include <utility>

#include "runtime/base/check.hpp"

namespace aisle::topology::testing {
namespace {

using entity::parameter;
using entity::parameter_kind;
using entity::settings;

struct nothing {};

/// Reads what its expression reads, publishes itself when it is an estimate.
class silent final : public entity::behaviour_of<nothing>, public entity::published {
 public:
  silent(entity::event_expression of, bool is_estimate)
      : of_{std::move(of)}, is_estimate_{is_estimate} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override { return of_.feeds(stream); }
  [[nodiscard]] const entity::published* publishes() const override {
    return is_estimate_ ? this : nullptr;
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(nothing&, const entity::event&, entity::context&) const override {}
  void write(const nothing&, base::packer&) const override {}
  void read(nothing&, std::uint32_t, base::unpacker&) const override {}

 private:
  entity::event_expression of_;
  bool is_estimate_;
};

using made = std::expected<std::unique_ptr<entity::behaviour>, entity::refusal>;

made make_estimate(settings& with) {
  return std::make_unique<silent>(with.take_event_expression("of"), true);
}
made make_blend(settings&) { return std::make_unique<silent>(entity::event_expression{}, true); }
made make_anomaly(settings& with) {
  return std::make_unique<silent>(with.take_event_expression("of"), false);
}
made make_velocity(settings& with) {
  if (with.duration("within") > std::chrono::hours{1} && with.integer("more_than") < 10) {
    return std::unexpected{
        entity::refusal{"within", "more than an hour makes fewer than 10 nothing to notice"}};
  }
  return std::make_unique<silent>(with.take_event_expression("by"), false);
}
made make_reorder(settings& with) {
  base::check(with.input("demand").interface != nullptr, "an input is there when a model is made");
  return std::make_unique<silent>(entity::event_expression{}, false);
}

parameter expression(std::string name, std::string summary, base::kind yields) {
  return {.name = std::move(name),
          .kind = parameter_kind::event_expression,
          .summary = std::move(summary),
          .required = true,
          .fallback = {},
          .least = {},
          .most = {},
          .words = {},
          .yields = yields};
}

parameter bounded(std::string name, parameter_kind kind, std::string fallback, double least,
                  double most) {
  return {.name = std::move(name),
          .kind = kind,
          .summary = "a bound",
          .required = fallback.empty(),
          .fallback = std::move(fallback),
          .least = least,
          .most = most,
          .words = {}};
}

parameter input(std::string name) {
  return {.name = std::move(name),
          .kind = parameter_kind::input,
          .summary = "what is expected to be asked for",
          .required = true,
          .fallback = {},
          .least = {},
          .most = {},
          .words = {}};
}

parameter choice(std::string name, std::string fallback, std::vector<std::string> words) {
  return {.name = std::move(name),
          .kind = parameter_kind::choice,
          .summary = "one of a few",
          .required = false,
          .fallback = std::move(fallback),
          .least = {},
          .most = {},
          .words = std::move(words)};
}

parameter of_table(std::string name) {
  return {.name = std::move(name),
          .kind = parameter_kind::actor_expression,
          .summary = "days until it is there",
          .required = true,
          .fallback = {},
          .least = {},
          .most = {},
          .words = {},
          .yields = base::kind::number};
}

}  // namespace

entity::catalog make_models() {
  using entity::section;
  const auto number = base::kind::number;
  const auto any = base::kind::null;
  constexpr double hour = 3'600'000;
  std::vector<entity::model> all;
  all.push_back({section::estimates,
                 "forecast",
                 "seasonal",
                 "What will be asked for.",
                 {expression("of", "what is counted", number),
                  bounded("period", parameter_kind::duration, "1d", hour, 365 * 24 * hour)},
                 make_estimate,
                 {}});
  all.push_back(
      {section::estimates, "blend", "plain", "Two become one.", {input("with")}, make_blend, {}});
  all.push_back({section::decides,
                 "anomaly",
                 "amount",
                 "An amount far above what is usual.",
                 {expression("of", "the amount", number),
                  bounded("sigma", parameter_kind::number, "4", 0.5, 20)},
                 make_anomaly,
                 {"amount"}});
  all.push_back({section::decides,
                 "anomaly",
                 "velocity",
                 "Too many in too short a time.",
                 {expression("by", "what is counted apart", any),
                  bounded("more_than", parameter_kind::integer, "", 1, 1000),
                  bounded("within", parameter_kind::duration, "1m", 1000, 24 * hour)},
                 make_velocity,
                 {"velocity"}});
  all.push_back({section::decides,
                 "reorder",
                 "order_up_to",
                 "Orders up to a level.",
                 {input("demand"), of_table("lead_time"),
                  bounded("service_level", parameter_kind::number, "0.97", 0.5, 0.999),
                  choice("rounding", "up", {"up", "down", "nearest"})},
                 make_reorder,
                 {"below_level"}});
  all.push_back({section::reports,
                 "score",
                 "series",
                 "A score per event.",
                 {expression("of", "the value", number)},
                 make_anomaly,
                 {}});
  return entity::catalog{std::move(all)};
}

}  // namespace aisle::topology::testing
