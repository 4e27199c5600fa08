// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/wiring.hpp"

#include <algorithm>
#include <array>

namespace aisle::node {
namespace {

using entity::output_kind;

entity::stage make_stage(const topology::plan& plan, const topology::planned_stage& from,
                         const loaded_tables& tables) {
  entity::stage stage{.topology = plan.name,
                      .name = from.name,
                      .id = from.id,
                      .key = {},
                      .streams = {},
                      .tables = {},
                      .behaviours = {},
                      .max_failures = from.max_failures,
                      .outputs = plan.outputs};
  for (const auto& field : from.key) {
    stage.key.push_back({.name = field.name, .type = field.type});
  }
  for (const auto& stream : from.streams) {
    const auto& source = plan.sources[stream.source.get()];
    stage.streams.push_back(
        {.source = source.name,
         .source_id = stream.source,
         .rows = stream.lines ? record::row_kind::line : record::row_kind::record,
         .contract = source.contract.get(),
         .key = stream.key});
  }
  for (const auto& known : from.knows) {
    stage.tables.push_back({.rows = tables[known.table], .key = known.key});
  }
  for (const auto& behaviour : from.behaviours) {
    stage.behaviours.push_back({.name = behaviour.name,
                                .kind = behaviour.kind,
                                .logic = behaviour.behaviour.get(),
                                .inputs = behaviour.inputs});
  }
  return stage;
}

output_kind kind_of(topology::port port) {
  switch (port) {
    case topology::port::windows:
      return output_kind::window;
    case topology::port::decisions:
      return output_kind::decision;
    case topology::port::reports:
      return output_kind::report;
    case topology::port::late:
      return output_kind::late;
  }
  return output_kind::window;
}

/// Its records lie in a topic with a key and headers.
bool is_framed(const topology::planned_sink& sink) {
  return sink.log && sink.log->kind == topology::log_kind::kafka;
}

/// Builds the wiring in passes; each pass relies on the ones before it.
class wirer {
 public:
  wirer(const topology::plan& plan, wiring& into) : plan_{plan}, into_{into} {}

  void readers(const base::clock& clock, const std::vector<std::uint32_t>& partitions,
               bool follow) {
    for (std::size_t r = 0; r < plan_.sources.size(); ++r) {
      const auto& source = plan_.sources[r];
      wired_reader reader;
      reader.options.source = source.name;
      reader.options.contract = source.contract;
      reader.options.disorder = source.disorder;
      reader.options.ahead = source.ahead;
      reader.options.clock = &clock;
      reader.options.replay = source.replay;
      reader.options.idle_after = follow ? source.idle : std::nullopt;
      const bool has_own = r < partitions.size() && partitions[r] > 0;
      reader.options.partitions = has_own ? partitions[r] : source.partitions;
      reader.options.channels.resize(reader.options.partitions);
      into_.readers.push_back(std::move(reader));
    }
  }

  void shards(std::uint32_t per_stage) {
    const auto total = per_stage * std::max<std::size_t>(plan_.stages.size(), 1);
    for (std::size_t s = 0; s < plan_.stages.size(); ++s) {
      const auto first = into_.shards.size();
      const auto& stage = plan_.stages[s];
      // Where every key has an actor, one shard is the end of all channels and hands out.
      const auto shards = stage.keys_max ? 1 : per_stage;
      for (std::uint32_t k = 0; k < shards; ++k) {
        wired_shard shard{.stage = s,
                          .number = base::shard_id{k},
                          .options = {},
                          .tables = {},
                          .origins = {},
                          .lanes = {}};
        for (const auto& known : stage.knows) {
          shard.tables.push_back(known.table);
        }
        shard.options.stage = &into_.stages[s];
        shard.options.order = plan_.order == topology::order::event_time
                                  ? flow::reorder::mode::sorted
                                  : flow::reorder::mode::as_they_come;
        shard.options.keys_max = stage.keys_max;
        shard.options.rest.after = stage.sleep_after;
        shard.options.epoch_bytes_max = std::max<std::size_t>(outputs_bytes_max / total, 1U << 18);
        into_.shards.push_back(std::move(shard));
      }
      connect_stage(s, first, shards);
    }
  }

  void lanes() {
    for (std::size_t k = 0; k < plan_.sinks.size(); ++k) {
      const auto& sink = plan_.sinks[k];
      const auto first = into_.lanes.size();
      for (std::uint32_t l = 0; l < sink.lanes; ++l) {
        into_.writers += l == 0 || is_framed(sink) ? 1U : 0U;
        into_.lanes.push_back({.sink = k,
                               .number = base::lane_id{l},
                               .delivery = sink.immediate ? checkpoint::delivery::immediate
                                                          : checkpoint::delivery::exactly_once,
                               .writer = into_.writers - 1,
                               .origins = {}});
      }
      for (std::size_t s = 0; s < into_.shards.size(); ++s) {
        connect_shard(s, sink, first);
      }
      if (sink.dead_letters) {
        connect_dead_letters(first, sink);
      }
      if (into_.lanes[first].origins.empty()) {
        connect_for_barriers(first, sink.lanes);
      }
    }
  }

