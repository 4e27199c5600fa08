// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/shell.hpp"

#include <cstdlib>
#include <fstream>
#include <string_view>

#include <doctest/doctest.h>
#include <sys/wait.h>

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// A program that was built outside the clone cannot find what ships.
std::string home_of_sources() {
  const bool inside = std::string_view{AISLE_PROGRAM}.starts_with(AISLE_SOURCE_DIR "/");
  return inside ? "" : "export AISLE_HOME='" AISLE_SOURCE_DIR "'; ";
}

}  // namespace

said shell(const std::string& line, const fs::path& in) {
  const temporary_folder streams;
  const auto out = streams.path() / "out";
  const auto err = streams.path() / "err";
  const auto script = "aisle() { '" AISLE_PROGRAM "' \"$@\"; }; " + home_of_sources() + "cd '" +
                      in.string() + "'; { " + line + "; } </dev/null >'" + out.string() + "' 2>'" +
                      err.string() + "'";
  const int status = std::system(script.c_str());
  REQUIRE(WIFEXITED(status));
  return {.code = WEXITSTATUS(status), .out = contents(out), .err = contents(err)};
}

}  // namespace aisle::tool
