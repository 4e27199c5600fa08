// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "runtime/node/reload_desk.hpp"

namespace aisle::tool {

/// SIGTERM and SIGINT end the epoch, then the run; a second SIGINT ends the process at once. A file
/// beyond RLIMIT_FSIZE is an error to be reported, not a signal to die of.
void heed_stop_signals();

/// True once one of them came.
[[nodiscard]] const std::atomic<bool>& stop_requested();

/// SIGHUP asks there for a reload from now on; null: it is ignored. `desk` must outlive its turn.
void heed_reload_signal(node::reload_desk* desk);

}  // namespace aisle::tool
