// SPDX-License-Identifier: Apache-2.0
#include "tools/world/branches.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "tools/world/goods.hpp"
#include "tools/world/portable_math.hpp"
#include "tools/world/random.hpp"

namespace aisle::world {
namespace {

struct city {
  std::string_view name;
  std::string_view region;
};

// Two zones with daylight saving time and one without.
constexpr std::string_view all_zones[] = {"Europe/Berlin", "Europe/London", "Europe/Istanbul"};

constexpr city berlin_time[] = {
    {"Hamburg", "North"}, {"Köln", "West"},  {"München", "South"},   {"Leipzig", "East"},
    {"Bremen", "North"},  {"Essen", "West"}, {"Stuttgart", "South"}, {"Dresden", "East"},
    {"Kiel", "North"},    {"Bonn", "West"},  {"Nürnberg", "South"},  {"Berlin", "East"},
};
constexpr city london_time[] = {
    {"Leeds", "Britain North"},  {"Bristol", "Britain South"}, {"York", "Britain North"},
    {"London", "Britain South"}, {"Glasgow", "Britain North"}, {"Oxford", "Britain South"},
};
constexpr city istanbul_time[] = {
    {"Istanbul", "Marmara"},
    {"Izmir", "Aegean"},
    {"Bursa", "Marmara"},
    {"Bodrum", "Aegean"},
};
constexpr std::string_view quarters[] = {"Central", "Station", "Market", "Harbour",
                                         "Park",    "North",   "South",  "Old Town"};

// Six stores of ten in the first zone, three in the second, one in the third.
constexpr std::size_t zone_pattern[] = {0, 1, 0, 0, 2, 0, 1, 0, 1, 0};

constexpr double weekday_rhythm[] = {0.93, 0.89, 0.92, 1.00, 1.18, 1.32, 0.76};

std::span<const city> cities(std::size_t zone) {
  return zone == 0   ? std::span<const city>{berlin_time}
         : zone == 1 ? std::span<const city>{london_time}
                     : std::span<const city>{istanbul_time};
}

/// How many stores before this one are in the same zone.
std::size_t place_in_zone(std::size_t index) {
  const auto zone = zone_pattern[index % std::size(zone_pattern)];
  std::size_t before = 0;
  for (std::size_t i = 0; i < index; ++i) {
    if (zone_pattern[i % std::size(zone_pattern)] == zone) {
      ++before;
    }
  }
  return before;
}

void give_place(branch& store, std::size_t index) {
  store.zone = zone_pattern[index % std::size(zone_pattern)];
  const auto place = place_in_zone(index);
  const auto from = cities(store.zone);
  const auto& town = from[place % from.size()];
  const auto round = place / from.size();
  store.name = fmt::format("{} {}", town.name, quarters[round % std::size(quarters)]);
  if (round >= std::size(quarters)) {
    store.name += fmt::format(" {}", round / std::size(quarters) + 1);
  }
  store.region = town.region;
}

// The fourth store never closes, and in a larger chain the sixteenth does not either.
void give_hours(branch& store, std::size_t index, random_stream& random) {
  if (index == 3 || index == 15) {
    store.opens = 0;
    store.closes = 24;
  } else {
    store.opens = random.whole(7, 9);
    store.closes = random.whole(20, 22);
  }
}

double bump(double hour, double centre, double width) {
  const auto distance = (hour - centre) / width;
  return exponential(-0.5 * distance * distance);
}

void give_rhythm(branch& store, random_stream& random) {
  const auto noon = 11.5 + 0.5 * random.normal();
  const auto evening = 17.5 + 0.5 * random.normal();
  const auto evening_weight = random.between(0.9, 1.5);
  for (int hour = 0; hour < 24; ++hour) {
    const auto middle = hour + 0.5;
    const auto weight = 0.06 + bump(middle, noon, 1.8) +
                        evening_weight * bump(middle, evening, 1.7) + 0.4 * bump(middle, 14.5, 3.0);
    const auto open = hour >= store.opens && hour < store.closes;
    store.hours[static_cast<std::size_t>(hour)] = open ? weight : 0.0;
  }
  for (std::size_t day = 0; day < 7; ++day) {
    store.rhythm[day] = weekday_rhythm[day] * random.around_one(0.06);
  }
  const auto mean = std::accumulate(store.rhythm.begin(), store.rhythm.end(), 0.0) / 7.0;
  std::ranges::for_each(store.rhythm, [&](double& factor) { factor /= mean; });
}

// A small store carries the popular part: from 35 % of all, growing to everything at size 1.2.
std::uint32_t assortment(double size, int skus) {
  const auto share = std::clamp(0.35 + 0.65 * (size - 0.3) / 0.9, 0.35, 1.0);
  return static_cast<std::uint32_t>(std::max(1.0, std::ceil(share * skus)));
}

// A till serves about 50 baskets an hour in comfort; the peak is the best hour of the best day.
int terminals(const branch& store, int skus) {
  const auto all_hours = std::accumulate(store.hours.begin(), store.hours.end(), 0.0);
  const auto peak_hour = std::ranges::max(store.hours) / all_hours;
  const auto peak_day = std::ranges::max(store.rhythm);
  const auto peak = baskets_per_day(skus) * store.size * peak_hour * peak_day;
  return std::clamp(static_cast<int>(std::ceil(peak / 50.0)), 1, 99);
}

branch make_branch(const world_options& options, std::size_t index, int id_width) {
  random_stream random(options.seed, purpose::stores, index);
  branch store{};
  store.id = fmt::format("S{:0{}}", index + 1, id_width);
  give_place(store, index);
  give_hours(store, index, random);
  give_rhythm(store, random);
  store.size = std::clamp(random.around_one(0.45), 0.3, 3.0);
  store.assortment = assortment(store.size, options.skus);
  store.terminals = terminals(store, options.skus);
  return store;
}

}  // namespace

std::span<const std::string_view> zones() { return all_zones; }

std::vector<branch> make_branches(const world_options& options) {
  const auto count = static_cast<std::size_t>(options.stores);
  const auto id_width = count > 9'999 ? 5 : count > 999 ? 4 : 3;
  std::vector<branch> branches;
  branches.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    branches.push_back(make_branch(options, index, id_width));
  }
  branches.front().size *= options.bad_days.partition_skew;
  return branches;
}

}  // namespace aisle::world
