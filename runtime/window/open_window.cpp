// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/open_window.hpp"

#include <limits>

#include "runtime/base/json_object.hpp"
namespace aisle::window {

void check_held(std::size_t held) {
  if (held >= held_max) {
    throw too_many_open{"more than 65,536 panes and windows are open for one key"};
  }
}

void save_time(base::event_time time, base::packer& to) {
  to.integer(time.time_since_epoch().count());
}

base::event_time load_time(base::duration step, base::unpacker& from) {
  const base::event_time time{base::duration{from.integer()}};
  const bool is_near =
      time >= base::earliest_event_time - span_max && time <= base::latest_event_time + span_max;
  if (!is_near || base::floor_to(time, step) != time) {
    from.fail();
    return {};
  }
  return time;
}

void show_windows(const std::vector<open_window>& windows, const columns& kept, base::duration size,
                  std::string& json) {
  json += '[';
  for (const auto& w : windows) {
    json += json.back() == '[' ? "" : ",";
    base::json_object one{json};
    one.time("start", w.start);
    one.time("end", w.start + size);
    one.integer("revision", w.revision);
    one.boolean("told", w.told);
    kept.show(w.cells, one.name("values"));
    one.end();
  }
  json += ']';
}

void save_windows(const std::vector<open_window>& windows, base::packer& to) {
  to.integer(static_cast<std::int64_t>(windows.size()));
  for (const auto& w : windows) {
    save_time(w.start, to);
    to.boolean(w.told);
    to.integer(w.revision);
    columns::save(w.cells, to);
  }
}

std::vector<open_window> load_windows(const columns& kept, base::duration step,
                                      base::unpacker& from) {
  std::vector<open_window> loaded;
  const auto count = from.integer();
  if (count < 0 || count > static_cast<std::int64_t>(held_max)) {
    from.fail();
  }
  for (std::int64_t i = 0; i < count && from.ok(); ++i) {
    const auto start = load_time(step, from);
    const auto told = from.boolean();
    const auto revision = from.integer();
    if (revision < 0 || revision > std::numeric_limits<std::uint32_t>::max() ||
        (!told && revision != 0) || (!loaded.empty() && start <= loaded.back().start)) {
      from.fail();
      break;
    }
    loaded.push_back({start, static_cast<std::uint32_t>(revision), told, kept.load(from)});
  }
  return loaded;
}

}  // namespace aisle::window
