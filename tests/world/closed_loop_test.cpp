// SPDX-License-Identifier: Apache-2.0
#include "tools/world/closed_loop.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "tests/world/recorder.hpp"
#include "tools/world/goods.hpp"

namespace aisle::world {
namespace {

closed_loop_options small() {
  closed_loop_options options;
  options.world.seed = 7;
  options.world.stores = 2;
  options.world.skus = 40;
  options.world.days = 20;
  options.world.out = "unused";
  options.learn_days = 5;
  return options;
}

closed_loop_result run(const closed_loop_options& options, advisor* who) {
  return run_closed_loop(options, who).value();
}

// The text between two marks of a record.
std::string between(std::string_view record, std::string_view before, std::string_view after) {
  const auto begin = record.find(before) + before.size();
  return std::string{record.substr(begin, record.find(after, begin) - begin)};
}

// Listens, and says what it was given to say at its hour.
class script final : public advisor {
 public:
  std::multimap<instant, advice> says;
  std::map<std::string, std::vector<std::string>> told;  // by topic
  std::vector<instant> asked;

  void tell(std::string_view topic, const topic_record& record) override {
    told[std::string{topic}].emplace_back(record.line);
  }
  std::vector<advice> advise(instant now) override {
    asked.push_back(now);
    std::vector<advice> all;
    const auto [first, last] = says.equal_range(now);
    for (auto each = first; each != last; ++each)
      all.push_back(each->second);
    return all;
  }
};

instant day(const closed_loop_options& of, int number) {
  return calendar_day{of.world.start} + std::chrono::days{number};
}

TEST_CASE("the books add up, and hold only the days after learning") {
  const auto books = run(small(), nullptr).books;
  CHECK(books.days == 15);
  CHECK(books.orders > 0);
  CHECK(books.units_sold > 1000);
  CHECK(books.profit() ==
        books.revenue - books.goods_cost - books.shrink - books.ordering - books.holding);
  CHECK(books.ordering == books.orders * small().rates.order_line);
  CHECK(books.stock_held() > money{0});
  CHECK(books.lost_units > 0);
  CHECK(books.fill() > 0.9);
  auto longer = small();
  longer.learn_days = 0;
  CHECK(run(longer, nullptr).books.revenue > books.revenue);
}

TEST_CASE("the same chain and the same advice give the same books") {
  CHECK(to_json(run(small(), nullptr).books) == to_json(run(small(), nullptr).books));
  auto other = small();
  other.world.seed = 8;
  CHECK(to_json(run(small(), nullptr).books) != to_json(run(other, nullptr).books));
}

TEST_CASE("an advisor who is obeyed and says nothing empties the shelves") {
  script silent;
  const auto left_alone = run(small(), &silent);
  const auto own = run(small(), nullptr);
  CHECK(left_alone.obeyed_orders == 0);
  CHECK(left_alone.books.orders == 0);
  CHECK(left_alone.books.lost_units > 3 * own.books.lost_units);
  CHECK(left_alone.books.stock_end < own.books.stock_end);
  CHECK(left_alone.events > 0);
  CHECK(silent.told.size() == 4);
  CHECK(silent.asked.size() >= 20 * 24);
  CHECK(std::ranges::is_sorted(silent.asked));
}

TEST_CASE("an order comes in whole packs after the true lead time, and is told as a move") {
  const auto options = small();
  const auto goods = make_goods(options.world);
  const auto& what = goods.front();
  script buyer;
  const auto when = day(options, 8);
  buyer.says.emplace(when, advice{.kind = advice::kind::order,
                                  .store_id = "S001",
                                  .sku = what.sku,
                                  .units = 10 * what.pack + 1,
                                  .price = {},
                                  .until = instant::max()});
  CHECK(run(options, &buyer).obeyed_orders == 1);
  std::vector<std::string> ordered;
  std::vector<std::string> received;
  for (const auto& move : buyer.told["inventory-changes"]) {
    const bool this_shelf = move.find("\"S001\"") != std::string::npos &&
                            move.find('"' + what.sku + '"') != std::string::npos &&
                            between(move, "\"timestamp\":\"", "T") >= "2026-01-13";
    if (this_shelf && move.find("\"ordered\"") != std::string::npos) ordered.push_back(move);
    if (this_shelf && move.find("\"receipt\"") != std::string::npos) received.push_back(move);
  }
  REQUIRE(ordered.size() == 1);
  const auto units = std::stoll(between(ordered.front(), "\"units\":", "}"));
  CHECK(units % what.pack == 0);
  CHECK(units >= 10 * what.pack + 1);
  CHECK(units < 10 * what.pack + 1 + 2 * what.pack);
  bool came = false;
  for (const auto& move : received)
    came = came || std::stoll(between(move, "\"units\":", "}")) == units;
  CHECK(came);
}

TEST_CASE("advice from the learning days is obeyed at their end if it still stands") {
  const auto options = small();
  const auto goods = make_goods(options.world);
  script buyer;
  const auto say = [&](std::size_t sku, const std::string& store, instant until) {
    buyer.says.emplace(day(options, 5) - std::chrono::hours{1}, advice{.kind = advice::kind::order,
                                                                       .store_id = store,
                                                                       .sku = goods[sku].sku,
                                                                       .units = 5,
                                                                       .price = {},
                                                                       .until = until});
  };
  say(0, "S001", day(options, 9));
  say(1, "S001", day(options, 5));
  say(2, "nowhere", day(options, 9));
  CHECK(run(options, &buyer).obeyed_orders == 1);
}

TEST_CASE("a price holds from the next midnight, and demand answers it") {
  const auto options = small();
  const auto goods = make_goods(options.world);
  const auto& what = goods.front();
  const auto half = scaled(what.price, 0.5);
  script seller;
  seller.says.emplace(day(options, 8), advice{.kind = advice::kind::price,
                                              .store_id = {},
                                              .sku = what.sku,
                                              .units = 0,
                                              .price = half,
                                              .until = instant::max()});
  auto only_prices = options;
  only_prices.obey_orders = false;
  const auto result = run(only_prices, &seller);
  CHECK(result.obeyed_prices == 1);
  CHECK(result.books.price_changes == 1);
  const auto price = '"' + std::to_string(half.cents / 100) + '.' +
                     (half.cents % 100 < 10 ? "0" : "") + std::to_string(half.cents % 100) + '"';
  int before = 0;
  int after = 0;
  for (const auto& sale : seller.told["transactions"]) {
    const auto at = sale.find("\"sku\":\"" + what.sku + '"');
    if (at == std::string::npos) continue;
    const bool is_half = sale.find("\"unit_price\":" + price, at) != std::string::npos;
    (between(sale, "\"timestamp\":\"", "T") < "2026-01-14" ? before : after) += is_half ? 1 : 0;
  }
  CHECK(before == 0);
  CHECK(after > 20);
  CHECK(result.books.units_sold > run(only_prices, nullptr).books.units_sold);
}

TEST_CASE("a price of one product leaves the demand for all others as it was") {
  const auto options = small();
  const auto goods = make_goods(options.world);
  script seller;
  seller.says.emplace(day(options, 6), advice{.kind = advice::kind::price,
                                              .store_id = {},
                                              .sku = goods[3].sku,
                                              .units = 0,
                                              .price = scaled(goods[3].price, 0.8),
                                              .until = instant::max()});
  auto only_prices = options;
  only_prices.obey_orders = false;
  const auto changed = run(only_prices, &seller).books;
  const auto own = run(options, nullptr).books;
  const auto before = static_cast<double>(own.units_sold);
  CHECK(static_cast<double>(changed.units_sold) > 1.005 * before);
  CHECK(static_cast<double>(changed.units_sold) < 1.10 * before);
}

TEST_CASE("what is due is the total without the cashier's mistake") {
  world_options options;
  options.stores = 2;
  options.skus = 60;
  options.days = 3;
  options.anomalies = 0.05;
  const auto life = live(options);
  int mistaken = 0;
  for (const auto& each : life->seen.sales) {
    const bool mistake = each.what.planted && *each.what.planted != anomaly::velocity &&
                         *each.what.planted != anomaly::off_hours;
    CHECK((each.what.due == each.what.total) == !mistake);
    mistaken += mistake ? 1 : 0;
  }
  CHECK(mistaken > 3);
}

TEST_CASE("learning must leave days to be counted") {
  auto options = small();
  options.learn_days = 20;
  const auto refused = run_closed_loop(options, nullptr);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("--learn") != std::string::npos);
}

}  // namespace
}  // namespace aisle::world
