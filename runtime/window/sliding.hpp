// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/window/columns.hpp"
#include "runtime/window/fold.hpp"
#include "runtime/window/open_window.hpp"
#include "runtime/window/panes.hpp"

namespace aisle::window {

/// What one key's sliding windows stand on.
struct sliding_state {
  /// What windows that were not told yet are made of, by start, then from.
  pane_row panes;
  /// Windows that were told and are not final, by start. They hold sums of their own: a late event
  /// costs the windows it changes, not the panes they were made of.
  std::vector<open_window> told;
  /// Events taken so far.
  std::uint64_t sequence = 0;
  /// All windows that end at or before this were told, or had nothing to tell.
  base::event_time passed = base::beginning_of_time;
  base::event_time due = base::end_of_time;
  /// From this window on, every pane counts in all windows that hold it.
  base::event_time unrestricted = base::beginning_of_time;
  /// Only when there are many panes; never saved.
  std::unique_ptr<window::fold> fold;
};

/// Windows of one size that begin every `slide`. Events go into panes of gcd(size, slide), so an
/// event costs the same for any overlap; windows are folded from panes. Emits window records;
/// README.md says when.
class sliding_window final : public entity::behaviour_of<sliding_state> {
 public:
  sliding_window(base::duration size, base::duration slide, base::duration lateness, columns kept);

  [[nodiscard]] bool judges_lateness() const override { return true; }
  /// Of the windows around `at` the last one closes last.
  [[nodiscard]] bool is_late(entity::stream_index stream, base::event_time at,
                             base::event_time seen) const override;
  [[nodiscard]] bool reads(entity::stream_index stream) const override {
    return columns_.reads(stream);
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  [[nodiscard]] std::size_t heap_of(const sliding_state& state) const override;
  void handle(sliding_state& state, const entity::event& e, entity::context& out) const override;
  [[nodiscard]] base::event_time next(const sliding_state& state) const override {
    return state.due;
  }
  void wake(sliding_state& state, entity::context& out) const override;
  void write(const sliding_state& state, base::packer& to) const override;
  void read(sliding_state& state, std::uint32_t version, base::unpacker& from) const override;
  void show(const sliding_state& state, std::string& json) const override;

 private:
  /// Told windows that an event changes, as they will be, and what else a late event finds.
  struct revisions {
    std::vector<open_window> windows;
    /// A window that has ended was not told yet: the event belongs to its panes.
    bool some_wait = false;
  };

  [[nodiscard]] base::event_time closes(base::event_time start) const {
    return start + size_ + lateness_;
  }
  /// The first window that ends after `time`.
  [[nodiscard]] base::event_time first_ending_after(base::event_time time) const {
    return base::floor_to(time - size_, slide_) + slide_;
  }
  /// The last window that holds `time`.
  [[nodiscard]] base::event_time last_holding(base::event_time time) const {
    return base::floor_to(time, slide_);
  }
  /// The first window that holds the event and is not closed by then.
  [[nodiscard]] base::event_time first_open(const entity::event& e) const;
  void add_pane(sliding_state& state, pane p) const;
  [[nodiscard]] base::event_time first_to_tell(const sliding_state& state, const pane& p) const;
  [[nodiscard]] std::optional<base::event_time> next_to_tell(const sliding_state& state) const;
  [[nodiscard]] base::event_time due_of(const sliding_state& state) const;
  [[nodiscard]] revisions revise(const sliding_state& state, const entity::event& e,
                                 const inputs& of, entity::context& out) const;
  void apply(sliding_state& state, const entity::event& e, const inputs& of,
             revisions changed) const;
  [[nodiscard]] bool has_panes(const sliding_state& state, base::event_time start) const;
  [[nodiscard]] pane* pane_for(sliding_state& state, base::event_time start,
                               base::event_time from) const;
  [[nodiscard]] cells sum_of(sliding_state& state, base::event_time start) const;
  void tell(const open_window& w, bool final, entity::context& out) const;
  void pass(sliding_state& state, base::event_time now) const;

  base::duration size_;
  base::duration slide_;
  base::duration lateness_;
  base::duration pane_;
  columns columns_;
};

}  // namespace aisle::window
