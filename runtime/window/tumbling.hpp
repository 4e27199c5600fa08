// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/window/columns.hpp"
#include "runtime/window/open_window.hpp"

namespace aisle::window {

/// Open windows of one key, by start.
struct tumbling_state {
  std::vector<open_window> windows;
  /// Events taken so far.
  std::uint64_t sequence = 0;
  /// What the windows wait for next.
  base::event_time due = base::end_of_time;
};

/// Windows that do not overlap. Emits window records; README.md says which and when.
class tumbling_window final : public entity::behaviour_of<tumbling_state> {
 public:
  tumbling_window(base::duration size, base::duration lateness, columns kept);

  [[nodiscard]] bool judges_lateness() const override { return true; }
  [[nodiscard]] bool is_late(entity::stream_index stream, base::event_time at,
                             base::event_time seen) const override;
  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return columns_.reads(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  [[nodiscard]] std::size_t heap_of(const tumbling_state& state) const override;
  void handle(tumbling_state& state, const entity::event& e, entity::context& out) const override;
  [[nodiscard]] base::event_time next(const tumbling_state& state) const override {
    return state.due;
  }
  void wake(tumbling_state& state, entity::context& out) const override;
  void write(const tumbling_state& state, base::packer& to) const override;
  void read(tumbling_state& state, std::uint32_t version, base::unpacker& from) const override;
  void show(const tumbling_state& state, std::string& json) const override;

 private:
  [[nodiscard]] base::event_time closes(base::event_time start) const {
    return start + size_ + lateness_;
  }
  [[nodiscard]] base::event_time due_of(const open_window& w) const {
    return w.told ? closes(w.start) : w.start + size_;
  }
  void tell(const open_window& w, std::uint32_t revision, bool final, entity::context& out) const;
  void open(tumbling_state& state, std::size_t at, open_window fresh) const;
  void revise(open_window& w, const inputs& of, std::uint64_t sequence, entity::context& out) const;

  base::duration size_;
  base::duration lateness_;
  columns columns_;
};

}  // namespace aisle::window
