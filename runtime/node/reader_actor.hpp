// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <caf/blocking_actor.hpp>

#include "runtime/io/source.hpp"
#include "runtime/node/protocol.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

/// Everybody a reader speaks to.
struct reader_neighbours {
  /// By target.
  std::vector<caf::actor> shards;
  /// By the reader's own lane index.
  std::vector<caf::actor> lanes;
  caf::actor coordinator;
  caf::actor supervisor;
};

/// Supervisor → reader, once, before anything else: whom it speaks to.
struct meet_reader {
  std::shared_ptr<reader_neighbours> neighbours;
};

/// Reads one source on a thread of its own, because files block: a blocking actor that reads while
/// it may and otherwise waits for credit and barriers.
class reader_actor final : public caf::blocking_actor {
 public:
  reader_actor(caf::actor_config& config, std::size_t number, std::shared_ptr<io::source> source,
               view::source_status* status);

  void act() override;
  [[nodiscard]] const char* name() const override { return "reader"; }

 private:
  void hear();
  void carry_out(io::source_effects& effects);
  void tell_status();

  std::size_t number_;
  std::shared_ptr<io::source> source_;
  view::source_status* status_;
  reader_neighbours to_;
  bool met_ = false;
  bool leaving_ = false;
  bool said_full_ = false;
};

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_reader)
