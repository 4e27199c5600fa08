// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/snapshot.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/kv/copies.hpp"
#include "runtime/kv/crash_guard.hpp"
#include "runtime/kv/outbox_rows.hpp"
#include "runtime/kv/rows.hpp"

namespace aisle::kv {

bool copy_facts::holds(attempt of) const {
  // What is partly folded can only be read as it will be afterwards.
  if (row.is_half_folded() && of < row.folds_to) return false;
  return of == row.base || std::ranges::any_of(chain, [&](const link& l) { return l.of == of; });
}

template <class Look>
auto snapshot::looking(Look&& look) const -> result<std::invoke_result_t<Look, const txn&>> {
  const auto in = txn_.view();
  const inside_lmdb inside{in.context().path.c_str()};
  try {
    return look(in);
  } catch (const trouble& t) {
    return std::unexpected{t.what_happened()};
  }
}

result<std::vector<copy_facts>> snapshot::copies() const {
  return looking([](const txn& in) {
    std::vector<copy_facts> all;
    for (const auto id : copies_in(in)) {
      all.push_back(facts_of(in, id));
    }
    return all;
  });
}

result<copy_facts> snapshot::copy(copy_id id) const {
  return looking([&](const txn& in) { return facts_of(in, id); });
}

result<copy_reader> snapshot::open(copy_id id, std::optional<attempt> at) const {
  return looking([&](const txn& in) {
    auto facts = facts_of(in, id);
    const auto tip = facts.row.tip;
    if (facts.row.state != copy_state::whole) {
      throw trouble{errc::unknown_copy,
                    fmt::format("{} is being removed", control::to_text(facts.shard))};
    }
    if (at && !facts.holds(*at)) {
      throw trouble{errc::not_in_chain,
                    fmt::format("{} does not hold {}: it goes from {} to {}",
                                control::to_text(facts.shard), control::to_text(*at),
                                control::to_text(facts.row.base), control::to_text(tip))};
    }
    return copy_reader{in, std::move(facts), at.value_or(tip)};
  });
}

result<std::vector<outbox_facts>> snapshot::outboxes(copy_id lane) const {
  return looking([&](const txn& in) {
    std::vector<outbox_facts> all;
    in.each_row<outbox_row>(ledger_key::outboxes(lane),
                            [&](std::string_view key, const outbox_row& row) {
                              all.push_back({.of = *ledger_key::attempt_of(key), .row = row});
                              return true;
                            });
    return all;
  });
}

result<std::string> snapshot::outbox_part(copy_id lane, attempt of, std::uint32_t part) const {
  return looking([&](const txn& in) {
    row_sum ignored;
    return read_outbox_part(in, lane, of, part, ignored);
  });
}

result<std::vector<schema>> snapshot::schemas() const {
  return looking([](const txn& in) { return schemas_in(in); });
}

template <class Look>
auto copy_reader::looking(Look&& look) -> result<std::invoke_result_t<Look>> {
  const inside_lmdb inside{in_.context().path.c_str()};
  if (!row_) row_ = std::make_shared<kept_row>();
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Look>>) {
      look();
      return {};
    } else {
      return look();
    }
  } catch (const trouble& t) {
    return std::unexpected{t.what_happened()};
  }
}

std::vector<std::string> copy_reader::delta_prefixes() const {
  std::vector<std::string> out;
  for (const auto& link : facts_.chain) {
    if (at_ < link.of) break;
    append_delta_prefix(out.emplace_back(), link.of, facts_.id);
  }
  std::ranges::reverse(out);
  return out;
}

merged_rows copy_reader::rows() const {
  std::vector<row_cursor> sources;
  for (auto& prefix : delta_prefixes()) {
    sources.emplace_back(in_, table::deltas, std::move(prefix));
  }
  std::string base;
  append_base_prefix(base, facts_.id.unit);
  sources.emplace_back(in_, table::base, std::move(base));
  return merged_rows{std::move(sources)};
}

bool copy_reader::find(std::string_view place, kept_row& into) {
  const auto look_in = [&](table of, std::string prefix) {
    row_cursor rows{in_, of, std::move(prefix)};
    if (!rows.seek(place) || rows.place() != place) return false;
    rows.read(into);
    return true;
  };
  for (auto& prefix : delta_prefixes()) {
    if (look_in(table::deltas, std::move(prefix))) return !into.gone();
  }
  std::string base;
  append_base_prefix(base, facts_.id.unit);
  return look_in(table::base, std::move(base));
}

actor_state copy_reader::view_of(const kept_row& row) const {
  const auto place = read_place(row.place);
  if (!place || place->section != section::actors) in_.damaged(table::base, row.place);
  return {.key_hash = place->key_hash,
          .key = place->is_long
                     ? std::string_view{row.payload}.substr(0, row.head.key_bytes)
                     : std::string_view{row.place}.substr(row.place.size() - place->key.size()),
          .bytes = row.bytes(),
          .schema = row.head.schema,
          .due = row.head.due,
          .of = row.head.of};
}

