// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace aisle::tool {

/// SIGTERM and SIGINT end the epoch, then the run; a second SIGINT ends the process at once. A file
/// beyond RLIMIT_FSIZE is an error to be reported, not a signal to die of.
void heed_stop_signals();

/// True once one of them came.
[[nodiscard]] const std::atomic<bool>& stop_requested();

}  // namespace aisle::tool
