// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace aisle::io {

/// What can go wrong with files. The message of an error names the file and says what to do.
enum class errc : std::uint8_t {
  /// There is no file of that name.
  not_found,
  /// The process may not read or write there.
  no_permission,
  /// A folder, a pipe or a device where a file is needed, or a file where a folder is needed.
  wrong_kind,
  /// The system failed to read; reading again from the last position may help.
  read_failed,
  /// The file became another one while it was read, or since the position was taken.
  changed,
  /// Compressed data that is damaged or cut off, or no compressed data in spite of its name.
  corrupt,
  /// A CSV file without a header, or with another one than the files before it.
  header,
  /// The disk or the quota is full. Nothing is lost: write the same bytes again when there is room.
  no_space,
  /// The system failed to write. Nothing is lost: write the same bytes again.
  write_failed,
  /// The system failed to sync: what was written since the last sync may be gone, and a second sync
  /// would not tell. Write those bytes again, then sync.
  sync_failed,
  /// An output file lacks bytes that were delivered into it before. Fatal: someone else changed it.
  too_short,
  /// An output file has more than any run that knew of it can have delivered. Fatal: its state was
  /// set back.
  too_long,
  /// The output folder holds results already.
  not_empty,
  /// The output folder holds what no run of ours writes, so it will not be emptied.
  not_ours,
};

using error = base::error<errc>;

template <class Value>
using result = base::result<Value, errc>;

/// True when the same write may succeed later, once somebody has made room or mended the disk.
[[nodiscard]] constexpr bool can_be_retried(errc code) {
  return code == errc::no_space || code == errc::write_failed || code == errc::sync_failed;
}

/// What was being done when the system said no.
enum class action : std::uint8_t { read, write, sync };

/// The error of a failed call: `number` is its errno, `what` the sentence's beginning ("cannot
/// open").
[[nodiscard]] error system_error(action doing, std::string_view what,
                                 const std::filesystem::path& path, int number);

}  // namespace aisle::io
