// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/own_folder.hpp"

namespace aisle::topology::testing {

using temporary_folder = test_support::own_folder;

/// The topologies of these tests, with their contracts and data.
inline const std::filesystem::path broken_folder =
    std::filesystem::path{AISLE_SOURCE_DIR} / "tests" / "topology" / "broken";

[[nodiscard]] inline std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace aisle::topology::testing
