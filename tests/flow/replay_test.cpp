// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/replay.hpp"

#include <map>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "tests/flow/rows.hpp"
#include "tests/flow/visits.hpp"

namespace aisle::flow {
namespace {

using std::chrono::milliseconds;

struct taken_row {
  base::event_time at;
  base::event_time seen;
  std::int64_t offset = 0;
  friend bool operator==(const taken_row&, const taken_row&) = default;
};

/// What came of a source that was read to its end.
struct outcome {
  std::vector<taken_row> rows;
  std::vector<std::string> letters;
  source_counts counts;
  base::event_time highest;
  base::event_time slowest;
};

ingest_options one_shard(std::uint32_t partitions) {
  ingest_options options;
  options.source = "visits";
  options.contract = visit_contract();
  options.disorder = milliseconds{300};
  options.partitions = partitions;
  options.targets = 1;
  options.routes.push_back({.key = {key_place}});
  options.lanes.resize(1);
  options.dead_letter_sinks.push_back({.first = 0, .count = 1});
  for (std::uint32_t p = 0; p < partitions; ++p) {
    options.channels.push_back({channel{p}});
  }
  return options;
}

/// One record of a source with partitions of its own.
struct sent_record {
  std::string raw;
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
};

outcome read(const std::vector<sent_record>& records, std::uint32_t partitions,
             std::optional<replay> only = std::nullopt) {
  auto options = one_shard(partitions);
  options.replay = std::move(only);
  ingest in{std::move(options), record::make_json_decoder(*visit_contract())};
  outcome made;
  const auto collect = [&] {
    for (const auto& [target, message] : std::exchange(in.messages(), {})) {
      for (std::size_t r = 0; r < message.rows.size(); ++r) {
        const auto& head = *message.rows[r].head;
        made.rows.push_back({head.at, head.seen, head.position.offset.get()});
      }
      in.give(base::partition_id{message.channel.get()}, target, message.free ? 0 : 1);
    }
    for (auto& [lane, message] : std::exchange(in.lines(), {})) {
      if (!message.lines.empty()) {
        made.letters.push_back(message.lines);
      }
      in.give_lane(lane, 1);
    }
  };
  for (const auto& [raw, partition, offset] : records) {
    auto padded = raw + std::string(64, '\0');
    in.take(std::string_view{padded}.substr(0, raw.size()), base::offset{offset},
            base::partition_id{partition});
    in.flush(true);
    collect();
  }
  made.counts = in.counts();
  made.highest = in.highest();
  made.slowest = in.slowest();
  return made;
}

/// Records out of order, some beyond the disorder, some twice, some broken.
std::vector<sent_record> rough_sea(std::uint64_t seed, std::uint32_t partitions) {
  std::mt19937_64 chance{seed};
  std::vector<std::int64_t> next(partitions);
  std::vector<sent_record> records;
  for (std::int64_t i = 0; i < 600; ++i) {
    const auto p = static_cast<std::uint32_t>(chance() % partitions);
    const auto back =
        static_cast<std::int64_t>(chance() % 10 == 0 ? chance() % 2000 : chance() % 300);
    const auto id = chance() % 12 == 0 && i > 20 ? i - static_cast<std::int64_t>(chance() % 20) : i;
    const visit v{.id = std::to_string(id), .at_ms = i * 20 - back, .key = "a"};
    records.push_back({chance() % 20 == 0 ? "{" : to_json(v), p, next[p]++});
  }
  return records;
}

std::vector<taken_row> rows_where(const outcome& of, const auto& condition) {
  std::vector<taken_row> rows;
  std::ranges::copy_if(of.rows, std::back_inserter(rows), condition);
  return rows;
}

TEST_CASE(
    "what a replay takes is seen, late and a repeat exactly where it was when all was taken") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const auto records = rough_sea(seed, 2);
    const auto all = read(records, 2);
    const auto from = at(5000);
    const auto to = at(9000);
    const auto part = read(records, 2, replay{{.from = from, .to = to, .offsets = {}}});
    CHECK(part.rows == rows_where(all, [&](const auto& r) { return r.at >= from && r.at < to; }));
    CHECK(part.rows.size() > 100);
    CHECK(part.highest == all.highest);
    CHECK(part.slowest == all.slowest);
  }
}

TEST_CASE("records that are not taken are in no count but the replay's own") {
  const auto records = rough_sea(7, 2);
  replay middle{{.from = at(5000), .to = at(9000), .offsets = {}}};
  const auto report = middle.report();
  const auto part = read(records, 2, middle);
  CHECK(part.counts.read == part.counts.accepted + part.counts.rejected + part.counts.duplicate);
  CHECK(part.counts.accepted == part.rows.size());
  CHECK(part.counts.rejected > 0);
  CHECK(part.counts.rejected == part.letters.size());
  CHECK(report->before > 100);
  CHECK(report->after > 100);
  CHECK(part.counts.read + report->before + report->after == records.size());
}

TEST_CASE("offsets say for each partition where taking begins") {
  const auto records = rough_sea(3, 2);
  const auto all = read(records, 2);
  replay behind{{.offsets = {base::offset{100}, base::offset{40}}}};
  const auto report = behind.report();
  const auto part = read(records, 2, behind);
  for (const auto& row : part.rows) {
    CHECK(row.offset >= 40);
  }
  CHECK(part.rows.size() < all.rows.size());
  REQUIRE(report->partitions.size() == 2);
  CHECK(report->partitions[0].begins == base::offset{0});
  CHECK(report->partitions[0].first->offset >= base::offset{100});
  CHECK(report->partitions[1].first->offset >= base::offset{40});
  CHECK(report->before == 140);
}

TEST_CASE("a warm-up takes older records, but refuses none of that time anew") {
  const auto records = rough_sea(5, 1);
  const auto all = read(records, 1);
  replay warm{{.from = at(9000), .warm_up = milliseconds{3000}, .offsets = {}}};
  const auto part = read(records, 1, warm);
  CHECK(part.rows == rows_where(all, [](const auto& r) { return r.at >= at(6000); }));
  const auto cold = read(records, 1, replay{{.from = at(9000), .offsets = {}}});
  CHECK(part.letters == cold.letters);
  CHECK(part.counts.rejected == cold.counts.rejected);
}

}  // namespace
}  // namespace aisle::flow
