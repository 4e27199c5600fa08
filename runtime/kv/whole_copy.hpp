// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "runtime/kv/errors.hpp"

/// Data files as files: copied whole, named by their contents, put where a state is to be.
namespace aisle::kv {

/// XXH3 of a file, in blocks of 1 MiB, the hash of each the seed of the next.
[[nodiscard]] result<std::uint64_t> sum_of_file(const std::filesystem::path& file);

/// `exists` when there is anything at `folder` but an empty folder.
[[nodiscard]] result<void> check_is_free(const std::filesystem::path& folder);

/// Makes a folder that only its owner may read, in place of what was there under that name.
[[nodiscard]] result<void> make_anew(const std::filesystem::path& folder);

/// Copies a data file into a folder, where a state is then found.
[[nodiscard]] result<void> copy_data_file(const std::filesystem::path& from,
                                          const std::filesystem::path& folder);

/// Appends to a file, which is made when absent, and syncs it.
[[nodiscard]] result<void> append_to_file(const std::filesystem::path& file,
                                          std::string_view bytes);

/// Removes what belongs to one process and one folder: locks, and the id beside the file.
void forget_place(const std::filesystem::path& folder);

/// `to` must be absent or an empty folder, in the same file system. Once it returns, it is there
/// for good.
[[nodiscard]] result<void> move_folder(const std::filesystem::path& from,
                                       const std::filesystem::path& to);

}  // namespace aisle::kv
