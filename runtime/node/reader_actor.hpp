// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/blocking_actor.hpp>
#include <caf/duration.hpp>

#include "runtime/base/clock.hpp"
#include "runtime/io/source.hpp"
#include "runtime/node/protocol.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

/// That a reader has been told to look and has not done so yet. Shared with its watcher.
using look_flag = std::shared_ptr<std::atomic<bool>>;

/// Everybody a reader speaks to.
struct reader_neighbours {
  /// By target.
  std::vector<caf::actor> shards;
  /// By the reader's own lane index.
  std::vector<caf::actor> lanes;
  caf::actor coordinator;
  caf::actor supervisor;
  /// Sources may drift apart only so far: the coordinator is told how far this one is.
  bool tells_progress = false;
  /// Somebody outside follows how far the source is read: it hears of complete epochs.
  bool shows_positions = false;
  /// Set when the source is watched: news of it come as messages.
  look_flag told_to_look;
};

/// Supervisor → reader, once, before anything else: whom it speaks to.
struct meet_reader {
  std::shared_ptr<reader_neighbours> neighbours;
};

/// Reads one source on a thread of its own, because files block: a blocking actor that reads while
/// it may and otherwise waits for credit and barriers; at the end of what there is for its watcher,
/// or for a nap where nothing can be watched.
class reader_actor final : public caf::blocking_actor {
 public:
  /// `status` and `clock` must outlive it.
  reader_actor(caf::actor_config& config, std::size_t number, std::string source_name,
               std::shared_ptr<io::source> source, view::source_status* status,
               const base::clock& clock);

  void act() override;
  [[nodiscard]] const char* name() const override { return "reader"; }

 private:
  void read();
  void wait();
  void hear(caf::duration at_most);
  void carry_out(io::source_effects& effects);
  void tell_progress();
  void tell_status();
  void tell_growth();
  void tell_reach();
  void show(base::epoch n);

  std::size_t number_;
  std::string name_;
  std::shared_ptr<io::source> source_;
  view::source_status* status_;
  const base::clock& clock_;
  reader_neighbours to_;
  bool met_ = false;
  bool leaving_ = false;
  bool said_full_ = false;
  bool said_grown_ = false;
  /// Since when, by clock_.ticks(), nobody knows what is left to read.
  std::optional<base::duration> cut_off_since_;
  bool said_cut_off_ = false;
  /// At barriers whose epochs are not complete, where positions are shown.
  std::map<base::epoch, std::vector<io::read_position>> cuts_;
  std::optional<progress> told_;
  /// How long to wait at the end of the source before it is looked at again: short while records
  /// come, longer and longer while none do.
  base::duration nap_{0};
  /// By clock_.ticks().
  base::duration look_at_{0};
};

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_reader)
