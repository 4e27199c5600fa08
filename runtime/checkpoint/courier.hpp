// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/checkpoint/delivery_sink.hpp"
#include "runtime/checkpoint/lane.hpp"
#include "runtime/checkpoint/lane_note.hpp"

namespace aisle::checkpoint {

/// Brings out what is complete of one lane: carries out what its `lane_owner` asks for, by its
/// sink. Blocks where the sink does; used by one thread.
class courier {
 public:
  /// A part that is not in memory any more, as it was stored; the text says why it cannot be read.
  using stored_parts =
      std::function<std::expected<std::string, std::string>(attempt, std::uint32_t)>;

  courier(std::unique_ptr<delivery_sink> to, stored_parts stored)
      : to_{std::move(to)}, stored_{std::move(stored)} {}

  void assigned(const lane_memory& held, attempt from);
  /// The attempt is complete. `box`: what it brought, if anything, for as long as it is needed;
  /// null: its parts are read from where they are stored.
  void completed(attempt is, const std::optional<outbox_head>& head,
                 std::shared_ptr<const outbox> box);

  struct report {
    /// Nothing of this epoch or before is left to be delivered.
    std::optional<base::epoch> delivered;
    /// It did not work, and is to be tried again in a while.
    std::optional<std::string> waits;
    /// It will never work; a person has to look. Said once.
    std::optional<std::string> stopped;
    /// Bytes that came out.
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] bool has_work() const { return !todo_.empty() || said_ || stopped_; }
  /// Does the next thing; call it while there is one.
  [[nodiscard]] report work();

  /// As `delivery_sink` says.
  bool tell_trouble(const std::function<void(const std::string&)>& hears) {
    return to_->tell_trouble(hears);
  }

  [[nodiscard]] attempt delivered_to() const { return owner_.delivered_to(); }
  [[nodiscard]] bool born() const { return owner_.born(); }
  [[nodiscard]] lane_state state() const { return owner_.state(); }

 private:
  void note(const lane_owner_effects& effects);
  void answer(lane_event done, lane_session by, sink_end how, report& to);
  void read(const read_marker& order, report& to);
  void deliver(const deliver_part& order, report& to);
  void write(const deliver_part& order, const stored_part& part, report& to);

  std::unique_ptr<delivery_sink> to_;
  stored_parts stored_;
  lane_owner owner_;
  std::deque<lane_owner_effect> todo_;
  std::optional<base::epoch> said_;
  std::optional<std::string> stopped_;
  /// Complete, and not delivered yet.
  std::map<attempt, std::shared_ptr<const outbox>> boxes_;
};

}  // namespace aisle::checkpoint
