// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/io/disk.hpp"
#include "runtime/log/errors.hpp"
#include "runtime/log/segment.hpp"
#include "runtime/log/topic.hpp"

/// The files of a log, for the classes that know what is in them.
namespace aisle::log {

inline constexpr std::string_view end_name = "end";
inline constexpr std::string_view lock_name = "lock";
/// Behind the name of a file that is being made: what carries it after a crash is made anew.
inline constexpr std::string_view unfinished_suffix = ".unfinished";

/// A whole file, at most `bytes_max` of it.
[[nodiscard]] result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t bytes_max, io::disk& on);

/// Writes a file under another name, syncs it, and gives it its name: after a crash it is there as
/// a whole or not at all. The folder still has to be synced.
[[nodiscard]] result<void> write_file(const std::filesystem::path& path, std::string_view bytes,
                                      io::disk& on);

/// Makes a folder and those above it; durable when this returns.
[[nodiscard]] result<void> make_folder(const std::filesystem::path& folder, io::disk& on);

[[nodiscard]] result<void> sync_folder(const std::filesystem::path& folder, io::disk& on);

/// The bases of a partition's segments, smallest first.
[[nodiscard]] result<std::vector<base::offset>> list_segments(const std::filesystem::path& folder);

/// Reads a partition's end mark; errc::corrupt when it is damaged or missing (which a writer mends:
/// partition_writer::recover).
[[nodiscard]] result<end_mark> read_end(const topic& of, base::partition_id partition,
                                        io::open_file& file);

/// Opens the end mark's file.
[[nodiscard]] result<std::unique_ptr<io::open_file>> open_end(const topic& of,
                                                              base::partition_id partition,
                                                              io::disk::mode how, io::disk& on);

}  // namespace aisle::log
