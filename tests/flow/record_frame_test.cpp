// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/record_frame.hpp"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

std::string line_of(const framed_record& record) {
  std::string line;
  append_frame(line, record.key, record.value);
  for (const auto& [name, value] : record.headers) {
    append_header(line, {.name = name, .value = value});
  }
  return line + '\n';
}

framed_record read_back(std::string_view lines) {
  framed_record read;
  REQUIRE(take_frame(lines, read));
  CHECK(lines.empty());
  return read;
}

TEST_CASE("a frame is one line: key, value and headers between tabs") {
  const framed_record record{.key = "S1", .value = R"({"a":1})", .headers = {{"ce_id", "7"}}};
  CHECK(line_of(record) == "S1\t{\"a\":1}\tce_id=7\n");
  CHECK(read_back(line_of(record)) == record);
}

TEST_CASE("whatever bytes a record has, its frame is one line and gives them back") {
  std::mt19937 chance{7};
  const auto bytes = [&] {
    std::string made(chance() % 12, '\0');
    for (auto& c : made) {
      constexpr std::string_view often{"\\\t\n\0=N\xff", 7};
      c = chance() % 2 == 0 ? often[chance() % often.size()] : static_cast<char>(chance() % 256);
    }
    return made;
  };
  std::string lines;
  std::vector<framed_record> all;
  for (int i = 0; i < 2'000; ++i) {
    auto& one = all.emplace_back();
    one.key = chance() % 4 == 0 ? std::nullopt : std::optional{bytes()};
    one.value = bytes();
    for (auto headers = chance() % 4; headers > 0; --headers) {
      one.headers.push_back({.name = "h\t\\=" + std::to_string(headers), .value = bytes()});
    }
    lines += line_of(one);
  }
  CHECK(std::ranges::count(lines, '\n') == 2'000);
  std::string_view rest = lines;
  framed_record read;
  for (const auto& one : all) {
    REQUIRE(take_frame(rest, read));
    CHECK(read == one);
  }
  CHECK_FALSE(take_frame(rest, read));
}

TEST_CASE("no key is not an empty key, nor one that is called \\N") {
  CHECK(read_back("\\N\tv\n").key == std::nullopt);
  CHECK(read_back("\tv\n").key == "");
  const framed_record named{.key = "\\N", .value = "v", .headers = {}};
  CHECK(read_back(line_of(named)) == named);
}

TEST_CASE("what is no frame is refused") {
  framed_record read;
  for (const std::string_view wrong : {"", "k\tv", "\n", "k\n", "k\\x\tv\n", "k\tv\\\n",
                                       "k\tv\th\n", "k\tv\t=x\n", "\\N\t\\N\n"}) {
    CAPTURE(wrong);
    auto lines = wrong;
    CHECK_FALSE(take_frame(lines, read));
  }
}

}  // namespace
}  // namespace aisle::flow
