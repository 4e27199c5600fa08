// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/plans.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/window/window.hpp"
#include "tests/flow/visits.hpp"
#include "tests/sim/digest.hpp"

namespace aisle::sim {
namespace {

using topology::planned_behaviour;
using topology::planned_stage;
using topology::port;

topology::planned_stream records_of(std::size_t source) {
  return {.name = fmt::format("s{}", source),
          .source = base::source_id{static_cast<std::uint16_t>(source)},
          .lines = false,
          .layout = &flow::visit_contract()->fields(),
          .key = {flow::key_place}};
}

topology::planned_stream lines_of(std::size_t source, std::uint8_t key) {
  return {.name = fmt::format("s{}.items", source),
          .source = base::source_id{static_cast<std::uint16_t>(source)},
          .lines = true,
          .layout = &flow::visit_contract()->line_fields(),
          .key = {key}};
}

planned_behaviour window(std::string name, window::kind kind, base::duration size,
                         base::duration slide) {
  window::spec spec{.name = name,
                    .kind = kind,
                    .size = size,
                    .slide = slide,
                    .lateness = std::chrono::seconds{20},
                    .aggregates = {}};
  spec.aggregates.push_back(
      {.name = "events", .function = window::function::count, .of = std::nullopt});
  planned_behaviour placed;
  placed.name = std::move(name);
  placed.role = topology::role::window;
  placed.behaviour = window::make_window(std::move(spec));
  return placed;
}

planned_behaviour digesting(const plan_shape& shape, std::int64_t throws_at = 0) {
  planned_behaviour placed;
  placed.name = "order";
  placed.role = topology::role::decide;
  placed.kind = "anomaly";
  placed.behaviour =
      std::make_unique<digest>(shape.order == topology::order::event_time, throws_at);
  return placed;
}

planned_stage stage(std::uint16_t id, std::string name, std::string key) {
  planned_stage made;
  made.id = base::stage_id{id};
  made.name = std::move(name);
  made.key = {{.name = std::move(key), .type = {base::kind::string}}};
  made.behaviours.push_back(
      window("minute", window::kind::tumbling, std::chrono::minutes{1}, base::duration{0}));
  return made;
}

void add_stages(const plan_shape& shape, topology::plan& plan) {
  auto by_key = stage(0, "by_key", "key");
  auto by_part = stage(1, "by_part", "part");
  for (std::size_t s = 0; s < shape.sources.size(); ++s) {
    by_key.streams.push_back(records_of(s));
    by_part.streams.push_back(lines_of(s, flow::part_place_of_line));
  }
  by_key.streams.push_back(lines_of(0, flow::key_place_of_line));
  by_key.behaviours.push_back(digesting(shape));
  by_part.behaviours.push_back(
      window("sliding", window::kind::sliding, std::chrono::minutes{2}, std::chrono::seconds{30}));
  by_part.behaviours.push_back(digesting(shape, shape.throws_at));
  by_part.max_failures = shape.max_failures;
  auto last = stage(2, "last", "key");
  last.streams.push_back(records_of(shape.sources.size() - 1));
  last.behaviours.push_back(digesting(shape));
  plan.stages.push_back(std::move(by_key));
  plan.stages.push_back(std::move(by_part));
  plan.stages.push_back(std::move(last));
}

void add_sink(topology::plan& plan, std::string name, std::optional<port> of, std::uint32_t lanes) {
  topology::planned_sink sink;
  sink.id = base::sink_id{static_cast<std::uint16_t>(plan.sinks.size())};
  sink.name = sink.folder = std::move(name);
  sink.lanes = lanes;
  for (std::size_t s = 0; of && s < plan.stages.size(); ++s) {
    sink.from.push_back({.stage = s, .port = *of});
  }
  plan.sinks.push_back(std::move(sink));
}

flow::visit any_visit(const source_shape& shape, std::int64_t now, std::mt19937_64& chance) {
  const auto late =
      static_cast<std::int64_t>(chance() % static_cast<std::uint64_t>(shape.jitter_ms + 1));
  flow::visit made{.id = {},
                   .at_ms = now - (chance() % 3 == 0 ? late : 0),
                   .key = fmt::format("k{}", chance() % shape.keys)};
  for (auto lines = chance() % (shape.lines + 1); lines > 0; --lines) {
    made.parts.push_back(fmt::format("p{}", chance() % (2 * shape.keys)));
  }
  return made;
}

void fill_source(const source_shape& shape, std::size_t source, std::mt19937_64& chance,
                 input& into) {
  feed records;
  std::vector<std::optional<flow::visit>> visits;
  auto now = shape.begin_ms;
  for (std::size_t i = 0; i < shape.records; ++i) {
    now += static_cast<std::int64_t>(chance() % static_cast<std::uint64_t>(2 * shape.step_ms + 1));
    if (!records.empty() && chance() % 1000 < shape.twice) {
      const auto before = 1 + chance() % std::min<std::size_t>(records.size(), 20);
      records.push_back(records[records.size() - before]);
      visits.push_back(visits[visits.size() - before]);
    } else if (chance() % 1000 < shape.bad) {
      records.emplace_back(chance() % 2 == 0 ? "{\"id\":" : R"({"id":"x","at":"noon","key":"k"})");
      visits.emplace_back();
    } else {
      auto made = any_visit(shape, now, chance);
      made.id = fmt::format("{}-{}", source, i);
      records.push_back(to_json(made));
      visits.emplace_back(std::move(made));
    }
  }
  into.feeds.push_back(std::move(records));
  into.visits.push_back(std::move(visits));
}

}  // namespace

topology::plan make_plan(const plan_shape& shape) {
  topology::plan plan;
  plan.name = "simulated";
  plan.order = shape.order;
  for (std::size_t s = 0; s < shape.sources.size(); ++s) {
    topology::planned_source source;
    source.id = base::source_id{static_cast<std::uint16_t>(s)};
    source.name = fmt::format("s{}", s);
    source.contract = flow::visit_contract();
    source.disorder = shape.sources[s].disorder;
    source.partitions = shape.sources[s].partitions;
    plan.sources.push_back(std::move(source));
  }
  add_stages(shape, plan);
  add_sink(plan, "decisions", port::decisions, 3);
  add_sink(plan, "late", port::late, 1);
  add_sink(plan, "nothing", std::nullopt, 2);
  add_sink(plan, "rejects", std::nullopt, 2);
  plan.sinks.back().dead_letters = true;
  add_sink(plan, "reports", port::reports, 1);
  add_sink(plan, "windows", port::windows, 4);
  for (std::size_t k = 0; k < plan.sinks.size(); ++k) {
    plan.sinks[k].immediate = (shape.immediate >> k) % 2 == 1;
  }
  return plan;
}

plan_shape any_shape(std::uint64_t seed) {
  std::mt19937_64 chance{seed};
  const auto up_to = [&](std::uint64_t most) { return chance() % (most + 1); };
  plan_shape shape;
  shape.sources.resize(1 + up_to(2));
  shape.throws_at = up_to(1) == 0 ? 0 : static_cast<std::int64_t>(7 + up_to(90));
  shape.max_failures = static_cast<std::uint32_t>(1 + up_to(4));
  for (auto& source : shape.sources) {
    source.partitions = static_cast<std::uint32_t>(1 + up_to(2));
    source.disorder = std::chrono::milliseconds{up_to(10'000)};
    source.records = up_to(20) == 0 ? up_to(1) : 100 + up_to(500);
    source.step_ms = static_cast<std::int64_t>(1 + up_to(1'000));
    source.jitter_ms = static_cast<std::int64_t>(up_to(1) == 0 ? up_to(5'000) : up_to(200'000));
    source.begin_ms = static_cast<std::int64_t>(1'000'000 + up_to(300'000));
    source.keys = 1 + up_to(20);
    source.bad = up_to(100);
    source.twice = up_to(100);
  }
  shape.immediate = static_cast<std::uint32_t>(up_to(3) == 0 ? 0 : up_to(63));
  return shape;
}

input make_input(const plan_shape& shape, std::uint64_t seed) {
  std::mt19937_64 chance{seed};
  input made;
  for (std::size_t s = 0; s < shape.sources.size(); ++s) {
    fill_source(shape.sources[s], s, chance, made);
  }
  return made;
}

std::uint32_t partition_of(const flow::visit& v, std::uint32_t partitions) {
  return base::shard_of(base::slot_of(base::hash64(v.key)), partitions).get();
}

feed interleaved_anew(const input& from, std::size_t source, std::uint32_t partitions,
                      std::uint64_t seed) {
  std::vector<feed> apart(partitions);
  for (std::size_t i = 0; i < from.feeds[source].size(); ++i) {
    const auto& said = from.visits[source][i];
    apart[said ? partition_of(*said, partitions) : 0].push_back(from.feeds[source][i]);
  }
  std::mt19937_64 chance{seed};
  std::vector<std::size_t> taken(partitions);
  feed mixed;
  while (mixed.size() < from.feeds[source].size()) {
    const auto p = chance() % partitions;
    if (taken[p] < apart[p].size()) {
      mixed.push_back(apart[p][taken[p]++]);
    }
  }
  return mixed;
}

}  // namespace aisle::sim
