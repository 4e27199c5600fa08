// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of a reading end, and how one begins again.
#include "runtime/base/check.hpp"
#include "runtime/flow/ingest.hpp"

namespace aisle::flow {

void ingest::keep_track() {
  for (auto& p : partitions_) {
    p.known.keep_track();
  }
}

ingest_delta ingest::freeze() {
  ingest_delta delta;
  delta.facts.counts = counts_;
  delta.facts.advanced = advanced_;
  for (auto& p : partitions_) {
    delta.repeats.push_back(p.known.freeze());
    delta.facts.partitions.push_back(
        {.highest = p.highest, .idle = is_idle(p.id), .repeats = delta.repeats.back().turns});
  }
  return delta;
}

void ingest::begin(const ingest_facts& from, const std::vector<std::vector<dedup_page>>& repeats) {
  base::check(from.partitions.size() == partitions_.size(), "a reader goes on with its partitions");
  counts_ = from.counts;
  advanced_ = from.advanced;
  for (auto& p : partitions_) {
    const auto& kept = from.partitions[p.id.get()];
    p.highest = kept.highest;
    p.known.begin(kept.repeats, repeats.at(p.id.get()));
    if (kept.idle) {
      idle_.go_on_idle(p.id);
    }
  }
}

}  // namespace aisle::flow
