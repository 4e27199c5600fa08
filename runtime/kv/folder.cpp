// SPDX-License-Identifier: Apache-2.0
// 1. All complete attempts of a chain are folded in one pass over the places: the newest row of a
//    place goes into the base, the others only leave the deltas. An actor that changed in each of
//    them costs the base one page, not one for each.
// 2. The cursor is what is left of the deltas, and what the copy's row says of it; both are in the
//    transaction that moves the rows. Where a fold goes to is fixed by its first step.
// 3. Of one place, older rows leave before newer ones, if not in the same step: what is read is the
//    newest that is left.
// 4. A step reads first, and changes afterwards: views into pages live until something changes.
// 5. A row's chunks go into the base as they are: their checksums hold at their place, not in a
//    table.
#include "runtime/kv/folder.hpp"

#include <algorithm>

namespace aisle::kv {

bool can_fold(const copy_facts& copy, attempt up_to) {
  return copy.row.state == copy_state::whole &&
         std::ranges::any_of(copy.chain, [&](const auto& link) { return link.of == up_to; });
}

folder::folder(txn& in, std::size_t rows_max, fold_mistake mistake)
    : in_{in}, left_{rows_max}, mistake_{mistake}, base_{in.cursor(table::base)} {}

void folder::fold(const copy_facts& copy, attempt up_to) {
  auto row = copy.row;
  std::span<const copy_facts::link> chain{copy.chain};
  while (!is_spent()) {
    const auto to = row.is_half_folded() ? row.folds_to : up_to;
    const auto behind = std::ranges::find_if(chain, [&](const auto& l) { return to < l.of; });
    const auto links = chain.first(static_cast<std::size_t>(behind - chain.begin()));
    if (links.empty()) break;
    idle_ = false;
    row.folds_to = to;
    if (!fold_links(copy.id, row, links)) break;
    for (const auto& link : links) {
      in_.erase(table::ledger, ledger_key::link(copy.id, link.of));
    }
    row.base = links.back().of;
    row.folded = {};
    row.folds_to = {};
    chain = chain.subspan(links.size());
  }
  if (row != copy.row) in_.put_row(ledger_key::copy(copy.id), row);
}

bool folder::fold_links(copy_id id, copy_row& copy, std::span<const copy_facts::link> links) {
  row_sum prepared;
  sources_.clear();
  for (const auto& link : links) {
    prepared += link.row.rows;
    append_delta_prefix(sources_.emplace_back().prefix, link.of, id);
  }
  const bool all = read_rows(copy);
  erase_rows();
  for (const auto& row : rows_) {
    put_row(id, copy, row);
  }
  if (all && copy.folded != prepared) in_.damaged(table::deltas, sources_.front().prefix);
  return all;
}

bool folder::read_rows(copy_row& copy) {
  rows_.clear();
  chunks_.clear();
  bytes_.clear();
  std::vector<row_cursor> rows;
  for (const auto& one : sources_) {
    rows.emplace_back(in_, table::deltas, one.prefix).seek({});
  }
  while (true) {
    holders_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!rows[i].on()) continue;
      const auto order =
          holders_.empty() ? 0 : rows[i].place().compare(rows[holders_.front()].place());
      if (order < 0) holders_.clear();
      if (order <= 0) holders_.push_back(i);
    }
    if (holders_.empty()) return true;
    if (is_spent() || !read_place(copy, rows)) return false;
  }
}

bool folder::read_place(copy_row& copy, std::span<row_cursor> rows) {
  if (mistake_ == fold_mistake::older_row_wins) std::ranges::reverse(holders_);
  const auto newest = holders_.back();
  holders_.pop_back();
  const bool too_early = mistake_ == fold_mistake::newest_leaves_first;
  if (too_early) keep_row(copy, rows[newest], sources_[newest]);
  bool was_gone = false;
  for (const auto i : holders_) {
    if (is_spent()) return false;
    was_gone |= drop_row(copy, rows[i], sources_[i]) == value_kind::tombstone;
  }
  if (too_early) return true;
  if (is_spent()) return false;
  keep_row(copy, rows[newest], sources_[newest]);
  if (was_gone && mistake_ == fold_mistake::tombstone_wins) {
    rows_.back().head.kind = value_kind::tombstone;
  }
  return true;
}

void folder::count(copy_row& copy, source& from, std::uint64_t sum) {
  copy.folded.add(sum);
  ++from.chunks;
  left_ -= left_ > 0 ? 1 : 0;
}

value_kind folder::drop_row(copy_row& copy, row_cursor& rows, source& from) {
  return rows
      .each_chunk(
          [&](std::string_view, const chunk_view& chunk) { count(copy, from, chunk.head.sum); })
      .kind;
}

void folder::keep_row(copy_row& copy, row_cursor& rows, source& from) {
  auto& row = rows_.emplace_back();
  row.place.assign(rows.place());
  row.first_chunk = chunks_.size();
  row.head = rows.each_chunk([&](std::string_view value, const chunk_view& chunk) {
    count(copy, from, chunk.head.sum);
    chunks_.push_back({.begin = bytes_.size(), .size = value.size(), .sum = chunk.head.sum});
    bytes_ += value;
  });
  row.chunks = chunks_.size() - row.first_chunk;
}

void folder::erase_rows() {
  auto at = in_.cursor(table::deltas);
  for (const auto& one : sources_) {
    if (one.chunks > 0) at.seek(one.prefix);
    for (std::size_t i = 0; i < one.chunks; ++i) {
      at.erase();
    }
  }
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

void folder::put_row(copy_id id, copy_row& copy, const moved_row& row) {
  base_key_.clear();
  append_base_prefix(base_key_, id.unit);
  base_key_ += row.place;
  const auto old = old_at(row.place, copy);
  const bool gone = row.head.kind == value_kind::tombstone;
  const auto now = gone ? 0 : row.chunks;
  std::string key;
  const auto number = [&](std::size_t i) -> const std::string& {
    key.assign(base_key_);
    append_chunk(key, static_cast<std::uint16_t>(i));
    return key;
  };
  for (std::size_t i = 0; i < now; ++i) {
    const auto& chunk = chunks_[row.first_chunk + i];
    base_.put(number(i), std::string_view{bytes_}.substr(chunk.begin, chunk.size));
    copy.in_base.add(chunk.sum);
  }
  for (auto i = now; i < old.chunks; ++i) {
    in_.erase(table::base, number(i));
  }
  if (row.place[0] != static_cast<char>(section::actors)) return;
  if (!gone) ++copy.actors;
  if (old.chunks > 0) --copy.actors;
  replace_timer(id, copy, row.place, old.due, gone ? no_timer : row.head.due);
}

void folder::replace_timer(copy_id id, copy_row& copy, std::string_view place,
                           base::event_time before, base::event_time now) {
  if (before == now) return;
  std::string key;
  if (before != no_timer) {
    append_timer_key(key, id.unit, before, place);
    if (!in_.erase(table::timers, key)) in_.damaged(table::timers, key);
    --copy.timers;
  }
  if (now != no_timer) {
    key.clear();
    append_timer_key(key, id.unit, now, place);
    in_.put(table::timers, key, sealed(key, {}));
    ++copy.timers;
  }
}

}  // namespace aisle::kv
