// SPDX-License-Identifier: Apache-2.0
// What nothing leads to any more: rows of attempts that were given up or never came to their end,
// parts of outboxes that are out, and copies that are being removed.
#include <algorithm>
#include <string>

#include "runtime/base/fault.hpp"
#include "runtime/kv/copies.hpp"
#include "runtime/kv/node_state.hpp"
#include "runtime/kv/outbox_rows.hpp"

namespace aisle::kv {
namespace {

/// Rows that one step removes. Each is in a leaf of its own at worst, with a timer elsewhere.
constexpr std::size_t sweep_rows_max = 16384;
static_assert(sweep_rows_max * 4 <= dirty_pages_max);

class sweeper {
 public:
  explicit sweeper(txn& in)
      : in_{in},
        written_under_{
            in.row<progress_row>(ledger_key::progress()).value_or(progress_row{}).written_under} {}

  void deltas() {
    groups(table::deltas, delta_prefix_bytes, read_delta_prefix, [&](const delta_prefix& group) {
      return group.of.generation < written_under_ &&
             !in_.row<link_row>(ledger_key::link(group.copy, group.of));
    });
  }

  void outboxes() {
    groups(table::outbox, 24, read_outbox_prefix, [&](const delta_prefix& group) {
      const auto box = in_.row<outbox_row>(ledger_key::outbox(group.copy, group.of));
      return box ? box->trimmed
                 : group.of.generation < written_under_ || group.of < oldest_of(group.copy);
    });
  }

  void leaving() {
    for (const auto id : copies_in(in_)) {
      const auto key = ledger_key::copy(id);
      auto copy = *in_.row<copy_row>(key);
      if (copy.state != copy_state::leaving || left_ == 0) continue;
      remove_base(id, copy);
      if (left_ > 0) {
        in_.erase(table::ledger, key);
      } else {
        in_.put_row(key, copy);
      }
    }
  }

  [[nodiscard]] bool is_spent() const { return left_ == 0; }

 private:
  /// The lane's oldest outbox that still has a row: what has none and is older was trimmed with it.
  [[nodiscard]] attempt oldest_of(copy_id lane) const {
    attempt oldest;
    in_.each_row<outbox_row>(ledger_key::outboxes(lane),
                             [&](std::string_view key, const outbox_row&) {
                               oldest = ledger_key::attempt_of(key).value_or(oldest);
                               return false;
                             });
    return oldest;
  }

  /// Goes from group to group of rows with the same prefix, and removes those that may go.
  template <class Read, class May>
  void groups(table of, std::size_t prefix_bytes, Read read, May may) {
    auto at = in_.cursor(of);
    bool on = at.first();
    while (on && left_ > 0) {
      if (at.key().size() < prefix_bytes) in_.damaged(of, at.key());
      std::string prefix{at.key().substr(0, prefix_bytes)};
      if (may(read(prefix))) {
        for (; on && at.is_in(prefix) && left_ > 0; --left_) {
          on = at.erase();
        }
      } else {
        on = increment(prefix) && at.seek(prefix);
      }
    }
  }

  void remove_base(copy_id id, copy_row& copy) {
    std::string prefix;
    append_base_prefix(prefix, id.unit);
    std::string first = prefix;
    append_hash_bound(first, copy.hashes.first);
    remove_rows(id, copy, prefix, first, section::actors);
    first = prefix;
    append_notes_bound(first, id.number);
    remove_rows(id, copy, first, first, section::notes);
  }

  void remove_rows(copy_id id, copy_row& copy, const std::string& within, const std::string& first,
                   section of) {
    auto at = in_.cursor(table::base);
    bool on = at.seek(first);
    for (; on && at.is_in(within) && left_ > 0; --left_) {
      const auto key = at.key();
      const auto place = read_place(
          key.substr(base_prefix_bytes, key.size() - base_prefix_bytes - chunk_number_bytes));
      const auto chunk = decode_chunk(key.substr(base_prefix_bytes), at.value());
      if (!place || !chunk) in_.damaged(table::base, key);
      if (place->section != of || (of == section::actors && !copy.hashes.holds(place->key_hash))) {
        return;
      }
      if (chunk->head.kind == value_kind::first && chunk->head.due != no_timer) {
        std::string timer;
        append_timer_key(
            timer, id.unit, chunk->head.due,
            key.substr(base_prefix_bytes, key.size() - base_prefix_bytes - chunk_number_bytes));
        in_.erase(table::timers, timer);
        --copy.timers;
      }
      if (of == section::actors && chunk->head.kind == value_kind::first) --copy.actors;
      copy.in_base.remove(chunk->head.sum);
      on = at.erase();
    }
  }

  txn& in_;
  generation written_under_;
  std::size_t left_ = sweep_rows_max;
};

}  // namespace

result<bool> node_state::sweep_step() {
  bool more = false;
  const auto written = env_->write([&](txn& in) {
    sweeper work{in};
    work.deltas();
    work.outboxes();
    work.leaving();
    more = work.is_spent();
  });
  if (!written) return std::unexpected{written.error()};
  base::pass_fault(base::fault_point::kv_swept);
  return more;
}

result<void> node_state::drop_copy(copy_id copy) {
  return env_->write([&](txn& in) {
    auto facts = facts_of(in, copy);
    for (const auto& link : facts.chain) {
      in.erase(table::ledger, ledger_key::link(copy, link.of));
    }
    std::vector<std::string> boxes;
    in.each_row<outbox_row>(ledger_key::outboxes(copy),
                            [&](std::string_view key, const outbox_row&) {
                              boxes.emplace_back(key);
                              return true;
                            });
    for (const auto& key : boxes) {
      in.erase(table::ledger, key);
    }
    facts.row.state = copy_state::leaving;
    facts.row.tip = facts.row.base;
    facts.row.folded = {};
    facts.row.folds_to = {};
    in.put_row(ledger_key::copy(copy), facts.row);
  });
}

namespace {

void trim(txn& in, const delivered_lane& lane) {
  std::vector<std::pair<std::string, outbox_row>> out;
  in.each_row<outbox_row>(ledger_key::outboxes(lane.lane),
                          [&](std::string_view key, const outbox_row& row) {
                            const auto of = ledger_key::attempt_of(key);
                            if (!of) in.damaged(table::ledger, key);
                            if (*of <= lane.to) out.emplace_back(key, row);
                            return true;
                          });
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto& [key, row] = out[i];
    // The last one says how far the lane was delivered; it stays until a later one does.
    if (i + 1 < out.size()) {
      in.erase(table::ledger, key);
    } else {
      row.trimmed = true;
      in.put_row(key, row);
    }
  }
}

}  // namespace

result<void> node_state::trim_outboxes(std::span<const delivered_lane> lanes) {
  const auto written = env_->write([&](txn& in) {
    for (const auto& lane : lanes) {
      trim(in, lane);
    }
  });
  base::pass_fault(base::fault_point::kv_outbox_trimmed);
  return written;
}

}  // namespace aisle::kv
