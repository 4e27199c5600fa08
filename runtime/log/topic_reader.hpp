// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/io/disk.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/log/topic.hpp"

namespace aisle::log {

/// Where reading a topic ends.
enum class extent : std::uint8_t {
  /// Nowhere: what is appended later comes too.
  follow,
  /// At what is acknowledged when the reader is opened.
  present_end,
};

/// A topic as a source of a topology: the values of all its partitions as raw records, each with
/// its partition and its offset as ordinal.
///
/// Partitions are merged by the records' timestamps (then by number), as far as records are there:
/// what was appended at one time comes together, and no partition runs far ahead of another. The
/// records of each partition come in the order of their offsets. A tombstone is an empty record. Of
/// a record longer than `most_bytes` only the beginning is handed out, as of a file. Memory:
/// 256 KiB for each partition, or one batch where that is more.
[[nodiscard]] result<std::unique_ptr<io::record_reader>> open_topic_reader(
    const topic& of, extent until, std::size_t most_bytes = io::reader_options{}.record_bytes_max,
    io::disk& on = io::real_disk());

/// The same error in the words of sources.
[[nodiscard]] io::error as_io_error(const error& from);

}  // namespace aisle::log
