// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/tumbling.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/heap.hpp"
#include "runtime/base/json_object.hpp"

namespace aisle::window {

tumbling_window::tumbling_window(base::duration size, base::duration lateness, columns kept)
    : size_{size}, lateness_{lateness}, columns_{std::move(kept)} {}

bool tumbling_window::is_late(entity::stream_index, base::event_time at,
                              base::event_time seen) const {
  return closes(base::floor_to(at, size_)) <= seen;
}

std::size_t tumbling_window::heap_of(const tumbling_state& state) const {
  auto bytes = base::heap_of(state.windows);
  for (const auto& w : state.windows) {
    bytes += columns::heap_bytes(w.cells);
  }
  return bytes;
}

void tumbling_window::handle(tumbling_state& state, const entity::event& e,
                             entity::context& out) const {
  const auto start = base::floor_to(e.head->at, size_);
  const auto seen = e.head->seen;
  inputs of;
  columns_.evaluate(e, of);
  const auto sequence = state.sequence + 1;
  const auto found = std::ranges::lower_bound(state.windows, start, {}, &open_window::start);
  if (found == state.windows.end() || found->start != start) {
    open_window fresh{start, 0, seen >= start + size_,
                      columns_.with(columns_.empty(), of, sequence)};
    if (fresh.told) {
      tell(fresh, 0, false, out);
    }
    open(state, static_cast<std::size_t>(found - state.windows.begin()), std::move(fresh));
  } else if (found->told) {
    revise(*found, of, sequence, out);
  } else {
    columns_.reserve(found->cells, of, sequence);
    columns_.add(found->cells, of, sequence);
  }
  state.sequence = sequence;
}

void tumbling_window::open(tumbling_state& state, std::size_t at, open_window fresh) const {
  check_held(state.windows.size());
  make_room(state.windows);
  state.due = std::min(state.due, due_of(fresh));
  state.windows.insert(state.windows.begin() + static_cast<std::ptrdiff_t>(at), std::move(fresh));
}

void tumbling_window::revise(open_window& w, const inputs& of, std::uint64_t sequence,
                             entity::context& out) const {
  open_window revised{w.start, w.revision + 1, true, columns_.with(w.cells, of, sequence)};
  tell(revised, revised.revision, false, out);
  w = std::move(revised);
}

void tumbling_window::tell(const open_window& w, std::uint32_t revision, bool final,
                           entity::context& out) const {
  columns_.emit({w.start, w.start + size_, revision, final}, w.cells, out);
}

void tumbling_window::wake(tumbling_state& state, entity::context& out) const {
  const auto now = state.due;
  for (const auto& w : state.windows) {
    if (due_of(w) <= now) {
      tell(w, w.revision, closes(w.start) <= now, out);
    }
  }
  std::erase_if(state.windows, [&](const open_window& w) { return closes(w.start) <= now; });
  state.due = base::end_of_time;
  for (auto& w : state.windows) {
    w.told = w.told || w.start + size_ <= now;
    state.due = std::min(state.due, due_of(w));
  }
}

void tumbling_window::write(const tumbling_state& state, base::packer& to) const {
  to.integer(static_cast<std::int64_t>(state.sequence));
  save_windows(state.windows, to);
}

void tumbling_window::read(tumbling_state& state, std::uint32_t version,
                           base::unpacker& from) const {
  tumbling_state loaded;
  loaded.sequence = static_cast<std::uint64_t>(from.integer());
  loaded.windows = load_windows(columns_, size_, from);
  if (version != 1) {
    from.fail();
  }
  if (!from.ok()) {
    return;
  }
  for (const auto& w : loaded.windows) {
    loaded.due = std::min(loaded.due, due_of(w));
  }
  state = std::move(loaded);
}

void tumbling_window::show(const tumbling_state& state, std::string& json) const {
  base::json_object shown{json};
  shown.integer("events", static_cast<std::int64_t>(state.sequence));
  show_windows(state.windows, columns_, size_, shown.name("windows"));
  shown.end();
}

}  // namespace aisle::window
