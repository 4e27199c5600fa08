// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/world/folder.hpp"
#include "tools/world/write_files.hpp"

namespace aisle::world {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

world_options three_stores(const std::filesystem::path& out) {
  world_options options;
  options.stores = 3;
  options.skus = 60;
  options.days = 2;
  options.out = out;
  options.faults = {.duplicates = 0.0, .stragglers = 0.0, .bad_records = 0.0};
  return options;
}

void make(const world_options& options, const pacer& pace = {}) {
  const auto made = write_files(options, pace);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().message));
}

std::map<std::string, std::string> time_of_sale(const folder& in) {
  std::map<std::string, std::string> times;
  for (const auto& line : lines(in.path() / "transactions.ndjson")) {
    const auto sale = json::parse(line);
    times[sale["transaction_id"]] = sale["timestamp"];
  }
  return times;
}

TEST_CASE("clocks that are wrong shift each store's times, by what was allowed, and nothing else") {
  const folder right;
  const folder wrong;
  make(three_stores(right.path()));
  auto options = three_stores(wrong.path());
  options.bad_days.clock_skew = 40s;
  make(options);
  const auto before = time_of_sale(right);
  const auto after = time_of_sale(wrong);
  REQUIRE(before.size() == after.size());
  std::size_t same = 0;
  for (const auto& [sale, time] : before) {
    REQUIRE(after.contains(sale));
    same += after.at(sale) == time ? 1U : 0U;
  }
  CHECK(same < before.size() / 10);
  CHECK(content(right.path() / "customer-events.ndjson") ==
        content(wrong.path() / "customer-events.ndjson"));
  CHECK(content(wrong.path() / "truth/summary.json").find("\"clock_skew_ms\":40000") !=
        std::string::npos);
}

TEST_CASE("a partition that is skewed has so many times the customers") {
  const folder even;
  const folder skewed;
  make(three_stores(even.path()));
  auto options = three_stores(skewed.path());
  options.bad_days.partition_skew = 6;
  make(options);
  const auto sales_of_first = [](const folder& in) {
    double first = 0;
    for (const auto& line : lines(in.path() / "transactions.ndjson"))
      first += line.find("\"store_id\":\"S001\"") != std::string::npos ? 1 : 0;
    return first;
  };
  const auto ratio = sales_of_first(skewed) / sales_of_first(even);
  CHECK(ratio > 4);
  CHECK(ratio < 8);
}

// What a world that is written in time has written when each slice's time comes.
struct watched {
  std::vector<std::size_t> sizes;
  std::vector<instant> asked;
};

watched watch(const world_options& options) {
  watched seen;
  make(options, [&](instant at) {
    seen.asked.push_back(at);
    seen.sizes.push_back(content(options.out / "transactions.ndjson").size());
  });
  return seen;
}

TEST_CASE("a world at a speed writes into growing files, and the same bytes in the end") {
  const folder fast;
  const folder paced;
  make(three_stores(fast.path()));
  auto options = three_stores(paced.path());
  options.speed = 3600;
  const auto seen = watch(options);
  CHECK(std::ranges::is_sorted(seen.asked));
  CHECK(std::ranges::is_sorted(seen.sizes));
  CHECK(std::set<std::size_t>(seen.sizes.begin(), seen.sizes.end()).size() > 50);
  for (const auto* name : {"transactions.ndjson", "inventory-changes.ndjson",
                           "customer-events.ndjson", "competitor-prices.ndjson"}) {
    CHECK(content(fast.path() / name) == content(paced.path() / name));
    CHECK_FALSE(std::filesystem::exists(paced.path() / (std::string{name} + ".part")));
  }
}

TEST_CASE("in an hour with a burst nothing comes before its last second") {
  const folder bursting;
  auto options = three_stores(bursting.path());
  options.speed = 3600;
  options.bad_days.bursts = 1.0;
  const auto seen = watch(options);
  const folder steady;
  options.out = steady.path();
  options.bad_days.bursts = 0.0;
  const auto without = watch(options);
  const auto jumps = [](const watched& of) {
    return std::set<std::size_t>(of.sizes.begin(), of.sizes.end()).size();
  };
  CHECK(jumps(seen) <= 2 * 24 + 4);
  CHECK(jumps(without) > 3 * jumps(seen));
  CHECK(content(bursting.path() / "transactions.ndjson") ==
        content(steady.path() / "transactions.ndjson"));
}

TEST_CASE("misbehaviour out of bounds is refused") {
  auto options = three_stores("unused");
  options.bad_days = {.bursts = 1.5, .clock_skew = 2h, .partition_skew = 0.5};
  options.speed = -1;
  CHECK(options.validate().size() == 4);
}

}  // namespace
}  // namespace aisle::world
