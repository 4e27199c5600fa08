// SPDX-License-Identifier: Apache-2.0
// Every topology in broken/ prints exactly what stands in broken/expected/. After a deliberate
// change of words: AISLE_UPDATE_GOLDEN=1 build/release/tests/test_topology, then read the
// difference.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/topology/load.hpp"
#include "tests/topology/folder.hpp"
#include "tests/topology/models.hpp"

namespace aisle::topology {
namespace {

namespace fs = std::filesystem;
using testing::broken_folder;
using testing::contents;

std::vector<fs::path> broken_topologies() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator{broken_folder}) {
    if (entry.path().extension() == ".yaml") {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

/// Without the folder of this machine.
std::string anywhere(std::string text) {
  const auto prefix = broken_folder.string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
    text.erase(at, prefix.size());
  }
  return text;
}

std::string printed(const fs::path& file) {
  options with;
  with.working_dir = broken_folder;
  const auto loaded = load_text(contents(file), file.filename(), with, testing::make_models());
  std::string text;
  if (!loaded) {
    for (const auto& d : loaded.error()) {
      text += base::to_text(d) + "\n";
    }
  }
  return anywhere(text);
}

TEST_CASE("every broken topology prints all its errors, as they stand in broken/expected") {
  const bool update = std::getenv("AISLE_UPDATE_GOLDEN") != nullptr;
  const auto all = broken_topologies();
  REQUIRE(all.size() >= 12);
  for (const auto& file : all) {
    CAPTURE(file.filename().string());
    const auto expected = broken_folder / "expected" / file.filename().replace_extension(".txt");
    const auto text = printed(file);
    CHECK_FALSE(text.empty());
    if (update) {
      std::ofstream{expected, std::ios::binary} << text;
    }
    CHECK(text == contents(expected));
  }
}

TEST_CASE("a broken topology is broken in every line it complains of, and nowhere else") {
  for (const auto& file : broken_topologies()) {
    CAPTURE(file.filename().string());
    options with;
    with.working_dir = broken_folder;
    const auto text = contents(file);
    const auto loaded = load_text(text, file.filename(), with, testing::make_models());
    REQUIRE_FALSE(loaded);
    std::vector<std::string> lines{""};
    for (const char c : text) {
      c == '\n' ? lines.emplace_back() : lines.back() += c;
    }
    for (const auto& d : loaded.error()) {
      CAPTURE(base::to_text(d));
      CHECK_FALSE(d.code.empty());
      if (d.path == file.filename() && d.line > 0) {
        REQUIRE(d.line <= lines.size());
        CHECK(d.source_line == lines[d.line - 1]);
        CHECK(d.column >= 1);
      }
    }
  }
}

}  // namespace
}  // namespace aisle::topology
