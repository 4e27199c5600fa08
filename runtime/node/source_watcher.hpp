// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include "runtime/io/file_watch.hpp"
#include "runtime/node/reader_actor.hpp"

namespace aisle::node {

/// Waits, detached, until a file that a reader follows is written to, and tells the readers to
/// look: so that waiting costs no processor time, and a record is read as soon as it is there. One
/// watch for all readers; who has nothing new looks in vain. `flags` by reader; null: not to be
/// told.
caf::behavior source_watcher(caf::event_based_actor* self,
                             const std::shared_ptr<io::file_watch>& watch,
                             const std::vector<caf::actor>& readers,
                             const std::vector<look_flag>& flags);

}  // namespace aisle::node
