// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/oracle.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/base/time.hpp"

namespace aisle::sim {
namespace {

constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t lateness = 20 * second;
constexpr std::size_t by_key = 0;
constexpr std::size_t by_part = 1;
constexpr std::size_t last = 2;

std::int64_t floored(std::int64_t at, std::int64_t to) {
  return base::floor_to(base::event_time{base::duration{at}}, base::duration{to})
      .time_since_epoch()
      .count();
}

class counter {
 public:
  counter(const plan_shape& shape, const input& from) : shape_{shape} {
    made_.in.resize(3);
    made_.late.resize(3);
    for (std::size_t s = 0; s < shape.sources.size(); ++s) {
      read(s, from.visits[s]);
    }
  }
  expectation made() && { return std::move(made_); }

 private:
  void read(std::size_t source, const std::vector<std::optional<flow::visit>>& visits) {
    const auto& shape = shape_.sources[source];
    std::vector<std::optional<std::int64_t>> highest(shape.partitions);
    std::set<std::string> known;
    flow::source_counts counts;
    for (const auto& v : visits) {
      ++counts.read;
      if (!v) {
        ++counts.rejected;
      } else if (!known.insert(v->id).second) {
        ++counts.duplicate;
      } else {
        ++counts.accepted;
        auto& high = highest[partition_of(*v, shape.partitions)];
        const auto seen = high ? std::max(v->at_ms, *high - shape.disorder.count()) : v->at_ms;
        high = std::max(high.value_or(v->at_ms), v->at_ms);
        hand_out(source, *v, seen);
      }
    }
    made_.sources.push_back(counts);
  }

  void hand_out(std::size_t source, const flow::visit& v, std::int64_t seen) {
    count(by_key, "by_key", "key", v.key, v.at_ms, seen);
    if (source + 1 == shape_.sources.size()) {
      count(last, "last", "key", v.key, v.at_ms, seen);
    }
    for (const auto& part : v.parts) {
      count(by_part, "by_part", "part", part, v.at_ms, seen);
      if (source == 0) {
        count(by_key, "by_key", "key", v.key, v.at_ms, seen);
      }
    }
  }

  void count(std::size_t stage, std::string_view name, std::string_view field,
             const std::string& key, std::int64_t at, std::int64_t seen) {
    ++made_.in[stage];
    const auto start = floored(at, minute);
    const bool late = start + minute + lateness <= seen;
    const bool late_for_sliding = floored(at, 30 * second) + 2 * minute + lateness <= seen;
    made_.late[stage] += late && (stage != by_part || late_for_sliding) ? 1 : 0;
    if (!late) {
      ++made_.minutes[fmt::format(
          R"("stage":"{}","key":{{"{}":"{}"}},"window":"minute","start":"{}")", name, field, key,
          base::to_rfc3339(base::event_time{base::duration{start}}))];
    }
  }

  const plan_shape& shape_;
  expectation made_;
};

}  // namespace

expectation expect_of(const plan_shape& shape, const input& from) {
  return counter{shape, from}.made();
}

std::map<std::string, std::int64_t> minutes_of(const outcome& of) {
  std::map<std::string, std::int64_t> minutes;
  for (const auto& line : of.lines.at("windows")) {
    if (!line.contains("\"window\":\"minute\"") || !line.contains("\"final\":true")) {
      continue;
    }
    const auto name = line.substr(1, line.find(",\"end\"") - 1);
    const auto events = line.find("\"events\":") + 9;
    CHECK_MESSAGE(minutes.emplace(name, std::stoll(line.substr(events))).second,
                  "a window has one final record: ", line);
  }
  return minutes;
}

void check_sums(const outcome& got) {
  std::uint64_t letters = 0;
  std::uint64_t late_records = 0;
  for (const auto& source : got.sources) {
    CHECK(source.read == source.accepted + source.rejected + source.duplicate);
    letters += source.rejected;
  }
  for (std::size_t s = 0; s < got.stages.size(); ++s) {
    const auto& stage = got.stages[s];
    CHECK(stage.in == stage.applied + stage.late + stage.failed + stage.quarantined);
    letters += stage.failed + stage.quarantined;
    late_records += got.late_records[s];
  }
  // What a quarantined actor leaves open, and what a timer threw at, is told besides: it is of no
  // source.
  const auto of_events = std::ranges::count_if(got.lines.at("rejects"), [](const auto& letter) {
    return !letter.starts_with(R"({"source":null)");
  });
  CHECK(static_cast<std::uint64_t>(of_events) == letters);
  CHECK(got.count("late") == late_records);
  CHECK(got.count("nothing") == 0);
}

void check_against(const expectation& wanted, const outcome& got) {
  check_sums(got);
  CHECK(got.sources == wanted.sources);
  for (std::size_t s = 0; s < wanted.in.size(); ++s) {
    CAPTURE(s);
    CHECK(got.stages[s].in == wanted.in[s]);
    CHECK(got.stages[s].late == wanted.late[s]);
  }
  // What a quarantined actor has not closed stays open, and its events are dead letters.
  if (got.quarantined_actors == 0) {
    CHECK((minutes_of(got) == wanted.minutes));
  }
}

}  // namespace aisle::sim
