// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <doctest/doctest.h>

#include "runtime/io/record_reader.hpp"
#include "tests/io/compress.hpp"
#include "tests/io/faulty_disk.hpp"
#include "tests/io/reading.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

strings behind(const strings& all, std::size_t first) {
  return {all.begin() + static_cast<std::ptrdiff_t>(first), all.end()};
}

// From every position: the same rest, in a new reader and in one that was used before.
void check_every_position(const paths& files, const reader_options& options) {
  const auto all = read_all(files, options);
  REQUIRE(all.message.empty());
  REQUIRE(all.positions.size() == all.records.size() + 1);
  auto used = opened(files, options);
  for (std::size_t i = 0; i < all.positions.size(); ++i) {
    CAPTURE(i);
    auto fresh = opened(files, options);
    for (auto* reader : {fresh.get(), used.get()}) {
      const auto moved = reader->seek(all.positions[i]);
      REQUIRE_MESSAGE(moved.has_value(), moved.error().message);
      CHECK(reader->position({}) == all.positions[i]);
      const auto rest = read_on(*reader);
      CHECK(rest.message.empty());
      CHECK(rest.records == behind(all.records, i));
      if (!rest.ordinals.empty()) CHECK(rest.ordinals.front() == all.ordinals[i]);
    }
  }
}

const std::string lines =
    "\xEF\xBB\xBF"
    "a\n\nb\r\n" +
    std::string(50, 'x') + "\nc";
const std::string table = "h,e\n1,\"x\ny\"\n2,\"open\n3," + std::string(50, 'z') + "\r\n4,z\n";

TEST_CASE("seek to every record gives the same rest: plain") {
  const temp_folder folder;
  check_every_position({folder.write("a", lines), folder.write("b", ""), folder.write("c", lines)},
                       {framing::line, 20});
}

TEST_CASE("seek to every record gives the same rest: CSV") {
  const temp_folder folder;
  check_every_position({folder.write("a.csv", table), folder.write("b.csv", table)},
                       csv_of_at_most(20));
}

TEST_CASE("seek to every record gives the same rest: gzip and zstd") {
  const temp_folder folder;
  check_every_position({folder.write("a.gz", gzip_of(lines) + gzip_of("\n" + lines)),
                        folder.write("b.zst", zstd_of(lines) + zstd_of("\n" + lines))},
                       {framing::line, 20});
}

TEST_CASE("seek works far behind what is buffered, plain and compressed") {
  const temp_folder folder;
  std::string text;
  for (int i = 0; i < 300'000; ++i)
    text += "line " + std::to_string(i) + "\n";
  for (const auto& file : {folder.write("f", text), folder.write("f.gz", gzip_of(text)),
                           folder.write("f.zst", zstd_of(text))}) {
    const auto all = read_all({file});
    for (const std::size_t i : {std::size_t{1}, std::size_t{150'000}, std::size_t{299'999}}) {
      auto reader = opened({file});
      REQUIRE(reader->seek(all.positions[i]).has_value());
      const auto rest = read_on(*reader);
      CHECK(rest.records.size() == 300'000 - i);
      CHECK(rest.records.front() == "line " + std::to_string(i));
    }
  }
}

TEST_CASE("a position where no record can begin any more is an error that names the file") {
  const temp_folder folder;
  const auto file = folder.write("f", "abc\ndef\n");
  const auto all = read_all({file});
  auto reader = opened({file});
  SUBCASE("the lines have moved") { folder.write("f", "abcd\nef\n"); }
  SUBCASE("the file is shorter") { folder.write("f", "ab\n"); }
  SUBCASE("the file ends just before") { folder.write("f", "abc"); }
  const auto moved = reader->seek(all.positions[1]);
  REQUIRE_FALSE(moved.has_value());
  CHECK(moved.error().code == errc::changed);
  CHECK(moved.error().message.find(file.string()) != std::string::npos);
  CHECK(moved.error().message.find("byte") != std::string::npos);
}

TEST_CASE("a compressed file that has become shorter than the position is an error") {
  const temp_folder folder;
  const auto file = folder.write("f.zst", zstd_of("abc\ndef\n"));
  const auto all = read_all({file});
  folder.write("f.zst", zstd_of("a\n"));
  auto reader = opened({file});
  const auto moved = reader->seek(all.positions[1]);
  REQUIRE_FALSE(moved.has_value());
  CHECK(moved.error().code == errc::changed);
}

TEST_CASE("the last line without a line end may not have grown since") {
  const temp_folder folder;
  const auto file = folder.write("f", "abc\nde");
  const auto all = read_all({file});
  auto same = opened({file});
  REQUIRE(same->seek(all.positions.back()).has_value());
  CHECK(read_on(*same).records.empty());
  folder.write("f", "abc\ndef\n");
  auto grown = opened({file});
  const auto moved = grown->seek(all.positions.back());
  REQUIRE_FALSE(moved.has_value());
  CHECK(moved.error().code == errc::changed);
}

TEST_CASE("a position in a file that is no longer in the list is an error") {
  const temp_folder folder;
  auto reader = opened({folder.write("f", "a\n")});
  const auto moved = reader->seek({{}, 1, 0, base::offset{1}});
  REQUIRE_FALSE(moved.has_value());
  CHECK(moved.error().code == errc::changed);
}

TEST_CASE("after a read error, seek to the position tries again and nothing is lost") {
  const temp_folder folder;
  std::string text;
  for (int i = 0; i < 2'000; ++i)
    text += "line " + std::to_string(i) + "\n";
  const auto file = folder.write("f", text);
  const auto all = read_all({file});
  faulty_disk flaky;
  int reads = 0;
  flaky.on_read = [&] {
    return ++reads % 7 == 0 ? faulty_disk::fails(EIO) : faulty_disk::verdict{1'000, 0};
  };
  auto reader = opened({file}, {}, flaky);
  strings got;
  int errors = 0;
  for (bool more = true; more;) {
    auto some = read_on(*reader);
    got.insert(got.end(), some.records.begin(), some.records.end());
    more = !some.message.empty();
    if (!more) break;
    ++errors;
    CHECK(some.code == errc::read_failed);
    raw_record again;
    CHECK_FALSE(reader->next(again).has_value());  // the error stays
    while (!reader->seek(reader->position({})))
      ++errors;
  }
  CHECK(errors > 1);
  CHECK(got == all.records);
}

}  // namespace
}  // namespace aisle::io
