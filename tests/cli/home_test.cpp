// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/home.hpp"

#include <doctest/doctest.h>

#include "tests/cli/shell.hpp"

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;

void make_home(const fs::path& folder) {
  fs::create_directories(folder / "topologies");
  fs::create_directories(folder / "config" / "contracts");
}

TEST_CASE("a program in a clone finds what lies in the clone") {
  const temporary_folder folder;
  make_home(folder.path());
  CHECK(find_home(folder.path() / "build" / "release" / "aisle", "") == folder.path());
  CHECK(find_home(folder.path() / "aisle", "") == folder.path());
}

TEST_CASE("an installed program finds share/aisle beside its bin") {
  const temporary_folder folder;
  make_home(folder.path() / "share" / "aisle");
  CHECK(find_home(folder.path() / "bin" / "aisle", "") == folder.path() / "share" / "aisle");
}

TEST_CASE("AISLE_HOME comes first, and a wrong one is not replaced by a guess") {
  const temporary_folder folder;
  make_home(folder.path());
  make_home(folder.path() / "other");
  const auto program = folder.path() / "bin" / "aisle";
  CHECK(find_home(program, (folder.path() / "other").string()) == folder.path() / "other");
  CHECK_FALSE(find_home(program, (folder.path() / "bin").string()));
}

TEST_CASE("a program that stands alone has no home") {
  const temporary_folder folder;
  CHECK_FALSE(find_home(folder.path() / "bin" / "aisle", ""));
  CHECK_FALSE(find_home("", ""));
}

TEST_CASE("a program without its home says so, and still takes files") {
  const temporary_folder folder;
  const auto answered =
      shell("AISLE_HOME=/nowhere; export AISLE_HOME; aisle check retail", folder.path());
  CHECK(answered.code == 2);
  CHECK(answered.err.find("AISLE_HOME") != std::string::npos);
}

}  // namespace
}  // namespace aisle::tool
