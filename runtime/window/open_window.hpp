// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/pack.hpp"
#include "runtime/base/time.hpp"
#include "runtime/window/columns.hpp"

namespace aisle::window {

/// A window that is not final yet: what it holds, and what was told of it.
struct open_window {
  base::event_time start;
  /// Of the record told last; 0 as long as none was.
  std::uint32_t revision = 0;
  bool told = false;
  window::cells cells;
};

/// Throws too_many_open when an actor holds `held` panes and windows and shall hold one more.
void check_held(std::size_t held);

/// Makes room for one more, so that inserting it cannot fail.
template <class Item>
void make_room(std::vector<Item>& items) {
  if (items.size() == items.capacity()) {
    items.reserve(items.size() + std::max<std::size_t>(1, items.size() / 2));
  }
}

/// A time as it is saved, on the grid of `step`; anything else makes the reader fail.
void save_time(base::event_time time, base::packer& to);
[[nodiscard]] base::event_time load_time(base::duration step, base::unpacker& from);

/// Appends the windows, each of this size, as a JSON array for people.
void show_windows(const std::vector<open_window>& windows, const columns& kept, base::duration size,
                  std::string& json);

void save_windows(const std::vector<open_window>& windows, base::packer& to);
/// Windows of which the starts lie on the grid of `step`, ascending; otherwise the reader fails.
[[nodiscard]] std::vector<open_window> load_windows(const columns& kept, base::duration step,
                                                    base::unpacker& from);

}  // namespace aisle::window
