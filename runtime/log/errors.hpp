// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/io/errors.hpp"

namespace aisle::log {

/// What can go wrong with a log. The message of an error says what, where, and what to do.
enum class errc : std::uint8_t {
  /// There is no such log, topic or partition.
  not_found,
  /// The topic is there already, with other settings.
  exists,
  /// A topic's name or a setting that cannot be.
  bad_argument,
  /// The process may not read or write there.
  no_permission,
  /// The system failed to read.
  read_failed,
  /// The disk or a limit is full. Not acknowledged; append again when there is room.
  no_space,
  /// The system failed to write or to sync. Not acknowledged; the batch may be there all the same:
  /// append it again with the same producer and sequence, and it will be there once.
  write_failed,
  /// Bytes that were written well once are not what they were. Nothing is skipped in silence.
  corrupt,
  /// A file of another topic or partition, of another program or of a later version.
  foreign,
  /// An offset that retention has removed, or that nobody has written yet.
  out_of_range,
  /// A record or a batch above its bound.
  too_large,
  /// A later epoch of the same producer has written here: this producer has been replaced. Fatal.
  fenced,
  /// The producer left out records: what it sends begins behind the next sequence expected.
  gap,
};

using error = base::error<errc>;

template <class Value>
using result = base::result<Value, errc>;

/// The error of a call to the system; `number` is its errno.
[[nodiscard]] std::unexpected<error> failed(io::action doing, std::string_view what,
                                            const std::filesystem::path& path, int number);

}  // namespace aisle::log
