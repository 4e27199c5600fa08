// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/own_folder.hpp"

namespace aisle::tool {

/// What a command line of a shell left behind.
struct said {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs a line of `sh` in a folder, without a terminal; `aisle` in it is the program under test.
[[nodiscard]] said shell(const std::string& line, const std::filesystem::path& in);

using temporary_folder = test_support::own_folder;

}  // namespace aisle::tool
