// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "runtime/io/disk.hpp"
#include "runtime/io/errors.hpp"

namespace aisle::io {

/// The bytes of one file from its beginning to its end, decompressed.
class byte_stream {
 public:
  virtual ~byte_stream() = default;
  /// Fills a part of `into`, which is not empty; 0 is the end, of a file that grows the end so far.
  /// An error stays.
  [[nodiscard]] virtual result<std::size_t> read(std::span<char> into) = 0;
  /// Goes to a place in the decompressed bytes, ahead of what was read. Fails with errc::changed
  /// when the file ends before. Compressed files are decompressed up to there.
  [[nodiscard]] virtual result<void> skip_to(std::uint64_t offset) = 0;
  /// Bytes of the file behind what was read, as of the last look at it; of a compressed file as it
  /// lies on the disk.
  [[nodiscard]] virtual std::uint64_t unread() const = 0;
};

/// Opens a file as its name says: `.gz` by zlib (any number of members), `.zst` by zstd (any number
/// of frames), all else as it is. A folder, a pipe or a device is errc::wrong_kind. When the end is
/// reached the file must still be what it was when it was opened, otherwise errc::changed.
[[nodiscard]] result<std::unique_ptr<byte_stream>> open_bytes(const std::filesystem::path& path,
                                                              disk& on);

/// Opens a file that others append to; never decompressed. It may only grow: errc::changed when it
/// has become shorter than what was read of it, or when its name belongs to another file (rotated,
/// replaced, removed), which is looked for now and then at its end.
[[nodiscard]] result<std::unique_ptr<byte_stream>> open_growing(const std::filesystem::path& path,
                                                                disk& on);

/// True for the names whose files are decompressed.
[[nodiscard]] bool is_compressed(const std::filesystem::path& path);

}  // namespace aisle::io
