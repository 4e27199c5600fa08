// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runtime/kv/errors.hpp"

namespace aisle::kv {

/// The error of a call that failed with LMDB's `code`, an errno or one of its own, while doing
/// something with the file at `path`.
[[nodiscard]] error lmdb_error(int code, std::string_view doing, const std::string& path);

/// Throws it, as `trouble`, or `map_full`. Where it may have written, errno was set to 0 before:
/// see commit_error.
[[noreturn]] void throw_lmdb(int code, std::string_view doing, const std::string& path);

/// The error of a commit before which errno was set to 0. LMDB says EIO for a short write too,
/// behind which no call has failed: that is `no_space`.
[[nodiscard]] error commit_error(int code, const std::string& path);

}  // namespace aisle::kv
