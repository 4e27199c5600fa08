// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cluster_workload.hpp"

#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/pack.hpp"

namespace aisle::cluster_sim {
namespace {

constexpr std::int64_t nothing_yet = -1'000'000;

std::uint64_t mix(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t bytes[] = {a, b};
  return base::hash64({reinterpret_cast<const char*>(bytes), sizeof bytes}, seed);
}

}  // namespace

std::string encode(const changes& what) {
  std::string bytes;
  base::packer to{bytes};
  to.array(static_cast<std::uint32_t>(what.size()));
  for (const auto& [row, value] : what) {
    to.text(row);
    value ? to.bytes(*value) : to.nil();
  }
  return bytes;
}

changes decode(const std::string& bytes) {
  changes what;
  base::unpacker from{bytes};
  const auto size = from.array(1U << 20);
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::string row{from.text()};
    if (from.nil()) {
      what[row] = std::nullopt;
    } else {
      what[row] = std::string{from.bytes()};
    }
  }
  base::check(from.done(), "a delta is read as it was written");
  return what;
}

workload::event workload::at(std::uint32_t partition, std::int64_t offset) const {
  const auto chance = mix(seed, partition, static_cast<std::uint64_t>(offset));
  return {.key = static_cast<std::uint32_t>(chance % keys),
          .value = static_cast<std::int64_t>(chance >> 32 & 0xFF) + 1,
          .time = offset * 10 + static_cast<std::int64_t>(chance >> 40 & 0xFF) % disorder};
}

std::int64_t sums::number(const std::string& row) const {
  const auto found = rows_.find(row);
  return found == rows_.end() ? 0 : std::stoll(found->second);
}

void sums::put(const std::string& row, std::optional<std::string> value) {
  if (value) {
    rows_[row] = *value;
  } else {
    rows_.erase(row);
  }
  changes_[row] = std::move(value);
}

void sums::apply(std::uint32_t partition, const workload::event& event, std::vector<line>& out) {
  const auto count = fmt::format("count/{}/{}", event.key, partition);
  const auto sum = fmt::format("sum/{}/{}", event.key, partition);
  put(count, std::to_string(number(count) + 1));
  put(sum, std::to_string(number(sum) + event.value));
  out.push_back({.lane = work_->lane_of(event.key),
                 .stream = fmt::format("sum/{}/{}", event.key, partition),
                 .text = fmt::format("{}={}", number(count), number(sum))});
  // Zero padded, so that rows stand in the order of time.
  const auto window = fmt::format("window/{:08}/{}", event.time / window_size, event.key);
  put(window, std::to_string(number(window) + 1));
}

std::int64_t sums::merged() const {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::uint32_t p = 0; p < work_->partitions; ++p) {
    const auto row = fmt::format("watermark/{}", p);
    least = std::min(least, rows_.contains(row) ? number(row) : 2 * nothing_yet);
  }
  return least;
}

void sums::advance(std::uint32_t partition, std::int64_t watermark, std::vector<line>& out) {
  const auto row = fmt::format("watermark/{}", partition);
  if (rows_.contains(row) && number(row) >= watermark) {
    return;
  }
  put(row, std::to_string(watermark));
  const auto now = merged();
  for (auto next = rows_.lower_bound("window/"); next != rows_.end();) {
    const auto [name, count] = *next;
    ++next;
    const auto start = name.starts_with("window/") ? std::stoll(name.substr(7, 8)) : now;
    if ((start + 1) * window_size > now) {
      break;
    }
    const auto key = static_cast<std::uint32_t>(std::stoul(name.substr(16)));
    out.push_back({.lane = work_->lane_of(key),
                   .stream = fmt::format("window/{}", key),
                   .text = fmt::format("{}:{}", start, count)});
    put(name, std::nullopt);
  }
}

std::int64_t highest_before(const workload& work, std::uint32_t partition, std::int64_t offset) {
  std::int64_t highest = nothing_yet;
  for (std::int64_t i = 0; i < offset; ++i) {
    highest = std::max(highest, work.at(partition, i).time);
  }
  return highest;
}

reference_run run_reference(const workload& work, const std::vector<std::int64_t>& positions) {
  reference_run run;
  run.lanes.resize(work.lanes);
  std::vector<sums> shards(work.shards, sums{work, {}});
  std::vector<line> out;
  for (std::uint32_t p = 0; p < work.partitions; ++p) {
    for (std::int64_t i = 0; i < positions[p]; ++i) {
      const auto event = work.at(p, i);
      shards[work.shard_of(event.key)].apply(p, event, out);
    }
  }
  for (auto& shard : shards) {
    for (std::uint32_t p = 0; p < work.partitions; ++p) {
      shard.advance(p, highest_before(work, p, positions[p]) - disorder, out);
    }
    run.shards.push_back(shard.state());
  }
  for (const auto& line : out) {
    run.lanes[line.lane][line.stream].push_back(line.text);
  }
  return run;
}

}  // namespace aisle::cluster_sim
