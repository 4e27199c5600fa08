// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "runtime/io/disk.hpp"
#include "runtime/io/errors.hpp"

namespace aisle::io {

/// What to do with the results of an earlier run.
enum class earlier_results : std::uint8_t { refuse, remove };

/// Makes the output folder of a run that begins with an empty state, or sees to it that the one
/// there is holds no bytes. With earlier_results::remove a folder that holds nothing but what a run
/// writes (`part-NNNN.ndjson` and `undelivered-NNNN.ndjson` at any depth, and `summary.json`) is
/// emptied; with anything else in it, links included, it is errc::not_ours and nothing is removed.
[[nodiscard]] result<void> prepare_output_folder(const std::filesystem::path& out,
                                                 earlier_results earlier);

/// Makes a folder and those it lies in, when absent.
[[nodiscard]] result<void> make_folder(const std::filesystem::path& folder);

/// Writes a whole file, so that whoever reads it, also after a crash, finds the old bytes or the
/// new ones and never a part: written beside it, synced, renamed. After an error the old file
/// stands.
[[nodiscard]] result<void> write_file_atomically(const std::filesystem::path& path,
                                                 std::string_view bytes, disk& on = real_disk());

}  // namespace aisle::io
