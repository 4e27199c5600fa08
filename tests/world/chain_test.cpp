// SPDX-License-Identifier: Apache-2.0
#include "tools/world/chain.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "tests/world/recorder.hpp"

using namespace aisle::world;
using namespace std::chrono_literals;

namespace {

/// Twelve stores, all three zones, and incidents twenty times as often as usual.
const lived& busy_week() {
  static const auto life = [] {
    world_options options;
    options.seed = 11;
    options.stores = 12;
    options.skus = 300;
    options.days = 8;
    options.anomalies = 0.02;
    return live(options);
  }();
  return *life;
}

std::map<anomaly, int> planted_in(const lived& life) {
  std::map<anomaly, int> found;
  for (const auto& each : life.seen.sales) {
    if (each.what.planted) {
      ++found[*each.what.planted];
    }
  }
  return found;
}

const branch& store_of(const lived& life, const kept_sale& each) {
  return life.world->branches()[each.what.store];
}

/// The price the till should have asked for.
money true_price(const lived& life, sku_index sku, calendar_day date) {
  const auto reduced = promotion_of(life.options.seed, life.world->goods(), sku, date);
  return reduced ? reduced->price : life.world->goods()[sku].price;
}

using shelf_key = std::pair<branch_index, sku_index>;

}  // namespace

TEST_CASE("a total is the sum of its lines, to the cent") {
  for (const auto& each : busy_week().seen.sales) {
    std::int64_t cents = 0;
    for (const auto& line : each.lines) {
      cents += line.quantity * line.unit_price.cents;
      CHECK(line.quantity != 0);
      CHECK(line.unit_price > money{});
    }
    CHECK(each.what.total.cents == cents);
    CHECK(std::abs(cents) < 100'000'000);
  }
}

TEST_CASE("nothing is sold while a store is closed but what is planted there") {
  const auto& life = busy_week();
  int planted = 0;
  for (const auto& each : life.seen.sales) {
    const auto& store = store_of(life, each);
    const auto clock = clock_of(each.what);
    const auto open =
        clock >= std::chrono::hours{store.opens} && clock < std::chrono::hours{store.closes};
    if (each.what.planted == anomaly::off_hours) {
      ++planted;
      CHECK((clock <= std::chrono::hours{store.opens} - 90min ||
             clock >= std::chrono::hours{store.closes} + 90min));
    } else {
      CHECK(open);
    }
  }
  CHECK(planted > 10);
}

TEST_CASE("a store's days are those asked for, on its own calendar") {
  const auto& life = busy_week();
  const calendar_day first{life.options.start};
  std::set<calendar_day> seen;
  for (const auto& each : life.seen.sales) {
    seen.insert(local_date(each.what));
  }
  REQUIRE(seen.size() == 8);
  CHECK(*seen.begin() == first);
  CHECK(*seen.rbegin() == first + std::chrono::days{7});
}

TEST_CASE("the book stock is never below zero, and a count never finds more than the book says") {
  const auto& life = busy_week();
  std::map<shelf_key, std::int64_t> book;  // nothing: unknown until the next count
  int counted = 0;
  for (const auto& [is_sale, at] : life.seen.order) {
    if (is_sale) {
      const auto& sold = life.seen.sales[at];
      for (const auto& line : sold.lines) {
        const auto entry = book.find({sold.what.store, line.sku});
        if (entry == book.end()) {
          continue;
        }
        if (sold.what.planted == anomaly::amount) {
          book.erase(entry);
        } else {
          entry->second -= line.quantity;
          CHECK(entry->second >= 0);
        }
      }
      continue;
    }
    const auto& move = life.seen.moves[at];
    const shelf_key key{move.store, move.sku};
    const auto entry = book.find(key);
    if (move.kind == move_kind::count) {
      CHECK(move.units >= 0);
      CHECK((entry == book.end() || entry->second >= move.units));
      book[key] = move.units;
      ++counted;
    } else if (entry != book.end() && move.kind != move_kind::ordered) {
      CHECK(move.units > 0);
      entry->second += move.kind == move_kind::receipt ? move.units : -move.units;
      CHECK(entry->second >= 0);
    }
  }
  CHECK(counted > 12 * 150);
}

TEST_CASE("every shelf is counted before anything else happens to it") {
  const auto& life = busy_week();
  std::set<shelf_key> counted;
  for (const auto& [is_sale, at] : life.seen.order) {
    if (!is_sale && life.seen.moves[at].kind == move_kind::count) {
      counted.insert({life.seen.moves[at].store, life.seen.moves[at].sku});
    } else if (is_sale) {
      for (const auto& line : life.seen.sales[at].lines) {
        CHECK(counted.contains({life.seen.sales[at].what.store, line.sku}));
      }
    }
  }
}

