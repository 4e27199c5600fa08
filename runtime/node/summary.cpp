// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/summary.hpp"

#include <numeric>

#include "runtime/base/json_object.hpp"

namespace aisle::node {
namespace {

void member(base::json_object& of, std::string_view name, std::uint64_t count) {
  of.integer(name, static_cast<std::int64_t>(count));
}

void write(std::string& to, const flow::source_counts& counts) {
  base::json_object source{to};
  member(source, "read", counts.read);
  member(source, "accepted", counts.accepted);
  member(source, "rejected", counts.rejected);
  member(source, "duplicate", counts.duplicate);
  member(source, "rounded", counts.rounded);
  // Only envelopes of changes have such; what reads summaries adds the others up.
  if (counts.skipped > 0) {
    member(source, "skipped", counts.skipped);
  }
  source.end();
}

void write(std::string& to, const entity::stage_counts& counts) {
  base::json_object stage{to};
  member(stage, "in", counts.in);
  member(stage, "applied", counts.applied);
  member(stage, "late", counts.late);
  member(stage, "failed", counts.failed);
  member(stage, "quarantined", counts.quarantined);
  stage.end();
}

/// Only where there is something: runs without it are the same bit by bit.
void write_declared(base::json_object& summary, const epoch_record& record) {
  const auto tables =
      std::accumulate(record.table_versions.begin(), record.table_versions.end(), std::uint64_t{0});
  if (record.declared_idle == 0 && tables == 0) {
    return;
  }
  base::json_object declared{summary.name("declared")};
  member(declared, "idle", record.declared_idle);
  member(declared, "tables", tables);
  declared.end();
}

}  // namespace

std::string summary_json(const wiring& wired, const epoch_record& record) {
  std::string json;
  base::json_object summary{json};
  base::json_object sources{summary.name("sources")};
  for (std::size_t r = 0; r < wired.readers.size(); ++r) {
    write(sources.name(wired.readers[r].options.source), record.readers[r]);
  }
  sources.end();
  std::vector<entity::stage_counts> totals(wired.stages.size());
  for (std::size_t s = 0; s < wired.shards.size(); ++s) {
    totals[wired.shards[s].stage] += record.shards[s];
  }
  base::json_object stages{summary.name("stages")};
  for (std::size_t s = 0; s < wired.stages.size(); ++s) {
    write(stages.name(wired.stages[s].name), totals[s]);
  }
  stages.end();
  write_declared(summary, record);
  summary.end();
  json += '\n';
  return json;
}

}  // namespace aisle::node
