// SPDX-License-Identifier: Apache-2.0
// A row's chunks go into the base as they are: their checksums hold at their place, not in a table.
// Attempts are folded oldest first. The cursor is what is left of the deltas, and what the copy's
// row says of it; both are in the transaction that moves the rows.
#include "runtime/kv/folder.hpp"

#include <algorithm>

namespace aisle::kv {

bool can_fold(const copy_facts& copy, attempt up_to) {
  return copy.row.state == copy_state::whole &&
         std::ranges::any_of(copy.chain, [&](const auto& link) { return link.of == up_to; });
}

folder::folder(txn& in, std::size_t rows_max)
    : in_{in}, left_{rows_max}, deltas_{in.cursor(table::deltas)}, base_{in.cursor(table::base)} {}

void folder::fold(const copy_facts& copy, attempt up_to) {
  auto row = copy.row;
  for (const auto& link : copy.chain) {
    if (is_spent() || up_to < link.of) break;
    idle_ = false;
    if (!fold_attempt(copy.id, row, link)) break;
    row.base = link.of;
    row.folded = {};
    in_.erase(table::ledger, ledger_key::link(copy.id, link.of));
  }
  if (row != copy.row) in_.put_row(ledger_key::copy(copy.id), row);
}

bool folder::fold_attempt(copy_id id, copy_row& copy, const copy_facts::link& link) {
  prefix_.clear();
  append_delta_prefix(prefix_, link.of, id);
  deltas_.seek(prefix_);
  while (left_ > 0 && deltas_.is_in(prefix_)) {
    take_row(copy);
    put_row(id, copy);
  }
  if (deltas_.is_in(prefix_)) return false;
  if (copy.folded != link.row.rows) in_.damaged(table::deltas, prefix_);
  return true;
}

void folder::take_row(copy_row& copy) {
  chunks_.clear();
  std::size_t payload = 0;
  do {
    const auto key = deltas_.key();
    const auto chunk = decode_chunk(key.substr(delta_prefix_bytes), deltas_.value());
    if (!chunk || key.size() < delta_prefix_bytes + chunk_number_bytes) {
      in_.damaged(table::deltas, key);
    }
    const auto place =
        key.substr(delta_prefix_bytes, key.size() - delta_prefix_bytes - chunk_number_bytes);
    const bool first = chunks_.empty();
    if (first) {
      place_.assign(place);
      head_ = chunk->head;
    }
    if (place != place_ || (chunk->head.kind == value_kind::more) == first ||
        chunk->head.of != head_.of) {
      in_.damaged(table::deltas, key);
    }
    payload += chunk->bytes.size();
    chunks_.push_back({.key = std::string{key.substr(delta_prefix_bytes)},
                       .value = std::string{deltas_.value()},
                       .sum = chunk->head.sum});
    copy.folded.add(chunk->head.sum);
    left_ -= left_ > 0 ? 1 : 0;
    deltas_.erase();
  } while (payload < head_.payload_bytes && deltas_.is_in(prefix_));
  if (payload != head_.payload_bytes) in_.damaged(table::deltas, prefix_ + place_);
}

folder::old_row folder::old_at(std::string_view place, copy_row& copy) {
  old_row old;
  const std::size_t keyed = base_prefix_bytes + place.size() + chunk_number_bytes;
  for (bool on = base_.seek(base_key_); on && base_.is_in(base_key_) && base_.key().size() == keyed;
       on = base_.next()) {
    const auto chunk = decode_chunk(base_.key().substr(base_prefix_bytes), base_.value());
    if (!chunk) in_.damaged(table::base, base_.key());
    if (old.chunks++ == 0) old.due = chunk->head.due;
    copy.in_base.remove(chunk->head.sum);
  }
  return old;
}

void folder::put_row(copy_id id, copy_row& copy) {
  base_key_.clear();
  append_base_prefix(base_key_, id.unit);
  base_key_ += place_;
  const auto old = old_at(place_, copy);
  const bool gone = head_.kind == value_kind::tombstone;
  const auto now = gone ? 0 : chunks_.size();
  for (std::size_t i = 0; i < now; ++i) {
    const auto key = base_key_ + chunks_[i].key.substr(place_.size());
    base_.put(key, chunks_[i].value);
    copy.in_base.add(chunks_[i].sum);
  }
  for (auto i = now; i < old.chunks; ++i) {
    auto key = base_key_;
    append_chunk(key, static_cast<std::uint16_t>(i));
    in_.erase(table::base, key);
  }
  if (place_[0] != static_cast<char>(section::actors)) return;
  if (!gone) ++copy.actors;
  if (old.chunks > 0) --copy.actors;
  replace_timer(id, copy, old.due, gone ? no_timer : head_.due);
}

void folder::replace_timer(copy_id id, copy_row& copy, base::event_time before,
                           base::event_time now) {
  if (before == now) return;
  std::string key;
  if (before != no_timer) {
    append_timer_key(key, id.unit, before, place_);
    if (!in_.erase(table::timers, key)) in_.damaged(table::timers, key);
    --copy.timers;
  }
  if (now != no_timer) {
    key.clear();
    append_timer_key(key, id.unit, now, place_);
    in_.put(table::timers, key, sealed(key, {}));
    ++copy.timers;
  }
}

}  // namespace aisle::kv