 private:
  void connect_stage(std::size_t s, std::size_t first_shard, std::uint32_t per_stage) {
    const auto& stage = plan_.stages[s];
    std::vector<std::optional<std::uint32_t>> first_target(into_.readers.size());
    for (std::size_t i = 0; i < stage.streams.size(); ++i) {
      const auto& stream = stage.streams[i];
      const auto r = static_cast<std::size_t>(stream.source.get());
      if (!first_target[r]) {
        first_target[r] = connect_source(r, first_shard, per_stage);
      }
      const bool is_read = std::ranges::any_of(stage.behaviours, [&](const auto& b) {
        return b.behaviour->reads(static_cast<entity::stream_index>(i));
      });
      into_.readers[r].options.routes.push_back(
          {.rows = stream.lines ? record::row_kind::line : record::row_kind::record,
           .stream = static_cast<std::uint8_t>(i),
           .key = stream.key,
           .first_target = *first_target[r],
           .shards = per_stage,
           .is_read = is_read});
    }
  }

  /// Channels from every partition of a source to every shard of a stage.
  std::uint32_t connect_source(std::size_t r, std::size_t first_shard, std::uint32_t per_stage) {
    auto& reader = into_.readers[r];
    const auto first_target = reader.options.targets;
    for (std::uint32_t k = 0; k < per_stage; ++k) {
      auto& shard = into_.shards[first_shard + k];
      for (std::uint32_t p = 0; p < reader.options.partitions; ++p) {
        const flow::channel channel{static_cast<std::uint32_t>(shard.origins.size())};
        shard.origins.push_back(
            {.reader = r, .partition = base::partition_id{p}, .target = first_target + k});
        shard.options.inlets.push_back(
            {.source = plan_.sources[r].id, .group = static_cast<std::uint32_t>(r)});
        reader.options.channels[p].push_back(channel);
      }
      reader.shards.push_back(first_shard + k);
      ++reader.options.targets;
    }
    return first_target;
  }

  void connect_shard(std::size_t s, const topology::planned_sink& sink, std::size_t first_lane) {
    auto& shard = into_.shards[s];
    std::vector<output_kind> kinds;
    for (const auto& from : sink.from) {
      if (from.stage == shard.stage) {
        kinds.push_back(kind_of(from.port));
      }
    }
    if (sink.dead_letters) {
      kinds.push_back(output_kind::dead_letter);
    }
    if (kinds.empty()) {
      return;
    }
    const entity::sink_lanes range{.first = shard.lanes.size(),
                                   .count = sink.lanes,
                                   .where = sink.where,
                                   .framed = is_framed(sink)};
    connect(false, s, shard.lanes, shard.options.lanes, first_lane, sink.lanes);
    for (const auto kind : kinds) {
      const auto k = static_cast<std::size_t>(kind);
      shard.options.sinks[k].push_back(range);
      auto& framed = into_.stages[shard.stage].framed[k];
      framed = framed || range.framed;
    }
  }

  void connect_dead_letters(std::size_t first_lane, const topology::planned_sink& sink) {
    for (std::size_t r = 0; r < into_.readers.size(); ++r) {
      auto& reader = into_.readers[r];
      reader.options.dead_letter_sinks.push_back(
          {.first = reader.lanes.size(), .count = sink.lanes, .framed = is_framed(sink)});
      connect(true, r, reader.lanes, reader.options.lanes, first_lane, sink.lanes);
    }
  }

  /// A sink of `*.reports` in a topology without reports takes nothing from anybody; its lanes
  /// still close an outbox in every epoch, and no epoch is complete without them.
  void connect_for_barriers(std::size_t first_lane, std::uint32_t count) {
    auto& reader = into_.readers.front();
    connect(true, 0, reader.lanes, reader.options.lanes, first_lane, count);
  }

  void connect(bool is_reader, std::size_t sender, std::vector<std::size_t>& lanes,
               std::vector<flow::channel>& channels, std::size_t first_lane, std::uint32_t count) {
    for (std::size_t l = first_lane; l < first_lane + count; ++l) {
      auto& lane = into_.lanes[l];
      channels.emplace_back(static_cast<std::uint32_t>(lane.origins.size()));
      lane.origins.push_back({.is_reader = is_reader, .sender = sender, .lane = lanes.size()});
      lanes.push_back(l);
    }
  }

  const topology::plan& plan_;
  wiring& into_;
};

}  // namespace

std::vector<entity::stage> stages_of(const topology::plan& plan) {
  const loaded_tables no_rows(plan.tables.size());
  std::vector<entity::stage> stages;
  for (const auto& stage : plan.stages) {
    stages.push_back(make_stage(plan, stage, no_rows));
    stages.back().tables.clear();
  }
  return stages;
}

std::unique_ptr<wiring> wire(const topology::plan& plan, const loaded_tables& tables,
                             std::uint32_t shards, const base::clock& clock,
                             const std::vector<std::uint32_t>& partitions, bool follow) {
  auto wired = std::make_unique<wiring>();
  for (const auto& stage : plan.stages) {
    wired->stages.push_back(make_stage(plan, stage, tables));
  }
  wirer passes{plan, *wired};
  passes.readers(clock, partitions, follow);
  passes.shards(shards);
  passes.lanes();
  return wired;
}

}  // namespace aisle::node