result<std::optional<actor_state>> copy_reader::get(std::uint64_t key_hash, std::string_view key) {
  return looking([&]() -> std::optional<actor_state> {
    base::check(facts_.row.hashes.holds(key_hash), "an actor is looked for in its copy");
    std::string place;
    append_actor_place(place, key_hash, key);
    if (!find(place, *row_)) return std::nullopt;
    return view_of(*row_);
  });
}

result<void> copy_reader::each_of(std::uint64_t key_hash, const actor_visitor& visit) {
  return looking([&] {
    base::check(facts_.row.hashes.holds(key_hash), "an actor is looked for in its copy");
    auto all = rows();
    std::string bound;
    append_hash_bound(bound, key_hash);
    all.seek(bound);
    while (all.next(*row_) && row_->place.starts_with(bound)) {
      if (row_->gone()) continue;
      const auto view = view_of(*row_);
      const outside_lmdb outside;
      if (!visit(view)) return;
    }
  });
}

result<std::optional<std::uint64_t>> copy_reader::scan(std::uint64_t from_hash,
                                                       const actor_visitor& visit) {
  return looking([&]() -> std::optional<std::uint64_t> {
    const auto range = facts_.row.hashes;
    auto all = rows();
    std::string bound;
    append_hash_bound(bound, std::max(from_hash, range.first));
    all.seek(bound);
    std::optional<std::uint64_t> last;
    while (all.next(*row_)) {
      const auto place = read_place(row_->place);
      if (!place) in_.damaged(table::base, row_->place);
      if (place->section != section::actors || place->key_hash > range.last) return std::nullopt;
      if (last && place->key_hash != *last) return place->key_hash;
      if (row_->gone()) continue;
      const auto view = view_of(*row_);
      const outside_lmdb outside;
      if (!visit(view)) last = view.key_hash;
    }
    return std::nullopt;
  });
}

std::vector<timer> copy_reader::timers_of_chain(std::vector<std::string>& changed) const {
  std::vector<timer> out;
  std::vector<row_cursor> sources;
  for (auto& prefix : delta_prefixes()) {
    sources.emplace_back(in_, table::deltas, std::move(prefix));
  }
  merged_rows all{std::move(sources)};
  std::string bound;
  append_hash_bound(bound, 0);
  all.seek(bound);
  kept_row row;
  while (all.next(row)) {
    const auto place = read_place(row.place);
    if (!place) in_.damaged(table::deltas, row.place);
    if (place->section != section::actors) break;
    changed.push_back(row.place);
    if (row.gone() || row.head.due == no_timer) continue;
    out.push_back({.at = {.due = row.head.due, .place = row.place}, .key_hash = place->key_hash});
  }
  std::ranges::sort(out, {}, &timer::at);
  return out;
}

result<std::vector<timer>> copy_reader::timers(const timer_position& after, base::event_time until,
                                               std::size_t most) {
  return looking([&] {
    // Places are found in order, so `changed` is sorted.
    std::vector<std::string> changed;
    auto out = timers_of_chain(changed);
    std::erase_if(out, [&](const timer& t) { return t.at <= after || t.at.due > until; });
    std::size_t from_base = 0;
    std::string prefix;
    append_base_prefix(prefix, facts_.id.unit);
    std::string first;
    append_timer_key(first, facts_.id.unit, after.due, after.place);
    auto at = in_.cursor(table::timers);
    for (bool on = at.seek(first); on && at.is_in(prefix) && from_base < most; on = at.next()) {
      if (!unsealed(at.key(), at.value()) || at.key().size() < timer_prefix_bytes) {
        in_.damaged(table::timers, at.key());
      }
      timer_position here{.due = due_of_timer(at.key()),
                          .place = std::string{at.key().substr(timer_prefix_bytes)}};
      if (here.due > until) break;
      const auto place = read_place(here.place);
      if (!place) in_.damaged(table::timers, at.key());
      if (here <= after || !facts_.row.hashes.holds(place->key_hash) ||
          std::ranges::binary_search(changed, here.place)) {
        continue;
      }
      out.push_back({.at = std::move(here), .key_hash = place->key_hash});
      ++from_base;
    }
    std::ranges::sort(out, {}, &timer::at);
    if (out.size() > most) out.resize(most);
    return out;
  });
}

result<std::optional<std::string>> copy_reader::note(std::string_view name) {
  return looking([&]() -> std::optional<std::string> {
    std::string place;
    append_note_place(place, facts_.id.number, name);
    if (!find(place, *row_)) return std::nullopt;
    return std::string{row_->bytes()};
  });
}

result<void> copy_reader::each_note(const note_visitor& visit) {
  return looking([&] {
    auto all = rows();
    std::string bound;
    append_notes_bound(bound, facts_.id.number);
    all.seek(bound);
    while (all.next(*row_) && row_->place.starts_with(bound)) {
      if (row_->gone()) continue;
      const auto place = read_place(row_->place);
      if (!place) in_.damaged(table::base, row_->place);
      const outside_lmdb outside;
      if (!visit(place->key, row_->bytes())) return;
    }
  });
}

}  // namespace aisle::kv
