// SPDX-License-Identifier: Apache-2.0
#include "bench/epochs/keeper.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/checkpoint/changes.hpp"

namespace aisle::bench {

void keeper::carry_out(checkpoint::sole_effects& effects) {
  base::check(!effects.broken, effects.broken.value_or("").c_str());
  if (effects.fold) {
    kept_.writer()->fold(effects.complete->record, effects.complete->at);
  }
  if (effects.append) {
    kept_.writer()->append(effects.append->what, effects.append->after);
  }
  if (!effects.store.empty()) {
    std::vector<checkpoint::store_delta> deltas;
    for (auto& one : effects.store) {
      deltas.push_back({.copy = kept_.copy_of(one.shard),
                        .is = one.is,
                        .base = one.base,
                        .bytes = std::move(one.bytes)});
    }
    kept_.writer()->store(effects.store.front().is.attempt, std::move(deltas));
  }
  effects = {};
}

void keeper::note(const checkpoint::state_writer::answers& done) {
  base::check(!done.broken && !done.waits, done.broken ? done.broken->c_str() : "there is room");
  if (done.folded) {
    kept_.member().folded(*done.folded);
  }
}

template <class Answer>
Answer keeper::wait_for(std::optional<Answer> checkpoint::state_writer::answers::* what,
                        cost& into) {
  while (true) {
    checkpoint::state_writer::answers done;
    into += cost_of([&] { done = kept_.writer()->work(); });
    note(done);
    if (done.*what) {
      return *std::move(done.*what);
    }
  }
}

keeper::costs keeper::keep(checkpoint::shared_bytes bytes) {
  using answers = checkpoint::state_writer::answers;
  static const auto nothing =
      std::make_shared<const std::string>(checkpoint::encode(checkpoint::changes{}));
  auto& member = kept_.member();
  const auto& names = kept_.names();
  checkpoint::sole_effects effects;
  costs taken;
  taken.take = cost_of([&] {
    member.want_epoch({}, effects);
    base::check(effects.start.has_value(), "an epoch starts when the last is complete");
    carry_out(effects);
    for (const auto& lane : names.lanes) {
      member.frozen(lane, nothing, effects);
    }
    for (const auto& reader : names.readers) {
      member.cut({.partition = {.source = reader.of, .number = 0}}, effects);
      member.frozen(reader, nothing, effects);
    }
    member.frozen(names.shards.front(), std::move(bytes), effects);
    carry_out(effects);
  });
  const auto stored = wait_for(&answers::stored, taken.store);
  member.stored(stored, {}, effects);
  carry_out(effects);
  const auto entry = wait_for(&answers::appended, taken.complete);
  member.appended(entry, {}, effects);
  carry_out(effects);
  for (const auto& lane : names.lanes) {
    member.delivered(lane, member.newest(), {}, effects);
  }
  return taken;
}

bool keeper::tidy() {
  if (kept_.writer()->has_work()) {
    note(kept_.writer()->work());
  }
  return kept_.writer()->has_work();
}

}  // namespace aisle::bench
