// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace aisle::world {

/// Why a world could not be made.
enum class errc {
  bad_option,     ///< an option is missing, unknown, or out of its range; nothing was written
  no_folder,      ///< the output folder cannot be made or entered; nothing was written
  no_time_zones,  ///< the machine's time zone data is missing; nothing was written
  no_log,         ///< the log cannot be written to, or holds records already
  write_failed,   ///< the disk refused; what was written stays under names ending in .part
};

/// One error; the message says what is wrong, where, and what to do.
struct world_error {
  errc code;
  std::string message;
};

}  // namespace aisle::world
