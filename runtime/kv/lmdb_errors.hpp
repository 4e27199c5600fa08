// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runtime/kv/errors.hpp"

namespace aisle::kv {

/// The error of a call that failed with LMDB's `code`, an errno or one of its own, while doing
/// something with the file at `path`.
[[nodiscard]] error lmdb_error(int code, std::string_view doing, const std::string& path);

/// Throws it, as `trouble`, or `map_full`.
[[noreturn]] void throw_lmdb(int code, std::string_view doing, const std::string& path);

/// The error of a commit. LMDB says EIO for a short write too: where the disk is full, that is what
/// it was.
[[nodiscard]] error commit_error(int code, const std::string& path);

}  // namespace aisle::kv
