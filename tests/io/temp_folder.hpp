// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/own_folder.hpp"

namespace aisle::io {

using temp_folder = test_support::own_folder;

inline std::string content_of(const std::filesystem::path& file) {
  std::ostringstream all;
  all << std::ifstream{file, std::ios::binary}.rdbuf();
  return all.str();
}

}  // namespace aisle::io
