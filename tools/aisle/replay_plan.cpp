// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/replay_plan.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "runtime/node/open_sources.hpp"

namespace aisle::tool {
namespace {

base::diagnostic about(std::string message, std::string expected = {},
                       std::string suggestion = {}) {
  base::diagnostic d;
  d.path = "--from";
  d.code = "bad-argument";
  d.message = std::move(message);
  d.expected = std::move(expected);
  d.suggestion = std::move(suggestion);
  return d;
}

/// By source: by its own partition, the first offset that is taken. Empty: every record is.
using first_offsets = std::vector<std::vector<base::offset>>;

std::expected<first_offsets, base::diagnostics> place_offsets(
    const topology::plan& plan, const std::vector<node::opened_source>& opened,
    const std::vector<offset_asked>& asked) {
  std::vector<std::string> names;
  names.reserve(plan.sources.size());
  for (const auto& source : plan.sources) {
    names.push_back(source.name);
  }
  first_offsets first(names.size());
  base::diagnostics problems;
  for (const auto& one : asked) {
    const auto s = static_cast<std::size_t>(std::ranges::find(names, one.source) - names.begin());
    if (s == names.size()) {
      problems.push_back(about(fmt::format("there is no source \"{}\"", one.source),
                               fmt::format("one of: {}", fmt::join(names, ", ")),
                               base::nearest(one.source, names)));
      continue;
    }
    const auto partitions = std::max(opened[s].records->partitions(), 1U);
    if (one.partition && one.partition->get() >= partitions) {
      problems.push_back(about(
          fmt::format("source {} has {} partition{}, numbered from 0: there is no partition {}",
                      one.source, partitions, partitions == 1 ? "" : "s", one.partition->get())));
      continue;
    }
    first[s].resize(partitions);
    if (one.partition) {
      first[s][one.partition->get()] = one.offset;
    } else {
      std::ranges::fill(first[s], one.offset);
    }
  }
  if (!problems.empty()) {
    return std::unexpected{std::move(problems)};
  }
  return first;
}

/// Reads a source until every partition has come to its first offset. The highest event time
/// before.
std::expected<base::event_time, base::diagnostic> skip(const topology::planned_source& planned,
                                                       node::opened_source& source,
                                                       const std::vector<base::offset>& first) {
  auto highest = base::beginning_of_time;
  std::vector<bool> has_come(first.size());
  for (std::size_t p = 0; p < first.size(); ++p) {
    has_come[p] = first[p] <= base::offset{0};
  }
  record::decoded decoded;
  io::raw_record record;
  while (!std::ranges::all_of(has_come, [](bool come) { return come; })) {
    const auto read = source.records->next(record);
    if (!read) {
      return std::unexpected{node::problem(planned.name, "unreadable", read.error().message)};
    }
    if (*read != io::reading::record) {
      const auto short_of =
          static_cast<std::size_t>(std::ranges::find(has_come, false) - has_come.begin());
      return std::unexpected{about(fmt::format("partition {} of source {} ends before offset {}",
                                               short_of, planned.name, first[short_of].get()))};
    }
    const auto p = record.partition.get();
    if (record.ordinal >= first[p]) {
      has_come[p] = true;
      continue;
    }
    const auto what = source.decoder->decode(record.bytes, decoded);
    if (what == record::outcome::held_up) {
      return std::unexpected{
          node::problem(planned.name, "no-schema", std::string{source.decoder->waits_for()})};
    }
    if (what == record::outcome::event) {
      const auto place = *planned.contract->event_time();
      const auto time = static_cast<std::int64_t>(decoded.row().words[1 + place]);
      highest = std::max(highest, base::event_time{base::duration{time}});
    }
  }
  return highest;
}

std::expected<void, base::diagnostics> narrow_by_offsets(
    topology::plan& plan, const replay_range& to, const node::kafka_config& kafka,
    const std::optional<node::registry_config>& registry) {
  const auto schemas = node::registry_for(plan, registry);
  if (!schemas) {
    return std::unexpected{schemas.error()};
  }
  auto opened = node::open_sources(plan, false, kafka, *schemas);
  if (!opened) {
    return std::unexpected{std::move(opened.error())};
  }
  auto first = place_offsets(plan, *opened, to.offsets);
  if (!first) {
    return std::unexpected{std::move(first.error())};
  }
  auto highest = base::beginning_of_time;
  for (std::size_t s = 0; s < plan.sources.size(); ++s) {
    const auto skipped = skip(plan.sources[s], (*opened)[s], (*first)[s]);
    if (!skipped) {
      return std::unexpected{base::diagnostics{skipped.error()}};
    }
    highest = std::max(highest, *skipped);
    plan.sources[s].replay.emplace(
        flow::replay::range{.to = to.to, .offsets = std::move((*first)[s])});
  }
  const bool skips_nothing = highest == base::beginning_of_time;
  plan.outputs = {.windows_from = skips_nothing ? highest : highest + base::duration{1},
                  .from = base::beginning_of_time,
                  .to = to.to};
  return {};
}

void narrow_by_time(topology::plan& plan, const replay_range& to) {
  for (auto& source : plan.sources) {
    source.replay.emplace(
        flow::replay::range{.from = *to.from, .to = to.to, .warm_up = to.warm_up, .offsets = {}});
  }
  plan.outputs = {.windows_from = *to.from, .from = *to.from, .to = to.to};
}

/// Nobody but the output folder hears of a replay.
base::diagnostics keep_to_files(std::vector<topology::planned_sink>& sinks) {
  base::diagnostics problems;
  std::set<std::string> folders;
  for (auto& sink : sinks) {
    sink.log.reset();
    sink.webhook.reset();
    sink.immediate = false;
    if (!folders.insert(sink.folder).second) {
      problems.push_back(about(
          fmt::format("a replay puts topics and folders beside each other, and two sinks write {}",
                      sink.folder)));
    }
  }
  return problems;
}

}  // namespace

std::expected<void, base::diagnostics> narrow(
    topology::plan& plan, const replay_range& to, const node::kafka_config& kafka,
    const std::optional<node::registry_config>& registry) {
  if (auto problems = keep_to_files(plan.sinks); !problems.empty()) {
    return std::unexpected{std::move(problems)};
  }
  for (auto& source : plan.sources) {
    // What lies before is read, too, and nobody is told how far.
    source.start = {};
    source.group.clear();
  }
  if (!to.from) {
    return narrow_by_offsets(plan, to, kafka, registry);
  }
  narrow_by_time(plan, to);
  return {};
}

}  // namespace aisle::tool
