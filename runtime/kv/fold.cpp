// SPDX-License-Identifier: Apache-2.0
// Folding, and what else happens to attempts once the control log has told what became of them.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"
#include "runtime/kv/copies.hpp"
#include "runtime/kv/folder.hpp"
#include "runtime/kv/node_state.hpp"

namespace aisle::kv {
namespace {

void note_applied(txn& in, log_offset applied) {
  const auto key = ledger_key::progress();
  auto row = in.row<progress_row>(key).value_or(progress_row{});
  if (applied <= row.applied) return;
  row.applied = applied;
  in.put_row(key, row);
}

/// A chain with `from` in it is good: what is above it and older than the generation goes, but for
/// what a fold has begun to move.
standing stand(txn& in, copy_id id, generation g, attempt from) {
  auto facts = facts_of(in, id);
  auto tip = facts.row.base;
  const bool holds = facts.holds(from);
  for (const auto& [of, row] : facts.chain) {
    const bool moves = facts.row.is_half_folded() && of <= facts.row.folds_to;
    if (of.generation < g && of.epoch > from.epoch && !moves) {
      in.erase(table::ledger, ledger_key::link(id, of));
      in.erase(table::ledger, ledger_key::outbox(id, of));
      continue;
    }
    tip = of;
  }
  if (tip != facts.row.tip) {
    facts.row.tip = tip;
    in.put_row(ledger_key::copy(id), facts.row);
  }
  return {.copy = id, .holds = holds && facts.row.state == copy_state::whole};
}

}  // namespace

result<std::vector<standing>> node_state::begin_generation(generation g, attempt from,
                                                           log_offset applied) {
  std::vector<standing> out;
  const auto written = env_->write([&](txn& in) {
    out.clear();
    const auto key = ledger_key::progress();
    auto progress = in.row<progress_row>(key).value_or(progress_row{});
    if (g < progress.written_under) {
      throw trouble{errc::old_generation,
                    fmt::format("generation {} is older than {}, which was written under", g.get(),
                                progress.written_under.get())};
    }
    for (const auto id : copies_in(in)) {
      out.push_back(stand(in, id, g, from));
    }
    progress.written_under = g;
    progress.applied = std::max(progress.applied, applied);
    in.put_row(key, progress);
  });
  if (!written) return std::unexpected{written.error()};
  base::pass_fault(base::fault_point::kv_generation_begun);
  return out;
}

result<bool> node_state::fold_step(attempt up_to, log_offset applied) {
  bool more = false;
  bool idle = true;
  const auto foldable = reading([&](const txn& in) {
    return std::ranges::any_of(copies_in(in),
                               [&](copy_id id) { return can_fold(facts_of(in, id), up_to); }) ||
           in.row<progress_row>(ledger_key::progress()).value_or(progress_row{}).applied < applied;
  });
  if (!foldable) return std::unexpected{foldable.error()};
  if (!*foldable) return false;
  const auto written = env_->write([&](txn& in) {
    folder work{in, fold_rows_max};
    for (const auto id : copies_in(in)) {
      const auto facts = facts_of(in, id);
      if (can_fold(facts, up_to)) work.fold(facts, up_to);
    }
    more = work.is_spent();
    idle = work.is_idle();
    note_applied(in, applied);
    base::pass_fault(base::fault_point::kv_fold_written);
  });
  if (!written) return std::unexpected{written.error()};
  base::pass_fault(base::fault_point::kv_fold_synced);
  return more && !idle;
}

}  // namespace aisle::kv
