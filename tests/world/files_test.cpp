// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/world/folder.hpp"
#include "tests/world/recorder.hpp"
#include "tools/world/write_files.hpp"

using namespace aisle::world;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

world_options small_world(const std::filesystem::path& out) {
  world_options options;
  options.stores = 5;
  options.skus = 60;
  options.days = 3;
  options.start = day_of(2024, 3, 29);
  options.out = out;
  return options;
}

/// As small_world, with so many faults that every kind comes in every file.
world_options faulty_world(const std::filesystem::path& out) {
  auto options = small_world(out);
  options.anomalies = 0.02;
  options.faults = {.duplicates = 0.05, .stragglers = 0.03, .bad_records = 0.08};
  return options;
}

const std::vector<std::string> all_files{"transactions.ndjson",
                                         "inventory-changes.ndjson",
                                         "customer-events.ndjson",
                                         "competitor-prices.ndjson",
                                         "stores.csv",
                                         "products.csv",
                                         "truth/anomalies.ndjson",
                                         "truth/stores.ndjson",
                                         "truth/products.ndjson",
                                         "truth/promotions.ndjson",
                                         "truth/summary.json"};

std::uint64_t fingerprint_of(const std::filesystem::path& folder) {
  std::string bytes;
  for (const auto& name : all_files) {
    REQUIRE(std::filesystem::exists(folder / name));
    bytes += content(folder / name);
  }
  return fingerprint(bytes);
}

/// What a contract would ask of the lines of one file.
struct shape {
  std::string name;
  std::string id;
  std::chrono::milliseconds disorder;
  std::vector<std::string> texts;
  std::map<std::string, std::set<std::string>> words;
};

const std::vector<shape>& shapes() {
  static const std::vector<shape> all{
      {"transactions",
       "transaction_id",
       30s,
       {"store_id", "terminal_id"},
       {{"payment", {"card", "cash", "wallet"}}}},
      {"inventory-changes",
       "move_id",
       30s,
       {"store_id", "sku"},
       {{"kind", {"receipt", "ordered", "count", "shrink"}}}},
      {"customer-events",
       "event_id",
       5min,
       {"customer_id", "session_id", "sku"},
       {{"kind", {"view", "cart", "purchase"}}}},
      {"competitor-prices", "quote_id", 1h, {"competitor", "sku"}, {}},
  };
  return all;
}

