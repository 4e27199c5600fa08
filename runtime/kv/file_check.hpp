// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "runtime/kv/errors.hpp"

namespace aisle::kv {

/// Looks at a data file before LMDB maps it: whether it is one, whether its heads agree, whether
/// its trees can be walked and lie within it. Reads the heads, the list of free pages and the pages
/// that branch, never the leaves: some thousandths of the file. An absent or empty file is sound.
[[nodiscard]] result<void> check_file(const std::filesystem::path& file);

}  // namespace aisle::kv
