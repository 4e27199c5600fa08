// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/models/demand_forecast.hpp"
#include "tests/models/baselines.hpp"
#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

using testing::chance;

// A year and a half of daily sales of SKUs that sell 0.1 to 30 a day, with a weekly rhythm, and
// one trouble each kind of shop has. Every four weeks the next four are forecast.
constexpr int days = 560;
constexpr int first_origin = 280;
constexpr int horizon = 28;
constexpr int week = 7;

struct family {
  std::string name;
  double drift = 0;        // ln of the level, a day
  double shift_rate = 0;   // new levels a day
  double outage_rate = 0;  // silences of 3 to 33 days begun a day
};

struct product {
  std::vector<double> units;
  double price = 1;
};

std::array<double, week> draw_week(chance& draw) {
  std::array<double, week> shape{};
  double sum = 0;
  for (auto& each : shape)
    sum += each = std::exp(0.25 * draw.normal());
  for (auto& each : shape)
    each *= week / sum;
  return shape;
}

product make_product(const family& kind, chance& draw) {
  product made;
  made.price = std::exp(0.7 * draw.normal());
  const double home = std::log(0.1) + draw.unit() * std::log(300.0);
  const double phi = draw.between(1, 2.5);
  const auto shape = draw_week(draw);
  double level = home;
  int away = 0;
  for (int day = 0; day < days; ++day) {
    if (kind.drift > 0) level += kind.drift * draw.normal() - 0.005 * (level - home);
    if (draw.happens(kind.shift_rate)) level = home + 0.6 * draw.normal();
    if (away == 0 && draw.happens(kind.outage_rate)) {
      away = static_cast<int>(std::exp(draw.between(1, 3.5)));
    }
    const double mean = std::exp(level) * shape[static_cast<std::size_t>(day % week)];
    made.units.push_back(away > 0 ? 0 : static_cast<double>(draw.count(mean, phi)));
    away = std::max(0, away - 1);
  }
  return made;
}

enum method { ours, sba, tsb, ses, mean_of_28, methods };

struct scores {
  std::array<double, methods> rmsse{};  // weighted by revenue
  double weight = 0;
  double covered = 0;  // weeks within the 80 % interval
  double weeks = 0;

  [[nodiscard]] double of(method which) const { return rmsse[which] / weight; }
  [[nodiscard]] double best_baseline() const {
    return *std::min_element(rmsse.begin() + 1, rmsse.end()) / weight;
  }
};

// Mid-probability of a count: uniform for a true law, so that whole numbers do not count as cover.
double mid_probability(const count_law& law, double units) {
  const auto k = static_cast<std::int64_t>(units);
  return law.cdf(k) - 0.5 * law.pmf(k);
}

struct rivals {
  testing::croston croston{};
  testing::tsb tsb{};
  testing::smoothing smoothing{};

  void observe(double units) {
    croston.observe(units);
    tsb.observe(units);
    smoothing.observe(units);
  }
};

class contest {
 public:
  explicit contest(scores& into) : into_(into) {}

  void run(const product& item) {
    auto forecast = demand_forecast::cold_start(how_, item.units[0]);
    rivals others;
    others.smoothing.level = item.units[0];
    std::array<double, methods> squares{};
    double seen = 0;
    for (std::size_t day = 0; day < item.units.size(); ++day) {
      const bool origin = day >= first_origin && (day - first_origin) % horizon == 0;
      if (origin && day + horizon <= item.units.size()) {
        const double mean28 = testing::moving_average(item.units, day, 28);
        const std::array<double, methods> flat{0, others.croston.sba(), others.tsb.forecast(),
                                               others.smoothing.level, mean28};
        add_errors(item, day, forecast, flat, squares);
        add_cover(item, day, forecast);
        seen += horizon;
      }
      forecast.observe(how_, {.weekday = day % week, .units = item.units[day]});
      others.observe(item.units[day]);
    }
    add_scores(item, squares, seen);
  }

 private:
  void add_errors(const product& item, std::size_t day, const demand_forecast& forecast,
                  const std::array<double, methods>& flat, std::array<double, methods>& squares) {
    for (std::size_t ahead = day; ahead < day + horizon; ++ahead) {
      for (std::size_t m = 0; m < methods; ++m) {
        const double guess = m == ours ? forecast.mean(how_, {.weekday = ahead % week}) : flat[m];
        squares[m] += (item.units[ahead] - guess) * (item.units[ahead] - guess);
      }
    }
  }

  void add_cover(const product& item, std::size_t day, const demand_forecast& forecast) {
    std::array<demand_forecast::day, week> ahead{};
    double sold = 0;
    for (std::size_t i = 0; i < week; ++i) {
      ahead[i].weekday = (day + i) % week;
      sold += item.units[day + i];
    }
    const double u = mid_probability(forecast.law(how_, ahead), sold);
    into_.covered += u >= 0.1 && u <= 0.9;
    into_.weeks += 1;
  }

  void add_scores(const product& item, const std::array<double, methods>& squares, double seen) {
    double scale = 0;
    double revenue = 0;
    for (std::size_t day = 1; day < item.units.size(); ++day) {
      const double step = item.units[day] - item.units[day - 1];
      scale += step * step / static_cast<double>(item.units.size() - 1);
      revenue += item.units[day] * item.price;
    }
    if (!(scale > 0)) return;
    into_.weight += revenue;
    for (std::size_t m = 0; m < methods; ++m) {
      into_.rmsse[m] += revenue * std::sqrt(squares[m] / seen / scale);
    }
  }

  demand_forecast::params how_;
  scores& into_;
};

scores run(const family& kind) {
  chance draw(2'023);
  scores all;
  contest race(all);
  for (int i = 0; i < testing::sized(300); ++i)
    race.run(make_product(kind, draw));
  MESSAGE(kind.name, ": RMSSE ", all.of(ours), ", SBA ", all.of(sba), " TSB ", all.of(tsb), " SES ",
          all.of(ses), " MA28 ", all.of(mean_of_28), "; gain ",
          1 - all.of(ours) / all.best_baseline(), "; 80 % interval covers ",
          all.covered / all.weeks);
  return all;
}

void check_gain(const family& kind, double gain_min) {
  const auto all = run(kind);
  CHECK(1 - all.of(ours) / all.best_baseline() > gain_min - testing::tolerance(0.01));
}

TEST_CASE("with a weekly rhythm the forecast is 6 percent better than the best classic method") {
  check_gain({.name = "steady"}, 0.10);
  check_gain({.name = "drifting", .drift = 0.025}, 0.10);
  check_gain({.name = "shifting", .shift_rate = 1.0 / 120}, 0.10);
  check_gain({.name = "with outages", .outage_rate = 1.0 / 90}, 0.06);
}

TEST_CASE("the 80 percent interval of a week covers about 80 percent") {
  for (const auto& kind : {family{.name = "steady"}, family{.name = "drifting", .drift = 0.025}}) {
    const auto all = run(kind);
    const double covered = all.covered / all.weeks;
    CHECK(covered > 0.78 - testing::tolerance(0.005));
    CHECK(covered < 0.85 + testing::tolerance(0.005));
  }
}

}  // namespace
}  // namespace aisle::models
