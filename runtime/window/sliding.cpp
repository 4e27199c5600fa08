// SPDX-License-Identifier: Apache-2.0
// An event goes into one pane. When a window ends, its panes are folded into a sum of its own,
// which is told and, as long as the window may still change, kept in `told`. A late event then
// changes each told window it belongs to, and its pane only for the windows that are still to come.
#include "runtime/window/sliding.hpp"

#include <algorithm>
#include <numeric>
#include <ranges>
#include <utility>

#include "runtime/base/heap.hpp"
#include "runtime/base/json_object.hpp"

namespace aisle::window {
namespace {

/// Few panes are merged one by one: a fold would cost more memory than it saves time.
constexpr std::size_t folded_from = 8;

std::vector<open_window>::iterator place_of(std::vector<open_window>& windows,
                                            base::event_time start) {
  return std::ranges::lower_bound(windows, start, {}, &open_window::start);
}

const open_window* find(const std::vector<open_window>& windows, base::event_time start) {
  const auto at = std::ranges::lower_bound(windows, start, {}, &open_window::start);
  return at != windows.end() && at->start == start ? &*at : nullptr;
}

/// In its place, over the one that was there. There is room.
void put(std::vector<open_window>& windows, open_window&& w) noexcept {
  const auto at = place_of(windows, w.start);
  if (at != windows.end() && at->start == w.start) {
    *at = std::move(w);
  } else {
    windows.insert(at, std::move(w));
  }
}

}  // namespace

sliding_window::sliding_window(base::duration size, base::duration slide, base::duration lateness,
                               columns kept)
    : size_{size},
      slide_{slide},
      lateness_{lateness},
      pane_{std::gcd(size.count(), slide.count())},
      columns_{std::move(kept)} {}

bool sliding_window::is_late(entity::stream_index, base::event_time at,
                             base::event_time seen) const {
  return closes(last_holding(at)) <= seen;
}

std::size_t sliding_window::heap_of(const sliding_state& state) const {
  auto bytes = state.panes.heap_bytes() + base::heap_of(state.told);
  for (const auto& w : state.told) {
    bytes += columns::heap_bytes(w.cells);
  }
  return bytes + (state.fold ? base::heap_block(sizeof(fold)) + state.fold->heap_bytes() : 0);
}

void sliding_window::handle(sliding_state& state, const entity::event& e,
                            entity::context& out) const {
  inputs of;
  columns_.evaluate(e, of);
  apply(state, e, of, revise(state, e, of, out));
}

sliding_window::revisions sliding_window::revise(const sliding_state& state, const entity::event& e,
                                                 const inputs& of, entity::context& out) const {
  const auto sequence = state.sequence + 1;
  const auto last_told = state.told.empty() ? base::beginning_of_time : state.told.back().start;
  revisions changed;
  for (auto start = first_open(e); start <= last_holding(e.head->at); start += slide_) {
    const bool has_ended = start + size_ <= e.head->seen;
    if (!has_ended && last_told < start) {
      break;
    }
    if (const auto* told = find(state.told, start)) {
      changed.windows.push_back(
          {start, told->revision + 1, true, columns_.with(told->cells, of, sequence)});
    } else if (!has_ended || has_panes(state, start)) {
      changed.some_wait |= has_ended;
      continue;
    } else {
      changed.windows.push_back({start, 0, true, columns_.with(columns_.empty(), of, sequence)});
    }
    tell(changed.windows.back(), false, out);
  }
  return changed;
}

void sliding_window::apply(sliding_state& state, const entity::event& e, const inputs& of,
                           revisions changed) const {
  const auto sequence = state.sequence + 1;
  const auto start = base::floor_to(e.head->at, pane_);
  const bool is_needed = changed.some_wait || last_holding(e.head->at) + size_ > e.head->seen;

  // All that may fail comes first.
  pane* const there = is_needed ? pane_for(state, start, first_open(e)) : nullptr;
  std::optional<pane> fresh;
  if (there != nullptr) {
    columns_.reserve(there->cells, of, sequence);
  } else if (is_needed) {
    fresh = pane{start, first_open(e), columns_.with(columns_.empty(), of, sequence)};
    check_held(state.panes.size() + state.told.size());
    state.panes.make_room();
  }
  state.told.reserve(state.told.size() + changed.windows.size());

  for (auto& w : changed.windows) {
    put(state.told, std::move(w));
  }
  if (there != nullptr) {
    columns_.add(there->cells, of, sequence);
  } else if (fresh) {
    add_pane(state, std::move(*fresh));
  }
  if (is_needed && state.fold && state.fold->covers(start)) {
    state.fold->clear();
  }
  if (fresh || !changed.windows.empty()) {
    state.due = due_of(state);
  }
  state.sequence = sequence;
}

base::event_time sliding_window::first_open(const entity::event& e) const {
  return std::max(first_ending_after(e.head->at), first_ending_after(e.head->seen - lateness_));
}

bool sliding_window::has_panes(const sliding_state& state, base::event_time start) const {
  return std::ranges::any_of(within(state.panes.live(), start, start + size_),
                             [&](const pane& p) { return p.from <= start; });
}

/// The pane that takes events which count from window `from` on, or null. One that counts earlier
/// will do when the windows between have been told.
pane* sliding_window::pane_for(sliding_state& state, base::event_time start,
                               base::event_time from) const {
  const auto panes = state.panes.live();
  const auto after = std::ranges::upper_bound(panes, std::pair{start, from}, {}, &pane::order);
  if (after == panes.begin()) {
    return nullptr;
  }
  auto& p = *std::prev(after);
  const bool counts_alike = p.from == from || from - slide_ + size_ <= state.passed;
  return p.start == start && counts_alike ? &p : nullptr;
}

/// There is room.
void sliding_window::add_pane(sliding_state& state, pane p) const {
  if (p.from > first_ending_after(p.start)) {
    state.unrestricted = std::max(state.unrestricted, p.from);
  }
  state.panes.insert(std::move(p));
}

/// Of the windows a pane counts in; beyond its start when all of them were told.
base::event_time sliding_window::first_to_tell(const sliding_state& state, const pane& p) const {
  auto start = std::max({first_ending_after(p.start), p.from, first_ending_after(state.passed)});
  while (start <= p.start && find(state.told, start) != nullptr) {
    start += slide_;
  }
  return start;
}

std::optional<base::event_time> sliding_window::next_to_tell(const sliding_state& state) const {
  const auto not_passed = first_ending_after(state.passed);
  std::optional<base::event_time> next;
  for (const auto& p : state.panes.live()) {
    if (next && *next <= std::max(first_ending_after(p.start), not_passed)) {
      break;
    }
    const auto start = first_to_tell(state, p);
    if (start <= p.start && (!next || start < *next)) {
      next = start;
    }
  }
  return next;
}

base::event_time sliding_window::due_of(const sliding_state& state) const {
  const auto start = next_to_tell(state);
  const auto ends = start ? *start + size_ : base::end_of_time;
  return state.told.empty() ? ends : std::min(ends, closes(state.told.front().start));
}

cells sliding_window::sum_of(sliding_state& state, base::event_time start) const {
  const auto panes = within(state.panes.live(), start, start + size_);
  const auto counts = [&](const pane& p) { return p.from <= start; };
  if (panes.size() < folded_from || start < state.unrestricted) {
    state.fold.reset();
    auto sum = columns_.empty();
    for (const auto& p : panes | std::views::filter(counts)) {
      columns::merge(sum, p.cells);
    }
    return sum;
  }
  if (!state.fold) {
    state.fold = std::make_unique<fold>();
  }
  try {
    return state.fold->of(state.panes.live(), start, start + size_, columns_);
  } catch (...) {
    state.fold->clear();
    throw;
  }
}

void sliding_window::tell(const open_window& w, bool final, entity::context& out) const {
  columns_.emit({w.start, w.start + size_, w.revision, final}, w.cells, out);
}

void sliding_window::wake(sliding_state& state, entity::context& out) const {
  const auto now = state.due;
  for (const auto& w : state.told) {
    if (closes(w.start) <= now) {
      tell(w, true, out);
    }
  }
  std::optional<open_window> ended;
  if (const auto start = next_to_tell(state); start && *start + size_ <= now) {
    ended = open_window{*start, 0, true, sum_of(state, *start)};
    tell(*ended, lateness_ == base::duration{0}, out);
    make_room(state.told);
  }

  std::erase_if(state.told, [&](const open_window& w) { return closes(w.start) <= now; });
  if (ended && lateness_ > base::duration{0}) {
    put(state.told, std::move(*ended));
  }
  pass(state, now);
}

void sliding_window::pass(sliding_state& state, base::event_time now) const {
  state.passed = now;
  const auto panes = state.panes.live();
  const auto needed = std::ranges::find_if(
      panes, [&](const pane& p) { return last_holding(p.start) + size_ > now; });
  state.panes.drop(static_cast<std::size_t>(needed - panes.begin()));
  state.due = due_of(state);
}

void sliding_window::write(const sliding_state& state, base::packer& to) const {
  to.integer(static_cast<std::int64_t>(state.sequence));
  to.integer(state.passed.time_since_epoch().count());
  to.integer(static_cast<std::int64_t>(state.panes.size()));
  for (const auto& p : state.panes.live()) {
    save_time(p.start, to);
    save_time(p.from, to);
    columns::save(p.cells, to);
  }
  save_windows(state.told, to);
}

void sliding_window::read(sliding_state& state, std::uint32_t version, base::unpacker& from) const {
  sliding_state loaded;
  loaded.sequence = static_cast<std::uint64_t>(from.integer());
  loaded.passed = base::event_time{base::duration{from.integer()}};
  const auto count = from.integer();
  if (version != 1 || loaded.passed < base::beginning_of_time ||
      loaded.passed > base::end_of_time || count < 0 ||
      count > static_cast<std::int64_t>(held_max)) {
    from.fail();
  }
  for (std::int64_t i = 0; i < count && from.ok(); ++i) {
    const auto start = load_time(pane_, from);
    const auto counts_from = load_time(slide_, from);
    pane p{start, counts_from, columns_.load(from)};
    const auto before = loaded.panes.live();
    if (!before.empty() && p.order() <= before.back().order()) {
      from.fail();
    }
    loaded.panes.make_room();
    add_pane(loaded, std::move(p));
  }
  loaded.told = load_windows(columns_, slide_, from);
  if (from.ok()) {
    loaded.due = due_of(loaded);
    state = std::move(loaded);
  }
}

void sliding_window::show(const sliding_state& state, std::string& json) const {
  base::json_object shown{json};
  shown.integer("events", static_cast<std::int64_t>(state.sequence));
  auto& panes = shown.name("panes") += '[';
  for (const auto& p : state.panes.live()) {
    panes += panes.back() == '[' ? "" : ",";
    base::json_object one{panes};
    one.time("start", p.start);
    one.time("end", p.start + pane_);
    one.time("counts_from", p.from);
    columns_.show(p.cells, one.name("values"));
    one.end();
  }
  panes += ']';
  show_windows(state.told, columns_, size_, shown.name("told"));
  shown.end();
}

}  // namespace aisle::window
