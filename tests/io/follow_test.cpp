// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <doctest/doctest.h>

#include "tests/io/compress.hpp"
#include "tests/io/reading.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

constexpr reader_options following{.follow = true};
constexpr reader_options following_csv{.framing = framing::csv, .follow = true};

void append(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream{file, std::ios::app | std::ios::binary} << bytes;
}

/// What has come since: records up to the end there is at present.
strings catch_up(record_reader& reader) {
  strings records;
  raw_record record;
  while (true) {
    const auto got = reader.next(record);
    REQUIRE_MESSAGE(got.has_value(), got.error().message);
    if (*got != reading::record) {
      CHECK(*got == reading::caught_up);
      return records;
    }
    records.emplace_back(record.bytes);
  }
}

/// Looks at the end until it is an error, which it must be within a few seconds' worth of looks.
error error_at_the_end(record_reader& reader) {
  raw_record record;
  for (int look = 0; look < 200; ++look) {
    const auto got = reader.next(record);
    if (!got) {
      return got.error();
    }
  }
  FAIL("the reader never complained");
  return {};
}

TEST_CASE("a file that grows is followed, and a line without its end is no record yet") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", "one\ntwo\nth");
  auto reader = opened({file}, following);
  CHECK(catch_up(*reader) == strings{"one", "two"});
  CHECK(catch_up(*reader).empty());
  append(file, "re");
  CHECK(catch_up(*reader).empty());
  append(file, "e\r\n\nfo");
  CHECK(catch_up(*reader) == strings{"three", ""});
  append(file, "ur\n");
  CHECK(catch_up(*reader) == strings{"four"});
}

TEST_CASE("an empty file is followed from its beginning") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", "");
  auto reader = opened({file}, following);
  CHECK(catch_up(*reader).empty());
  append(file, "one\n");
  CHECK(catch_up(*reader) == strings{"one"});
}

TEST_CASE("of several files the last is followed, the others are complete") {
  const temp_folder folder;
  const auto first = folder.write("a.ndjson", "one\ntwo");
  const auto last = folder.write("b.ndjson", "three\nfour");
  auto reader = opened({first, last}, following);
  CHECK(catch_up(*reader) == strings{"one", "two", "three"});
  append(last, "\n");
  CHECK(catch_up(*reader) == strings{"four"});
}

TEST_CASE("a watch notices that a followed file has grown; a bounded or compressed one has none") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", "one\n");
  auto reader = opened({file}, following);
  file_watch watch;
  REQUIRE(reader->watch(watch));
  CHECK(watch.watches());
  CHECK_FALSE(watch.wait(base::duration{0}));
  append(file, "two\n");
  CHECK(watch.wait(std::chrono::minutes{1}));
  CHECK(catch_up(*reader) == strings{"one", "two"});
  CHECK_FALSE(opened({file}, {})->watch(watch));
  CHECK_FALSE(opened({folder.write("a.gz", gzip_of("one"))}, following)->watch(watch));
}

TEST_CASE("a compressed file is complete: behind it nothing comes, and the source does not end") {
  const temp_folder folder;
  auto reader = opened({folder.write("a.gz", gzip_of("one\ntwo"))}, following);
  CHECK(catch_up(*reader) == strings{"one", "two"});
  CHECK(catch_up(*reader).empty());
}

TEST_CASE("a followed CSV record with an open quote waits for the line that closes it") {
  const temp_folder folder;
  const auto file = folder.write("a.csv", "id,text\n1,\"two\n");
  auto reader = opened({file}, following_csv);
  CHECK(reader->header() == "id,text");
  CHECK(catch_up(*reader).empty());
  append(file, "lines\"\n2,plain\n");
  CHECK(catch_up(*reader) == strings{"1,\"two\nlines\"", "2,plain"});
}

TEST_CASE("a line beyond the bound is one record, however slowly its end comes") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", std::string(40, 'x'));
  auto reader = opened({file}, {.record_bytes_max = 16, .follow = true});
  CHECK(catch_up(*reader).empty());
  append(file, std::string(25, 'x'));
  CHECK(catch_up(*reader).empty());
  append(file, "\nshort\n");
  raw_record record;
  REQUIRE(*reader->next(record) == reading::record);
  CHECK(record.bytes == std::string(16, 'x'));
  CHECK(record.length == 65);
  CHECK(catch_up(*reader) == strings{"short"});
}

TEST_CASE("how far a followed file is behind its end is told in bytes; a bounded one has no lag") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", "one\ntwo\n");
  auto reader = opened({file}, following);
  CHECK(reader->behind({})->bytes == 8);
  CHECK_FALSE(reader->behind({})->records);
  catch_up(*reader);
  CHECK(reader->behind({})->empty());
  append(file, "12345");
  catch_up(*reader);
  CHECK(reader->behind({})->bytes == 5);
  CHECK_FALSE(opened({file})->behind({}));
}

TEST_CASE("a followed file goes on at a position that was taken before") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", "one\ntwo\n");
  auto reader = opened({file}, following);
  catch_up(*reader);
  const auto there = reader->position({});
  append(file, "three\n");
  auto again = opened({file}, following);
  REQUIRE(again->seek(there).has_value());
  CHECK(catch_up(*again) == strings{"three"});
}

TEST_CASE("a followed file that shrinks is an error that says so") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", "one\ntwo\n");
  auto reader = opened({file}, following);
  catch_up(*reader);
  std::filesystem::resize_file(file, 4);
  const auto wrong = error_at_the_end(*reader);
  CHECK(wrong.code == errc::changed);
  CHECK(wrong.message.find("may only grow") != std::string::npos);
}

TEST_CASE("a followed file that is rotated or removed is an error, after what it held was read") {
  const temp_folder folder;
  const auto file = folder.write("a.ndjson", "one\n");
  for (const bool replaced : {true, false}) {
    auto reader = opened({file}, following);
    CHECK(catch_up(*reader) == strings{"one"});
    std::filesystem::rename(file, folder.path() / "old.ndjson");
    if (replaced) {
      folder.write("a.ndjson", "one\n");
    }
    append(folder.path() / "old.ndjson", "last\n");
    CHECK(catch_up(*reader) == strings{"last"});
    CHECK(error_at_the_end(*reader).code == errc::changed);
    std::filesystem::remove(folder.path() / "old.ndjson");
    folder.write("a.ndjson", "one\n");
  }
}

}  // namespace
}  // namespace aisle::io