std::optional<instant> time_from(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0, milli = 0, off_h = 0, off_m = 0;
  char sign = 'Z';
  const auto read = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2u.%3u%c%2u:%2u", &year, &month,
                                &day, &hour, &minute, &second, &milli, &sign, &off_h, &off_m);
  const auto date = day_of(year, month, day);
  if ((read != 8 && read != 10) || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const auto offset = std::chrono::hours{off_h} + std::chrono::minutes{off_m};
  return instant{calendar_day{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{milli} -
         (sign == '-' ? -offset : offset);
}

std::optional<std::int64_t> cents_from(const json& value) {
  if (!value.is_string()) {
    return std::nullopt;
  }
  const auto cents = std::llround(std::stod(value.get<std::string>()) * 100.0);
  return std::abs(cents) < 100'000'000 ? std::optional{cents} : std::nullopt;
}

bool numbers_are_good(const std::string& file, const json& record) {
  if (file == "transactions") {
    return cents_from(record.value("total_amount", json{})).has_value() &&
           record["items"].is_array();
  }
  if (file == "inventory-changes") {
    const auto units = record.value("units", json{});
    return units.is_number_integer() && units >= 0;
  }
  if (file == "competitor-prices") {
    const auto cents = cents_from(record.value("price", json{}));
    return cents && *cents > 0 && record.value("in_stock", json{}).is_boolean();
  }
  return true;
}

std::optional<json> accepted(const shape& file, const std::string& line) {
  const auto record = json::parse(line, nullptr, false);
  if (!record.is_object() || !record.contains(file.id)) {
    return std::nullopt;
  }
  for (const auto& name : file.texts) {
    if (!record.value(name, json{}).is_string()) {
      return std::nullopt;
    }
  }
  for (const auto& [name, words] : file.words) {
    if (!words.contains(record.value(name, std::string{}))) {
      return std::nullopt;
    }
  }
  const auto timed = time_from(record.value("timestamp", std::string{}));
  return timed && numbers_are_good(file.name, record) ? std::optional{record} : std::nullopt;
}

/// What a careful reader makes of one file.
struct reading {
  std::uint64_t lines = 0;
  std::uint64_t bad = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t late = 0;
  std::uint64_t late_duplicates = 0;
  std::vector<json> records;
};

reading read(const std::filesystem::path& folder, const shape& file) {
  reading found;
  std::set<std::string> seen;
  auto newest = instant::min();
  for (const auto& line : lines(folder / (file.name + ".ndjson"))) {
    ++found.lines;
    auto record = accepted(file, line);
    if (!record) {
      ++found.bad;
      continue;
    }
    const auto at = *time_from((*record)["timestamp"].get<std::string>());
    const auto late = newest > instant::min() && at < newest - file.disorder ? 1U : 0U;
    if (!seen.insert((*record)[file.id].get<std::string>()).second) {
      ++found.duplicates;
      found.late_duplicates += late;
    } else {
      found.late += late;
      newest = std::max(newest, at);
      found.records.push_back(*std::move(record));
    }
  }
  return found;
}

const feed_counts& counts_of(const world_summary& summary, const std::string& name) {
  const auto found =
      std::ranges::find_if(summary.files, [&](const auto& each) { return each.first == name; });
  REQUIRE(found != summary.files.end());
  return found->second;
}

}  // namespace

TEST_CASE("the same arguments give the same bytes, wherever they are written") {
  const folder one;
  const folder two;
  REQUIRE(write_files(faulty_world(one.path())).has_value());
  REQUIRE(write_files(faulty_world(two.path())).has_value());
  for (const auto& name : all_files) {
    CHECK(content(one.path() / name) == content(two.path() / name));
  }
}

TEST_CASE("another seed, or one more day, is another world") {
  const folder one;
  const folder two;
  auto options = small_world(one.path());
  REQUIRE(write_files(options).has_value());
  options.out = two.path();
  options.seed = 2;
  REQUIRE(write_files(options).has_value());
  for (const auto& name : {"transactions.ndjson", "customer-events.ndjson", "products.csv"}) {
    CHECK(content(one.path() / name) != content(two.path() / name));
  }
}

// The number changes whenever the world is meant to change; then the new one is written here. That
// it is the same in every build and on every machine is what the test is for.
TEST_CASE("a world is the same in every build and on every machine") {
  const folder place;
  REQUIRE(write_files(faulty_world(place.path())).has_value());
  CHECK(fingerprint_of(place.path()) == 0xdc9ad2da671fadf7ULL);
}

TEST_CASE("lines are records, duplicates and bad ones, each as many as the summary says") {
  const folder place;
  const auto summary = write_files(faulty_world(place.path()));
  REQUIRE(summary.has_value());
  for (const auto& file : shapes()) {
    CAPTURE(file.name);
    const auto& counts = counts_of(*summary, file.name);
    const auto found = read(place.path(), file);
    CHECK(found.lines == counts.lines);
    CHECK(found.records.size() == counts.records);
    CHECK(found.duplicates == counts.duplicates);
    CHECK(found.bad == counts.bad);
    CHECK(counts.lines == counts.records + counts.duplicates + counts.bad);
    CHECK(counts.bytes == std::filesystem::file_size(place.path() / (file.name + ".ndjson")));
    CHECK(counts.duplicates > 0);
    CHECK(counts.bad > 0);
    CHECK(counts.stragglers > 0);
  }
}

TEST_CASE("no record but a straggler is later than the disorder allows") {
  const folder place;
  auto options = faulty_world(place.path());
  const auto with = write_files(options);
  REQUIRE(with.has_value());
  for (const auto& file : shapes()) {
    CAPTURE(file.name);
    const auto found = read(place.path(), file);
    CHECK(found.late > 0);
    CHECK(found.late <= counts_of(*with, file.name).stragglers);
    CHECK(found.late_duplicates == 0);
  }
  options.faults.stragglers = 0.0;
  REQUIRE(write_files(options).has_value());
  for (const auto& file : shapes()) {
    CAPTURE(file.name);
    CHECK(read(place.path(), file).late == 0);
  }
}

TEST_CASE("files are not in order either") {
  const folder place;
  auto options = small_world(place.path());
  options.skus = 500;
  REQUIRE(write_files(options).has_value());
  for (const auto& file : shapes()) {
    CAPTURE(file.name);
    std::vector<instant> times;
    for (const auto& each : read(place.path(), file).records) {
      times.push_back(*time_from(each["timestamp"].get<std::string>()));
    }
    CHECK_FALSE(std::ranges::is_sorted(times));
  }
}

TEST_CASE("the truth names sales that are in the file, each once, as many as the summary says") {
  const folder place;
  const auto summary = write_files(faulty_world(place.path()));
  REQUIRE(summary.has_value());
  std::map<std::string, json> sales;
  for (auto& each : read(place.path(), shapes()[0]).records) {
    sales[each["transaction_id"].get<std::string>()] = each;
  }
  std::map<std::string, std::uint64_t> codes;
  std::set<std::string> seen;
  auto last = instant::min();
  for (const auto& line : lines(place.path() / "truth/anomalies.ndjson")) {
    const auto truth = json::parse(line);
    const auto id = truth["event"].get<std::string>();
    CHECK(seen.insert(id).second);
    REQUIRE(sales.contains(id));
    CHECK(sales[id]["store_id"] == truth["store_id"]);
    const auto at = *time_from(truth["at"].get<std::string>());
    CHECK(at == *time_from(sales[id]["timestamp"].get<std::string>()));
    CHECK(at >= last);
    last = at;
    ++codes[truth["code"].get<std::string>()];
  }
  const auto told = json::parse(content(place.path() / "truth/summary.json"));
  for (const auto* code : {"amount", "velocity", "off_hours", "price_error", "decimal_slip"}) {
    CHECK(told["anomalies"][code] == codes[code]);
  }
  CHECK(seen.size() > 5);
}

TEST_CASE("sales by day in the summary are those of the file") {
  const folder place;
  REQUIRE(write_files(faulty_world(place.path())).has_value());
  struct day_sum {
    std::uint64_t transactions = 0;
    std::int64_t units = 0;
    std::int64_t cents = 0;
  };
  std::map<std::string, day_sum> days;
  for (const auto& each : read(place.path(), shapes()[0]).records) {
    const auto at = *time_from(each["timestamp"].get<std::string>());
    std::int64_t cents = 0;
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
    char name[16];
    std::snprintf(name, sizeof name, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    auto& day = days[name];
    for (const auto& item : each["items"]) {
      const auto quantity = item["quantity"].get<std::int64_t>();
      cents += quantity * *cents_from(item["unit_price"]);
      day.units += quantity;
    }
    CHECK(cents == *cents_from(each["total_amount"]));
    day.cents += cents;
    ++day.transactions;
  }
  const auto told = json::parse(content(place.path() / "truth/summary.json"))["sales_by_day"];
  REQUIRE(told.size() == days.size());
  for (const auto& each : told) {
    const auto& day = days.at(each["day"].get<std::string>());
    CHECK(each["transactions"] == day.transactions);
    CHECK(each["units"] == day.units);
    CHECK(cents_from(each["gross"])
              .value_or(std::llround(std::stod(each["gross"].get<std::string>()) * 100.0)) ==
          day.cents);
  }
}

TEST_CASE("tables hold one row for each store and product, under the documented columns") {
  const folder place;
  REQUIRE(write_files(small_world(place.path())).has_value());
  const auto stores = lines(place.path() / "stores.csv");
  REQUIRE(stores.size() == 6);
  CHECK(stores[0] == "store_id,name,region,zone,opens,closes,terminals");
  CHECK(stores[4].find(",00:00,24:00,") != std::string::npos);
  const auto products = lines(place.path() / "products.csv");
  REQUIRE(products.size() == 61);
  CHECK(products[0] == "sku,name,category,price,cost,lead_time,pack,moq");
  CHECK(products[1].starts_with("000001,"));
  CHECK(lines(place.path() / "truth/products.ndjson").size() == 60);
  CHECK(lines(place.path() / "truth/stores.ndjson").size() == 5);
  for (const auto& line : lines(place.path() / "truth/promotions.ndjson")) {
    CHECK(json::parse(line).contains("uplift"));
  }
}

TEST_CASE("an out that is a file is refused before anything is written") {
  const folder place;
  std::ofstream(place.path() / "taken") << "something";
  const auto made = write_files(small_world(place.path() / "taken"));
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == errc::no_folder);
  CHECK(made.error().message.find("taken") != std::string::npos);
}

TEST_CASE("a file that cannot get its name is a fault, told with its path") {
  const folder place;
  std::filesystem::create_directories(place.path() / "transactions.ndjson" / "occupied");
  const auto made = write_files(small_world(place.path()));
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == errc::write_failed);
  CHECK(made.error().message.find("transactions.ndjson") != std::string::npos);
}

TEST_CASE("a full disk is a fault, not a shorter file") {
  if (!std::filesystem::exists("/dev/full")) {
    return;
  }
  const folder place;
  std::filesystem::create_symlink("/dev/full", place.path() / "customer-events.ndjson.part");
  const auto made = write_files(small_world(place.path()));
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == errc::write_failed);
  CHECK(made.error().message.find("customer-events.ndjson") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(place.path() / "customer-events.ndjson"));
  CHECK_FALSE(std::filesystem::exists(place.path() / "truth/summary.json"));
}
