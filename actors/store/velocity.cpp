// SPDX-License-Identifier: Apache-2.0
#include "actors/store/velocity.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "actors/days.hpp"
#include "actors/model_state.hpp"
#include "actors/parameters.hpp"
#include "actors/wording.hpp"
#include "runtime/base/heap.hpp"

namespace aisle::shop {
namespace {

constexpr base::duration one_hour{3'600'000};

struct till {
  std::string id;
  models::velocity recent;
  models::weekly_profile per_hour;
  std::int64_t hour = 0;         ///< the hour being counted, since the epoch
  std::uint32_t in_hour = 0;     ///< its transactions within the limit
  std::uint32_t alarms = 0;      ///< of the burst under way
  base::event_time last_seen{};  ///< for forgetting
};

void fields(auto& archive, is<till> auto& t) {
  archive({"id", "recent", "per_hour", "hour_since_1970", "in_hour", "alarms", "last_seen"}, t.id,
          t.recent, t.per_hour, t.hour, t.in_hour, t.alarms, t.last_seen);
}

struct tills {
  std::vector<till> known;
};

void fields(auto& archive, is<tills> auto& t) { archive({"known"}, t.known); }

std::size_t slot_of(std::int64_t hour) { return models::hour_of_week(hour); }

/// The id of a till as text, whatever the contract types it as.
std::string id_of(const base::value& v) {
  if (v.type().kind == base::kind::string) {
    return std::string{v.as_string()};
  }
  std::string text;
  base::append_json(text, v);
  return text;
}

/// Low up to 1.5 times the limit, medium up to twice, high beyond.
entity::severity severity_of(std::size_t count, std::size_t limit) {
  if (count > 2 * limit) {
    return entity::severity::high;
  }
  return 2 * count > 3 * limit ? entity::severity::medium : entity::severity::low;
}

class velocity final : public entity::behaviour_of<tills> {
 public:
  explicit velocity(velocity_params params) : params_{std::move(params)} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.by.feeds(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  [[nodiscard]] std::size_t heap_of(const tills& state) const override {
    auto bytes = base::heap_of(state.known);
    for (const auto& one : state.known) {
      bytes += base::heap_of(one.id);
    }
    return bytes;
  }

  void handle(tills& state, const entity::event& e, entity::context& out) const override {
    const auto by = params_.by.of(e);
    if (by.is_null()) {
      return;
    }
    auto id = id_of(by);
    const auto place = std::ranges::find(state.known, id, &till::id);
    till after;
    if (place == state.known.end()) {
      after.id = std::move(id);
    } else {
      after = *place;
    }
    count(after, e, out);
    keep(state, place, std::move(after));
  }
  void write(const tills& state, base::packer& to) const override { pack_state(to, state); }
  void show(const tills& state, std::string& json) const override { show_state(json, state); }
  void read(tills& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
    if (std::ranges::any_of(state.known, [](const till& t) {
          return t.recent.held > models::velocity::capacity || !is_calendar_day(t.hour / 24);
        })) {
      from.fail();
    }
  }

 private:
  void count(till& t, const entity::event& e, entity::context& out) const {
    const auto hour = base::floor_to(e.head->at, one_hour).time_since_epoch() / one_hour;
    if (hour != t.hour) {
      // An hour without a sale is not learned: whether the till was open then nobody knows.
      if (t.in_hour > 0) {
        t.per_hour.learn(slot_of(t.hour), t.in_hour);
      }
      t.hour = hour;
      t.in_hour = 0;
    }
    const auto limit = limit_of(t);
    const auto found =
        t.recent.observe(e.head->at.time_since_epoch().count(), params_.within.count(), limit);
    t.last_seen = e.head->seen;
    t.in_hour += found.exceeded ? 0 : 1;
    t.alarms = found.exceeded ? std::min(t.alarms + 1, params_.alarms_max + 1) : 0;
    if (found.exceeded && t.alarms <= params_.alarms_max) {
      alarm(t, found.count, limit, out);
    }
  }

  /// What chance explains at this hour's usual rate, once that is known; at least `more_than`.
  [[nodiscard]] std::size_t limit_of(const till& t) const {
    const auto slot = slot_of(t.hour);
    if (t.per_hour.visits[slot] < 3) {
      return params_.more_than;
    }
    const double windows_an_hour =
        static_cast<double>(one_hour.count()) / static_cast<double>(params_.within.count());
    return models::velocity_limit(params_.more_than,
                                  static_cast<double>(t.per_hour.mean[slot]) / windows_an_hour);
  }

  void alarm(const till& t, std::size_t count, std::size_t limit, entity::context& out) const {
    const auto span = span_text(params_.within);
    entity::decision d;
    d.code = "velocity";
    d.severity = severity_of(count, limit);
    d.until = out.now() + params_.valid;
    d.value = {{"score", base::value::of(static_cast<double>(count) / static_cast<double>(limit))}};
    d.why.text = fmt::format("Till {} rang up {} sales within {}; more than {} is not plausible.",
                             t.id, count, span, limit);
    d.why.inputs = {
        {"terminal", base::value::of(t.id)},
        {"count", base::value::of(static_cast<std::int64_t>(count))},
        {"within", base::value::of(params_.within)},
        {"usual_per_hour", base::value::of(static_cast<double>(t.per_hour.mean[slot_of(t.hour)]))},
        {"alarm_of_burst", base::value::of(std::int64_t{t.alarms})}};
    d.why.threshold = base::value::of(static_cast<std::int64_t>(limit));
    d.why.rule = "count > max(more_than, Poisson quantile of the usual rate)";
    out.emit(d);
  }

  void keep(tills& state, std::vector<till>::iterator place, till after) const {
    if (place == state.known.end() && state.known.size() >= params_.tills_max) {
      place = std::ranges::min_element(state.known, {}, &till::last_seen);
    }
    if (place == state.known.end()) {
      state.known.push_back(std::move(after));
    } else {
      *place = std::move(after);
    }
  }

  velocity_params params_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  velocity_params params;
  params.by = from.take_event_expression("by");
  params.more_than = static_cast<std::size_t>(from.integer("more_than"));
  params.within = from.duration("within");
  params.tills_max = static_cast<std::size_t>(from.integer("tills_max"));
  params.alarms_max = static_cast<std::uint32_t>(from.integer("alarms_max"));
  params.valid = from.duration("valid");
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_velocity(std::move(params));
}

constexpr auto more_than_most = models::velocity::capacity - 2;

}  // namespace

std::optional<entity::refusal> velocity_params::validate() const {
  if (more_than < 1 || more_than > more_than_most) {
    return entity::refusal{"more_than", fmt::format("must be from 1 to {}", more_than_most)};
  }
  if (within <= base::duration{0} || within > one_hour) {
    return entity::refusal{"within", "must be above 0 and at most 1h"};
  }
  if (tills_max < 1) {
    return entity::refusal{"tills_max", "must be at least 1"};
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_velocity(velocity_params params) {
  return std::make_unique<velocity>(std::move(params));
}

entity::model velocity_model() {
  entity::model m;
  m.section = entity::section::decides;
  m.family = "anomaly";
  m.name = "velocity";
  m.summary = "A till that rings up more sales in a short time than is plausible";
  m.parameters = {
      event_parameter("by", base::kind::null, "What tells tills apart"),
      integer_parameter("more_than", "10", {1, static_cast<double>(more_than_most)},
                        "Sales within the span that are never an alarm; busy tills get more"),
      duration_parameter("within", "1m", "1s", "1h", "The span sales are counted in"),
      integer_parameter("tills_max", "64", {1, 4'096},
                        "Tills remembered; beyond, the one silent longest is forgotten"),
      integer_parameter("alarms_max", "20", {1, 1'000}, "Alarms of one burst at most"),
      duration_parameter("valid", "1d", "1m", "400d", "How long an alarm is worth looking into"),
  };
  m.make = make;
  m.codes = {"velocity"};
  return m;
}

}  // namespace aisle::shop
