// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/source_watcher.hpp"

#include <utility>

#include "runtime/node/protocol.hpp"

namespace aisle::node {
namespace {

/// How long the end of the run may go unnoticed.
constexpr base::duration wait_max{250};

}  // namespace

caf::behavior source_watcher(caf::event_based_actor* self,
                             const std::shared_ptr<io::file_watch>& watch,
                             const std::vector<caf::actor>& readers,
                             const std::vector<look_flag>& flags) {
  self->send(self, tick{});
  return {
      [=](tick) {
        if (watch->wait(wait_max)) {
          for (std::size_t r = 0; r < readers.size(); ++r) {
            if (flags[r] && !flags[r]->exchange(true)) {
              self->send(readers[r], look{});
            }
          }
        }
        self->send(self, tick{});
      },
  };
}

}  // namespace aisle::node
