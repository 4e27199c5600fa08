// SPDX-License-Identifier: Apache-2.0
#include "actors/sku/price_error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "actors/model_state.hpp"
#include "actors/wording.hpp"

namespace aisle::shop {
namespace {

using models::price_check;

constexpr std::uint32_t accepted_before_alarm = 5;
constexpr std::uint32_t known_after = 3;  // times an odd price is seen
constexpr double same_price = 0.05;       // apart, as a share
constexpr double scatter_times = 4;
constexpr double scatter_alpha = 0.01;
constexpr double scatter_prior = 20;  // lines at the reference that are believed before the first

/// A price far from the usual one.
struct odd_price {
  double price = 0;
  std::uint32_t seen = 0;
};

void fields(auto& archive, is<odd_price> auto& o) { archive({"price", "seen"}, o.price, o.seen); }

struct priced {
  price_check check;
  std::array<odd_price, 4> odd{};
  double scatter = 0;  ///< usual |ln(price/reference)|
  double lines = 0;    ///< it rests on, saturating
};

void fields(auto& archive, is<priced> auto& p) {
  archive({"check", "odd", "scatter", "lines"}, p.check, p.odd, p.scatter, p.lines);
}

void learn_scatter(priced& p, double r) {
  p.lines = std::min(p.lines + 1, 1e6);
  const double a = std::max(scatter_alpha, 1 / (p.lines + scatter_prior));
  p.scatter += a * (std::min(r, std::log(100.0)) - p.scatter);
}

/// How often about this price was seen before; counts it. The one seen least makes room for a new
/// one.
std::uint32_t note_odd(priced& p, double price) {
  auto place = std::ranges::find_if(
      p.odd, [&](const odd_price& o) { return std::abs(price - o.price) <= same_price * o.price; });
  if (place == p.odd.end()) {
    place = std::ranges::min_element(p.odd, {}, &odd_price::seen);
    *place = {price, 0};
  }
  const auto before = place->seen;
  place->seen = std::min(before + 1, 1'000'000U);
  return before;
}

/// A line as the rule sees it.
struct sold_line {
  base::value price;
  std::optional<double> list;
  std::optional<double> cost;
  double limit = 0;  ///< of |ln(price/reference)|
};

/// `10 times too high`, `3.4 times too low`
std::string off_text(double price, double reference) {
  const bool high = price > reference;
  return fmt::format("{} times too {}", figure_text(high ? price / reference : reference / price),
                     high ? "high" : "low");
}

std::string reference_text(const sold_line& line, double reference) {
  return fmt::format("{} {}", line.list ? "the list price is" : "the usual price is",
                     money_text(reference));
}

std::string text_of(const sold_line& line, const price_check::verdict& found) {
  const auto price = amount_text(line.price);
  const auto reference = reference_text(line, found.reference);
  const auto off = line.price.to_number();
  switch (found.what) {
    case price_check::fault::not_positive:
      return fmt::format("Sold at {}; {}.", price, reference);
    case price_check::fault::decimal_slip:
      return fmt::format("Sold at {}, {}: {}. The decimal point looks misplaced.", price,
                         off_text(off, found.reference), reference);
    case price_check::fault::below_cost:
      return fmt::format("Sold at {}, below its cost of {}; {}.", price, money_text(*line.cost),
                         reference);
    case price_check::fault::far_off:
    case price_check::fault::none:
      break;
  }
  return fmt::format("Sold at {}, {}: {}.", price, off_text(off, found.reference), reference);
}

std::string_view rule_of(price_check::fault what) {
  switch (what) {
    case price_check::fault::not_positive:
      return "price <= 0";
    case price_check::fault::decimal_slip:
      return "price is 10 or 100 times the reference, or a part of it";
    case price_check::fault::below_cost:
      return "price < cost";
    case price_check::fault::far_off:
    case price_check::fault::none:
      break;
  }
  return "|ln(price/reference)| > threshold";
}

/// Below cost low; otherwise medium up to 5 times the reference or a fifth of it, high beyond.
entity::severity severity_of(const price_check::verdict& found) {
  if (found.what == price_check::fault::below_cost) {
    return entity::severity::low;
  }
  const bool far = found.what == price_check::fault::not_positive || found.score > std::log(5.0);
  return far ? entity::severity::high : entity::severity::medium;
}

/// How many times past its limit; nothing for a price is as bad as a hundredth of it.
double score_of(const sold_line& line, const price_check::verdict& found) {
  if (found.what == price_check::fault::below_cost) {
    return *line.cost / line.price.to_number();
  }
  const auto r = found.what == price_check::fault::not_positive ? std::log(100.0) : found.score;
  return r / line.limit;
}

class price_error final : public entity::behaviour_of<priced> {
 public:
  explicit price_error(price_error_params params) : params_{std::move(params)} {}

  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return params_.of.feeds(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(priced& state, const entity::event& e, entity::context& out) const override {
    const auto price = params_.of.of(e);
    const auto units = params_.units.of(e);
    if (price.is_null() || (!units.is_null() && units.to_number() <= 0)) {
      return;
    }
    const sold_line line{price, number_of(params_.list, e.rows), number_of(params_.cost, e.rows),
                         std::max(std::log(params_.check.ratio), scatter_times * state.scatter)};
    auto after = state;
    const auto found = after.check.observe(params_.check, price.to_number(), line.list, line.cost);
    learn_scatter(after, found.score);
    const bool odd = is_odd(state, line, found);
    const bool known = odd && !line.list && note_odd(after, price.to_number()) >= known_after;
    if (odd && !known) {
      alarm(line, found, out);
    }
    state = after;
  }
  void write(const priced& state, base::packer& to) const override { pack_state(to, state); }
  void show(const priced& state, std::string& json) const override { show_state(json, state); }
  void read(priced& state, std::uint32_t, base::unpacker& from) const override {
    unpack_state(from, state);
  }

 private:
  static bool is_odd(const priced& before, const sold_line& line,
                     const price_check::verdict& found) {
    if (!line.list && before.check.count < accepted_before_alarm) {
      return false;
    }
    switch (found.what) {
      case price_check::fault::none:
        return false;
      case price_check::fault::not_positive:
      case price_check::fault::below_cost:
        return true;
      case price_check::fault::decimal_slip:
      case price_check::fault::far_off:
        break;
    }
    return found.score > line.limit;
  }

  void alarm(const sold_line& line, const price_check::verdict& found, entity::context& out) const {
    entity::decision d;
    d.code = found.what == price_check::fault::decimal_slip ? "decimal_slip" : "price_error";
    d.severity = severity_of(found);
    d.until = out.now() + params_.valid;
    d.value = {{"score", base::value::of(score_of(line, found))}};
    d.why.text = text_of(line, found);
    d.why.inputs = {{"price", line.price},
                    {"reference", base::value::of(found.reference)},
                    {"reference_is", base::value::of(line.list ? std::string_view{"list price"}
                                                               : std::string_view{"usual price"})},
                    {"distance", base::value::of(found.score)},
                    {"cost", line.cost ? base::value::of(*line.cost) : base::value{}}};
    d.why.threshold = base::value::of(line.limit);
    if (found.what == price_check::fault::below_cost) {
      d.why.threshold = base::value::of(*line.cost);
    } else if (found.what == price_check::fault::not_positive) {
      d.why.threshold = base::value::of(0.0);
    }
    d.why.rule = rule_of(found.what);
    out.emit(d);
  }

  price_error_params params_;
};

std::expected<std::unique_ptr<entity::behaviour>, entity::refusal> make(entity::settings& from) {
  price_error_params params;
  params.of = from.take_event_expression("of");
  params.units = event_expression_or(from, "units", "quantity");
  params.list = from.actor_expression("list");
  params.cost = from.actor_expression("cost");
  params.check.ratio = from.number("ratio");
  params.valid = from.duration("valid");
  if (auto wrong = params.validate()) {
    return std::unexpected{std::move(*wrong)};
  }
  return make_price_error(std::move(params));
}

}  // namespace

std::optional<entity::refusal> price_error_params::validate() const {
  if (!(check.ratio > 1)) {
    return entity::refusal{"ratio", "must be above 1"};
  }
  return std::nullopt;
}

std::unique_ptr<entity::behaviour> make_price_error(price_error_params params) {
  return std::make_unique<price_error>(std::move(params));
}

entity::model price_error_model() {
  entity::model m;
  m.section = entity::section::decides;
  m.family = "anomaly";
  m.name = "price_error";
  m.summary = "A line sold far from its list price, or from its usual one, or below cost";
  m.parameters = {
      event_parameter("of", base::kind::number, "Price of one unit"),
      actor_parameter("list", base::kind::number,
                      "List price; the median of accepted prices, unless said"),
      actor_parameter("cost", base::kind::number, "Cost of one unit; not checked, unless said"),
      number_parameter("ratio", "2", {1.05, 100},
                       "Times the reference, or a part of it, that is too far"),
      field_parameter("units", "quantity", base::kind::number,
                      "Units of the line: returns are not judged"),
      duration_parameter("valid", "1d", "1m", "400d", "How long an alarm is worth looking into"),
  };
  m.make = make;
  m.codes = {"price_error", "decimal_slip"};
  return m;
}

}  // namespace aisle::shop
