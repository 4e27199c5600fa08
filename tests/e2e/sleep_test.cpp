// SPDX-License-Identifier: Apache-2.0
// Where actors sleep and wake changes nothing that comes out, in every topology that ships; retail
// has its test in actors_test.cpp.
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

class dice {
 public:
  explicit dice(unsigned seed) : chance_{seed} {}
  /// 0 to sides - 1.
  int operator()(int sides) { return static_cast<int>(chance_() % static_cast<unsigned>(sides)); }

 private:
  std::mt19937 chance_;
};

/// `2011-03-17`, for a day of a year that is made of months of 28 days.
std::string date_of(int day) {
  return fmt::format("2011-{:02}-{:02}", 1 + day / 28 % 12, 1 + day % 28);
}

std::string moment_of(int minute) {
  return fmt::format("{} {:02}:{:02}:00", date_of(minute / 1'440), minute / 60 % 24, minute % 60);
}

/// Three thousand lines of invoices: some go back a while, some are far too dear, some are returns.
std::string invoices() {
  dice chance{5};
  std::string csv =
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
  for (int i = 0; i < 3'000; ++i) {
    const auto sku = chance(12);
    const auto price = 1.25 * (1 + sku) * (chance(60) == 0 ? 100 : 1);
    csv += fmt::format("{},S{},x,{},{},{:.2f},7,{}\n", i, sku, chance(20) == 0 ? -1 : 1 + chance(5),
                       moment_of(i * 40 - (chance(8) == 0 ? chance(30) : 0) + 30), price,
                       chance(3) == 0 ? "Norway" : "Italy");
  }
  return csv;
}

std::string journey_lines() {
  dice chance{6};
  std::string csv =
      "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,"
      "coupon_match_disc,week,transaction_timestamp_utc\n";
  for (int i = 0; i < 2'000; ++i) {
    auto moment = moment_of(i * 7);
    moment[10] = 'T';
    csv += fmt::format("1,{},{},{},1,{}.{:02},0.00,0.00,0.00,1,{}Z\n", chance(5), i, chance(30),
                       1 + (chance(90) == 0 ? 900 : chance(9)), chance(100), moment);
  }
  return csv;
}

std::string products() {
  std::string csv =
      "product_id,manufacturer_id,department,brand,product_category,product_type,package_size\n";
  for (int i = 0; i < 25; ++i) {
    csv += fmt::format("{},1,{},National,C,T,1 LB\n", i, i % 2 == 0 ? "GROCERY" : "MEAT");
  }
  return csv;
}

std::string daily_sales() {
  dice chance{7};
  std::string csv = "date,store_id,sku,units\n";
  for (int day = 0; day < 90; ++day) {
    for (int sku = 0; sku < 8; ++sku) {
      csv += fmt::format("{},N{},S{},{}\n", date_of(day), sku % 2, sku, chance(9));
    }
  }
  return csv;
}

std::string points() {
  dice chance{8};
  std::string csv = "timestamp,value\n";
  for (int i = 0; i < 1'500; ++i) {
    csv += fmt::format("{},{}\n", moment_of(i * 5), chance(200) == 0 ? 900.5 : 40.0 + chance(7));
  }
  return csv;
}

std::vector<std::string> results_of_run(const temp_folder& in, const strings& topology,
                                        const strings& more) {
  strings command{"run", "--bounded", "--overwrite", "--out", in / "out"};
  command.insert(command.end(), topology.begin(), topology.end());
  command.insert(command.end(), more.begin(), more.end());
  aisle_done(command);
  auto results = results_of(in.path() / "out");
  results.push_back(summary_of(in.path() / "out").dump());
  return results;
}

/// With room for nobody who is not at work, so that everybody sleeps after each of its events, and
/// with room for some.
void check_sleep_changes_nothing(const temp_folder& in, const strings& topology,
                                 std::size_t least) {
  const auto wanted = results_of_run(in, topology, {});
  CHECK(wanted.size() > least);
  CHECK((results_of_run(in, topology, {"--memory", "1B"}) == wanted));
  CHECK((results_of_run(in, topology, {"--memory", "48KiB", "--shards", "1"}) == wanted));
  CHECK((results_of_run(in, topology, {"--memory", "160KiB", "--shards", "3"}) == wanted));
}

TEST_CASE("online-retail: the same output when actors sleep after every event, and when some do") {
  const temp_folder in;
  check_sleep_changes_nothing(
      in, {"online-retail", "--set", "lines=" + in.write("lines.csv", invoices())}, 1'000);
}

TEST_CASE("complete-journey: the same output when actors sleep") {
  const temp_folder in;
  check_sleep_changes_nothing(
      in,
      {"complete-journey", "--set", "lines=" + in.write("lines.csv", journey_lines()), "--set",
       "products=" + in.write("products.csv", products())},
      1'000);
}

TEST_CASE("demand: the same forecasts when series sleep") {
  const temp_folder in;
  check_sleep_changes_nothing(
      in, {"demand", "--set", "sales=" + in.write("sales.csv", daily_sales()), "--set", "every=7d"},
      50);
}

TEST_CASE("series: the same scores when the one actor there is sleeps") {
  const temp_folder in;
  check_sleep_changes_nothing(in, {"series", "--set", "points=" + in.write("points.csv", points())},
                              1'400);
}

}  // namespace
}  // namespace aisle::e2e