TEST_CASE("what arrives was ordered at least a day before, in whole packs") {
  const auto& life = busy_week();
  std::multimap<shelf_key, stock_move> open;
  int received = 0;
  for (const auto& move : life.seen.moves) {
    const auto& what = life.world->goods()[move.sku];
    if (move.kind == move_kind::ordered) {
      CHECK(move.units % what.pack == 0);
      CHECK(move.units >= what.moq);
      open.insert({{move.store, move.sku}, move});
    } else if (move.kind == move_kind::receipt) {
      const auto [first, last] = open.equal_range({move.store, move.sku});
      const auto order = std::find_if(
          first, last, [&](const auto& each) { return each.second.units == move.units; });
      REQUIRE(order != last);
      CHECK(move.at - order->second.at > 6h);
      open.erase(order);
      ++received;
    }
  }
  CHECK(received > 100);
}

TEST_CASE("customers turn away from empty shelves, and that is told") {
  const auto& life = busy_week();
  std::int64_t lost = 0;
  std::int64_t sold = 0;
  for (const auto& each : life.seen.lost) {
    CHECK(each.units > 0);
    CHECK(each.value > money{});
    lost += each.units;
  }
  for (const auto& each : life.seen.sales) {
    for (const auto& line : each.lines) {
      sold += each.what.planted == anomaly::amount ? 0 : line.quantity;
    }
  }
  CHECK(lost > 0);
  CHECK(lost < sold / 10);
}

TEST_CASE("more than ten sales in a minute at one till are planted, from the eleventh on") {
  const auto& life = busy_week();
  std::map<std::pair<branch_index, std::uint16_t>, std::vector<const kept_sale*>> tills;
  for (const auto& each : life.seen.sales) {
    tills[{each.what.store, each.what.terminal}].push_back(&each);
  }
  int bursts = 0;
  for (const auto& [till, sales] : tills) {
    for (std::size_t i = 0; i < sales.size(); ++i) {
      const auto fast = i >= 10 && sales[i]->what.at - sales[i - 10]->what.at < 60s;
      CHECK((sales[i]->what.planted == anomaly::velocity) == fast);
      bursts += fast ? 1 : 0;
    }
  }
  CHECK(bursts > 10);
}

TEST_CASE("terminals number their sales from one, every day") {
  const auto& life = busy_week();
  std::map<std::tuple<branch_index, std::uint16_t, calendar_day>, std::uint32_t> last;
  for (const auto& each : life.seen.sales) {
    auto& number = last[{each.what.store, each.what.terminal, local_date(each.what)}];
    CHECK(each.what.number == ++number);
  }
}

TEST_CASE("a unit price is that of the day unless a price error or a slip is planted") {
  const auto& life = busy_week();
  for (const auto& each : life.seen.sales) {
    int wrong = 0;
    for (const auto& line : each.lines) {
      const auto& what = life.world->goods()[line.sku];
      if (line.unit_price == true_price(life, line.sku, local_date(each.what))) {
        continue;
      }
      ++wrong;
      const auto list = static_cast<double>(what.price.cents);
      const auto ratio = std::abs(std::log(static_cast<double>(line.unit_price.cents) / list));
      if (each.what.planted == anomaly::decimal_slip) {
        CHECK(
            (std::abs(ratio - std::log(10.0)) < 0.05 || std::abs(ratio - std::log(100.0)) < 0.05));
      } else {
        CHECK(each.what.planted == anomaly::price_error);
        CHECK((ratio > std::log(2.0) || line.unit_price < what.cost));
      }
    }
    const auto mistaken =
        each.what.planted == anomaly::price_error || each.what.planted == anomaly::decimal_slip;
    CHECK(wrong == (mistaken ? 1 : 0));
  }
}

TEST_CASE("a planted amount is twenty times the honest one or more; honest quantities are small") {
  const auto& life = busy_week();
  for (const auto& each : life.seen.sales) {
    const auto largest = std::ranges::max(each.lines, {}, &sale_line::quantity);
    if (each.what.planted == anomaly::amount) {
      const auto rest = each.what.total - largest.quantity * largest.unit_price;
      CHECK(each.what.total >= 20 * (rest + largest.unit_price));
    } else {
      CHECK(largest.quantity <= 60);
    }
  }
}

TEST_CASE("incidents come about as often as asked for, in the documented shares") {
  const auto& life = busy_week();
  const auto all = 0.02 * static_cast<double>(life.seen.sales.size());
  auto found = planted_in(life);
  const auto near = [&](anomaly code, double share) {
    const auto wished = share * all;
    // A burst is up to eight anomalies at once; a mistake that does not fit is not made.
    const auto slack = 4.0 * std::sqrt(wished * (code == anomaly::velocity ? 8.0 : 1.0));
    CHECK(found[code] > 0.8 * wished - slack);
    CHECK(found[code] < wished + slack);
  };
  near(anomaly::amount, 0.30);
  near(anomaly::price_error, 0.20);
  near(anomaly::decimal_slip, 0.20);
  near(anomaly::off_hours, 0.15);
  near(anomaly::velocity, 0.15);
}

