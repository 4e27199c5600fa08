// SPDX-License-Identifier: Apache-2.0
#include "actors/store/off_hours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "actors/days.hpp"
#include "actors/model_state.hpp"
#include "actors/models/opening_hours.hpp"
#include "actors/wording.hpp"
#include "runtime/base/zone.hpp"

namespace aisle::shop {
namespace {

using std::chrono::minutes;

constexpr double rare = 1e-4;  // the chance of a sale, below which an hour is a closed one
constexpr std::uint32_t opened =
    4;  // sales in one closed hour that show the shop is open after all
constexpr std::int64_t hours_kept = 4 * static_cast<std::int64_t>(models::hours_per_week);

/// Minutes of `07:00`; nothing when it is no time of day.
std::optional<int> minute_of(const base::value& v) {
  if (v.type().kind != base::kind::string) {
    return std::nullopt;
  }
  const auto text = v.as_string();
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    return std::nullopt;
  }
  const auto number = [&](std::size_t i) { return 10 * (text[i] - '0') + (text[i + 1] - '0'); };
  const auto minute = 60 * number(0) + number(3);
  return number(3) < 60 && minute <= models::minutes_per_day ? std::optional{minute} : std::nullopt;
}

std::string clock_text(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

struct opening_hours {
  int opens = 0;
  int closes = 0;
};

struct usual_week {
  models::weekly_profile sales;
  std::int64_t hour = 0;      ///< the hour being counted, since the epoch, on the shop's wall
  std::uint32_t in_hour = 0;  ///< sales in it, those that look odd aside
  std::uint32_t odd = 0;      ///< those
  bool begun = false;
  /// The zone last looked up; found again after a load.
  const base::zone* zone = nullptr;
};

void fields(auto& archive, is<usual_week> auto& w) {
  archive({"sales", "hour_since_1970", "in_hour", "odd", "begun"}, w.sales, w.hour, w.in_hour,
          w.odd, w.begun);
}

/// Counts what the hours before `hour` sold, the empty ones too.
void close_hours(usual_week& w, std::int64_t hour) {
  if (!w.begun) {
    w.begun = true;
    w.hour = hour;
  }
  if (hour <= w.hour) {
    return;
  }
  const auto sold = w.in_hour + (w.odd >= opened ? w.odd : 0);
  w.sales.learn(models::hour_of_week(w.hour), sold);
  for (auto empty = std::max(w.hour + 1, hour - hours_kept); empty < hour; ++empty) {
    w.sales.learn(models::hour_of_week(empty), 0);
  }
  w.hour = hour;
  w.in_hour = w.odd = 0;
}

/// Low up to an hour, medium up to three, high beyond.
entity::severity severity_of(minutes outside) {
  if (outside > minutes{180}) {
    return entity::severity::high;
  }
  return outside > minutes{60} ? entity::severity::medium : entity::severity::low;
}

class off_hours final : public entity::behaviour_of<usual_week> {
 public:
  explicit off_hours(off_hours_params params) : params_{std::move(params)} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.every_stream || params_.of.feeds(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(usual_week& state, const entity::event& e, entity::context& out) const override {
    auto after = state;
    after.zone = zone_of(state.zone, e.rows);
    const auto local = after.zone == nullptr ? base::local_time{e.head->at.time_since_epoch()}
                                             : after.zone->to_local(e.head->at);
    const auto hour = std::chrono::floor<std::chrono::hours>(local.time_since_epoch()).count();
    close_hours(after, hour);
    const bool odd = judge(after, local, e.rows, out);
    ++(odd ? after.odd : after.in_hour);
    state = after;
  }
  void write(const usual_week& state, base::packer& to) const override { pack_state(to, state); }
  void show(const usual_week& state, std::string& json) const override { show_state(json, state); }
  void read(usual_week& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
    if (!is_calendar_day(state.hour / 24)) {
      from.fail();
    }
  }

 private:
  [[nodiscard]] const base::zone* zone_of(const base::zone* last,
                                          std::span<const expr::row_ref> rows) const {
    const auto name = value_of(params_.zone, rows);
    if (name.is_null()) {
      return nullptr;
    }
    return last != nullptr && last->name() == name.as_string() ? last
                                                               : base::zone::find(name.as_string());
  }

  [[nodiscard]] std::optional<opening_hours> stated_hours(
      const usual_week& w, std::span<const expr::row_ref> rows) const {
    const auto opens = minute_of(value_of(params_.opens, rows));
    const auto closes = minute_of(value_of(params_.closes, rows));
    const bool zone_is_right = params_.zone == nullptr || w.zone != nullptr;
    return opens && closes && zone_is_right ? std::optional{opening_hours{*opens, *closes}}
                                            : std::nullopt;
  }

  /// True when the sale is an odd one; says so.
  [[nodiscard]] bool judge(const usual_week& w, base::local_time local,
                           std::span<const expr::row_ref> rows, entity::context& out) const {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto minute = static_cast<int>((local - day) / minutes{1});
    if (const auto stated = stated_hours(w, rows)) {
      const minutes outside{models::minutes_outside(minute, stated->opens, stated->closes)};
      if (outside <= params_.grace) {
        return false;
      }
      alarm(w, minute, outside, *stated, out);
      return true;
    }
    const auto slot = models::hour_of_week(w.hour);
    if (models::learned_open(w.sales, slot, 3, rare).value_or(true)) {
      return false;
    }
    alarm(w, minute, static_cast<double>(w.sales.mean[slot]), out);
    return true;
  }

  [[nodiscard]] static std::string_view zone_name(const usual_week& w) {
    return w.zone == nullptr ? std::string_view{"UTC"} : std::string_view{w.zone->name()};
  }

  void alarm(const usual_week& w, int minute, minutes outside, opening_hours hours,
             entity::context& out) const {
    const auto until_opening =
        (hours.opens - minute + models::minutes_per_day) % models::minutes_per_day;
    const bool before_opening = until_opening == static_cast<int>(outside.count());
    const auto apart = before_opening ? outside : outside - minutes{1};  // of whole minutes
    const auto clock = clock_text(minute);
    const auto opens = clock_text(hours.opens);
    const auto closes = clock_text(hours.closes);
    entity::decision d;
    d.code = "off_hours";
    d.severity = severity_of(outside);
    d.until = out.now() + params_.valid;
    const auto grace = std::max(params_.grace, base::duration{minutes{1}});
    d.value = {{"score", base::value::of(static_cast<double>(base::duration{outside}.count()) /
                                         static_cast<double>(grace.count()))}};
    d.why.text = fmt::format("A sale at {} ({}), {} {}; open from {} to {}.", clock, zone_name(w),
                             span_text(apart), before_opening ? "before opening" : "after closing",
                             opens, closes);
    d.why.inputs = {{"local_time", base::value::of(std::string_view{clock})},
                    {"zone", base::value::of(zone_name(w))},
                    {"opens", base::value::of(std::string_view{opens})},
                    {"closes", base::value::of(std::string_view{closes})},
                    {"outside", base::value::of(base::duration{apart})}};
    d.why.threshold = base::value::of(params_.grace);
    d.why.rule = "outside opening hours by more than grace";
    out.emit(d);
  }

  void alarm(const usual_week& w, int minute, double usual, entity::context& out) const {
    static constexpr std::array names{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};
    const auto slot = models::hour_of_week(w.hour);
    const auto clock = clock_text(minute);
    const auto chance = -std::expm1(-usual);
    entity::decision d;
    d.code = "off_hours";
    d.severity = entity::severity::medium;
    d.until = out.now() + params_.valid;
    d.value = {
        {"score", base::value::of(std::log(std::max(chance, rare * rare)) / std::log(rare))}};
    d.why.text = fmt::format("A sale on {} at {} ({}), when nothing is ever sold here.",
                             names[slot / 24], clock, zone_name(w));
    d.why.inputs = {{"local_time", base::value::of(std::string_view{clock})},
                    {"zone", base::value::of(zone_name(w))},
                    {"usual_sales_in_hour", base::value::of(usual)},
                    {"weeks_seen", base::value::of(std::int64_t{w.sales.visits[slot]})}};
    d.why.threshold = base::value::of(rare);
    d.why.rule = "learned chance of a sale in this hour of the week < threshold";
    out.emit(d);
  }

  off_hours_params params_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  off_hours_params params;
  params.every_stream = !from.has("of");
  params.of = from.take_event_expression("of");
  params.opens = from.actor_expression("opens");
  params.closes = from.actor_expression("closes");
  params.zone = from.actor_expression("zone");
  params.grace = from.duration("grace");
  params.valid = from.duration("valid");
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_off_hours(std::move(params));
}

/// Refuses a literal that is no time of day, or no zone. What a table says is known later only.
template <class Good>
std::optional<entity::refusal> refuse_literal(const actor_expression& e, std::string parameter,
                                              std::string message, Good good) {
  if (e == nullptr || !e->reads().empty() || good(value_of(e, {}))) {
    return std::nullopt;
  }
  return entity::refusal{std::move(parameter), std::move(message)};
}

}  // namespace

std::optional<entity::refusal> off_hours_params::validate() const {
  if ((opens == nullptr) != (closes == nullptr)) {
    return entity::refusal{opens == nullptr ? "opens" : "closes",
                           "opens and closes are given together, or left out together"};
  }
  const auto is_time = [](const base::value& v) { return minute_of(v).has_value(); };
  const auto is_zone = [](const base::value& v) {
    return v.type().kind == base::kind::string && base::zone::find(v.as_string()) != nullptr;
  };
  if (auto wrong = refuse_literal(opens, "opens", "must be a time of day such as 07:00", is_time)) {
    return wrong;
  }
  if (auto wrong =
          refuse_literal(closes, "closes", "must be a time of day such as 21:00", is_time)) {
    return wrong;
  }
  return refuse_literal(zone, "zone", "must be a time zone such as Europe/Berlin", is_zone);
}

std::unique_ptr<entity::behaviour> make_off_hours(off_hours_params params) {
  return std::make_unique<off_hours>(std::move(params));
}

entity::model off_hours_model() {
  entity::model m;
  m.section = entity::section::decides;
  m.family = "anomaly";
  m.name = "off_hours";
  m.summary = "A sale while the shop is closed, by stated or by learned hours";
  auto of = event_parameter("of", base::kind::null,
                            "Only streams that have this are sales; every stream, unless said");
  of.required = false;
  m.parameters = {
      actor_parameter("opens", base::kind::string, "When it opens, as 07:00; learned, unless said"),
      actor_parameter("closes", base::kind::string,
                      "When it closes, as 21:00; at or before opens is the next day's"),
      actor_parameter("zone", base::kind::string,
                      "Its time zone, as Europe/Berlin; UTC, unless said"),
      duration_parameter("grace", "15m", "0s", "12h",
                         "Before opening and after closing that is still work"),
      std::move(of),
      duration_parameter("valid", "1d", "1m", "400d", "How long an alarm is worth looking into"),
  };
  m.make = make;
  m.codes = {"off_hours"};
  return m;
}

}  // namespace aisle::shop
