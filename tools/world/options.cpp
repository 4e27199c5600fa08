// SPDX-License-Identifier: Apache-2.0
#include "tools/world/options.hpp"

#include <string_view>

#include <fmt/format.h>

namespace aisle::world {
namespace {

constexpr int stores_max = 10'000;
constexpr int skus_max = 999'999;
constexpr int days_max = 3'660;
// A shelf takes 20 bytes, so that the largest world allowed stays below 2.5 GB.
constexpr std::int64_t shelves_max = 100'000'000;
constexpr double rate_max = 0.2;
constexpr auto clock_skew_max = std::chrono::hours{1};
constexpr double partition_skew_max = 100.0;
constexpr int partitions_max = 1024;
constexpr double speed_max = 1e7;

class findings {
 public:
  void number(std::string_view option, int value, int max) {
    if (value < 1 || value > max) {
      add(fmt::format("{} is {}; give a whole number from 1 to {}", option, value, max));
    }
  }

  void rate(std::string_view option, double value) {
    if (!(value >= 0.0 && value <= rate_max)) {
      add(fmt::format("{} is {}; give a share from 0 to {}, as in {} 0.001", option, value,
                      rate_max, option));
    }
  }

  void add(std::string message) { found_.push_back({errc::bad_option, std::move(message)}); }

  std::vector<world_error> take() { return std::move(found_); }

 private:
  std::vector<world_error> found_;
};

void check_start(findings& found, std::chrono::year_month_day start) {
  using std::chrono::year;
  if (!start.ok() || start.year() < year{1980} || start.year() > year{2100}) {
    found.add(
        "--start is not a day from 1980-01-01 to 2100-12-31; give one, as in "
        "--start 2026-01-05");
  }
}

void check_size(findings& found, const world_options& options) {
  const auto shelves = std::int64_t{options.stores} * options.skus;
  if (options.stores >= 1 && options.skus >= 1 && shelves > shelves_max) {
    found.add(
        fmt::format("--stores {} times --skus {} makes {} shelves, which is more than {}; "
                    "give fewer stores or fewer SKUs",
                    options.stores, options.skus, shelves, shelves_max));
  }
}

}  // namespace

std::vector<world_error> world_options::validate() const {
  findings found;
  found.number("--stores", stores, stores_max);
  found.number("--skus", skus, skus_max);
  found.number("--days", days, days_max);
  check_start(found, start);
  check_size(found, *this);
  found.number("--partitions", partitions, partitions_max);
  if (log.empty() && partitions != 1) {
    found.add("--partitions is of the topics of a log; give one with --log embedded:DIR");
  }
  if (!config.empty() && !log.starts_with("kafka:")) {
    found.add("--config says how to speak to Kafka; it goes with --log kafka:HOST:PORT");
  }
  found.rate("--anomalies", anomalies);
  found.rate("--duplicates", faults.duplicates);
  found.rate("--stragglers", faults.stragglers);
  found.rate("--bad-records", faults.bad_records);
  if (!(bad_days.bursts >= 0.0 && bad_days.bursts <= 1.0)) {
    found.add(fmt::format("--bursts is {}; give a share of the hours, 0 to 1", bad_days.bursts));
  }
  if (bad_days.clock_skew < milliseconds{0} || bad_days.clock_skew > clock_skew_max) {
    found.add("--clock-skew is not 0 s to 1 h; give seconds, as in --clock-skew 20");
  }
  if (!(bad_days.partition_skew >= 1.0 && bad_days.partition_skew <= partition_skew_max)) {
    found.add(
        fmt::format("--partition-skew is {}; give how many times as many customers the "
                    "first store has, 1 to {}",
                    bad_days.partition_skew, partition_skew_max));
  }
  if (!(speed >= 0.0 && speed <= speed_max)) {
    found.add(fmt::format("--speed is {}; give how many times as fast as life, up to {}", speed,
                          speed_max));
  }
  if (out.empty()) {
    found.add("--out is missing; give the folder to write to, as in --out data/demo");
  }
  return found.take();
}

}  // namespace aisle::world