TEST_CASE("about one transaction in a hundred is a return, with nothing but negative lines") {
  const auto& life = busy_week();
  int returns = 0;
  for (const auto& each : life.seen.sales) {
    const auto negative = [](const sale_line& line) { return line.quantity < 0; };
    const auto count = std::ranges::count_if(each.lines, negative);
    CHECK((count == 0 || count == std::ssize(each.lines)));
    returns += count > 0 ? 1 : 0;
  }
  const auto share = static_cast<double>(returns) / static_cast<double>(life.seen.sales.size());
  CHECK(share > 0.007);
  CHECK(share < 0.013);
}

TEST_CASE("clicks make a funnel: views, fewer carts, and of these some purchases") {
  world_options options;
  options.stores = 10;
  options.skus = 200;
  options.days = 20;
  const auto life = live(options);
  std::map<click_kind, double> count;
  std::set<std::pair<std::uint64_t, sku_index>> carted;
  auto last = instant::min();
  for (const auto& each : life->seen.clicks) {
    ++count[each.kind];
    CHECK(each.at >= last);
    last = each.at;
    if (each.kind == click_kind::cart) {
      carted.insert({each.session, each.sku});
    } else if (each.kind == click_kind::purchase) {
      CHECK(carted.contains({each.session, each.sku}));
    }
  }
  CHECK(count[click_kind::view] > 10'000);
  const auto carts = count[click_kind::cart] / count[click_kind::view];
  CHECK(carts > 0.022);
  CHECK(carts < 0.033);
  const auto purchases = count[click_kind::purchase] / count[click_kind::cart];
  CHECK(purchases > 0.25);
  CHECK(purchases < 0.40);
}

TEST_CASE("competitors are looked at once a day, and are near our prices but for rare errors") {
  const auto& life = busy_week();
  std::set<std::tuple<std::uint32_t, sku_index, calendar_day>> seen;
  int far = 0;
  for (const auto& each : life.seen.quotes) {
    const auto date = std::chrono::floor<std::chrono::days>(each.at);
    CHECK(seen.insert({each.competitor, each.sku, date}).second);
    const auto ours = life.world->goods()[each.sku].price;
    far += each.price < scaled(ours, 0.6) || each.price > scaled(ours, 1.4) ? 1 : 0;
  }
  CHECK(seen.size() > 3'000);
  CHECK(far < std::ssize(seen) / 50);
}

TEST_CASE(
    "on the day the clock goes forward, clocks and offsets are right and stock still adds up") {
  world_options options;
  options.stores = 6;
  options.skus = 1'000;
  options.days = 3;
  options.start = day_of(2026, 3, 28);
  const auto life = live(options);
  const auto turn = instant{calendar_day{day_of(2026, 3, 29)} + 1h};
  int at_night = 0;
  for (const auto& each : life->seen.sales) {
    const auto zone = store_of(*life, each).zone;
    const auto summer = each.what.at >= turn ? 1h : 0h;
    CHECK(each.what.offset == (zone == 0 ? 1h + summer : zone == 1 ? summer : 3h));
    if (store_of(*life, each).always_open() &&
        local_date(each.what) == calendar_day{day_of(2026, 3, 29)}) {
      const auto clock = clock_of(each.what);
      CHECK((clock < 2h || clock >= 3h));
      at_night += clock < 6h ? 1 : 0;
    }
  }
  CHECK(at_night > 0);
}

TEST_CASE("honest totals spread as the README says, and a few of them are very large") {
  world_options options;
  options.stores = 4;
  options.days = 3;
  options.anomalies = 0.0;
  const auto life = live(options);
  auto sum = 0.0;
  auto squares = 0.0;
  auto count = 0.0;
  auto largest = money{};
  for (const auto& each : life->seen.sales) {
    if (each.what.total > money{}) {
      const auto x = std::log(static_cast<double>(each.what.total.cents));
      sum += x;
      squares += x * x;
      ++count;
      largest = std::max(largest, each.what.total);
    }
  }
  const auto mean = sum / count;
  const auto sigma = std::sqrt(squares / count - mean * mean);
  CHECK(sigma == doctest::Approx(0.84).epsilon(0.04));
  CHECK(std::log(static_cast<double>(largest.cents)) > mean + 3.3 * sigma);
}

TEST_CASE("the smallest world works") {
  world_options options;
  options.stores = 1;
  options.skus = 1;
  options.days = 1;
  const auto life = live(options);
  CHECK_FALSE(life->seen.sales.empty());
  CHECK(life->seen.moves.front().kind == move_kind::count);
}
