// SPDX-License-Identifier: Apache-2.0
#include "tools/world/summary.hpp"

#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "tools/world/record_text.hpp"
#include "tools/world/text.hpp"

namespace aisle::world {
namespace {

using out = std::back_insert_iterator<std::string>;

void put_options(out to, const world_options& options) {
  fmt::format_to(to,
                 R"({{"seed":{},"stores":{},"skus":{},"days":{},"start":"{}","anomalies":{},)"
                 R"("duplicates":{},"stragglers":{},"bad_records":{})",
                 options.seed, options.stores, options.skus, options.days,
                 as_text(calendar_day{options.start}), options.anomalies, options.faults.duplicates,
                 options.faults.stragglers, options.faults.bad_records);
  const auto& bad = options.bad_days;
  if (bad.bursts > 0.0 || bad.clock_skew > milliseconds{0} || bad.partition_skew > 1.0) {
    fmt::format_to(to, R"(,"bursts":{},"clock_skew_ms":{},"partition_skew":{})", bad.bursts,
                   bad.clock_skew.count(), bad.partition_skew);
  }
  *to++ = '}';
}

void put_file(out to, std::string_view name, const feed_counts& counts) {
  fmt::format_to(to,
                 R"("{}":{{"lines":{},"records":{},"duplicates":{},"bad":{},"stragglers":{},)"
                 R"("bytes":{}}})",
                 name, counts.lines, counts.records, counts.duplicates, counts.bad,
                 counts.stragglers, counts.bytes);
}

void put_totals(out to, const day_totals& totals) {
  fmt::format_to(to,
                 R"("transactions":{},"returns":{},"units":{},"gross":"{}","lost_units":{},)"
                 R"("lost_value":"{}"}})",
                 totals.transactions, totals.returns, totals.units, as_text(totals.gross),
                 totals.lost_units, as_text(totals.lost_value));
}

void add(day_totals& to, const day_totals& more) {
  to.transactions += more.transactions;
  to.returns += more.returns;
  to.units += more.units;
  to.gross += more.gross;
  to.lost_units += more.lost_units;
  to.lost_value += more.lost_value;
}

/// A comma before every element but the first.
class commas {
 public:
  std::string_view next() { return std::exchange(first_, false) ? "" : ","; }

 private:
  bool first_ = true;
};

}  // namespace

day_totals world_summary::all() const {
  day_totals sum;
  for (const auto& [date, totals] : days) {
    add(sum, totals);
  }
  return sum;
}

std::string to_json(const world_summary& summary) {
  std::string text;
  const out to{text};
  text += R"({"options":)";
  put_options(to, summary.options);
  text += R"(,"files":{)";
  commas between_files;
  for (const auto& [name, counts] : summary.files) {
    text += between_files.next();
    put_file(to, name, counts);
  }
  text += R"(},"anomalies":{)";
  commas between_codes;
  for (std::size_t code = 0; code < anomaly_count; ++code) {
    fmt::format_to(to, R"({}"{}":{})", between_codes.next(),
                   anomaly_name(static_cast<anomaly>(code)), summary.anomalies[code]);
  }
  text += R"(},"total":{)";
  put_totals(to, summary.all());
  text += R"(,"sales_by_day":[)";
  commas between_days;
  for (const auto& [date, totals] : summary.days) {
    fmt::format_to(to, R"({}{{"day":"{}",)", between_days.next(), as_text(date));
    put_totals(to, totals);
  }
  text += "]}\n";
  return text;
}

std::string to_text(const world_summary& summary) {
  std::string text;
  const out to{text};
  const auto& options = summary.options;
  fmt::format_to(to, "A world of {} stores, {} SKUs and {} days from {}, seed {}.\n",
                 options.stores, options.skus, options.days, as_text(calendar_day{options.start}),
                 options.seed);
  for (const auto& [name, counts] : summary.files) {
    fmt::format_to(to, "  {:<18} {:>11} lines {:>8.1f} MB  {} duplicates, {} bad, {} stragglers\n",
                   name, counts.lines, static_cast<double>(counts.bytes) / 1e6, counts.duplicates,
                   counts.bad, counts.stragglers);
  }
  const auto total = summary.all();
  fmt::format_to(to, "  sold {} units for {}; {} units for {} were wanted and not there\n",
                 total.units, as_text(total.gross), total.lost_units, as_text(total.lost_value));
  const auto planted =
      std::accumulate(summary.anomalies.begin(), summary.anomalies.end(), std::uint64_t{0});
  fmt::format_to(to, "  {} anomalies are planted; truth/anomalies.ndjson says where\n", planted);
  return text;
}

}  // namespace aisle::world
