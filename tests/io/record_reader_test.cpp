// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/record_reader.hpp"

#include <random>

#include <doctest/doctest.h>

#include "tests/io/faulty_disk.hpp"
#include "tests/io/reading.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

const reader_options csv = csv_of_at_most(1 << 20);

TEST_CASE("a line is a record, and ordinals count over all files in the given order") {
  const temp_folder folder;
  const auto b = folder.write("b.ndjson", "one\ntwo\n");
  const auto a = folder.write("a.ndjson", "three\n");
  const auto got = read_all({b, a});
  CHECK(got.records == strings{"one", "two", "three"});
  CHECK(got.ordinals == std::vector<std::int64_t>{0, 1, 2});
  CHECK(got.message.empty());
}

TEST_CASE("CRLF ends a line, a CR inside of it stays") {
  const temp_folder folder;
  const auto got = read_all({folder.write("f", "a\r\nb\rc\n\r\nd\r")});
  CHECK(got.records == strings{"a", "b\rc", "", "d"});
}

TEST_CASE("the last line needs no line end, and nothing behind the last line end is no record") {
  const temp_folder folder;
  CHECK(read_all({folder.write("f", "a\nb")}).records == strings{"a", "b"});
  CHECK(read_all({folder.write("g", "a\nb\n")}).records == strings{"a", "b"});
  CHECK(read_all({folder.write("h", "")}).records.empty());
}

TEST_CASE("an empty line is a record") {
  const temp_folder folder;
  CHECK(read_all({folder.write("f", "\n\na\n\n")}).records == strings{"", "", "a", ""});
}

TEST_CASE("a byte order mark is skipped at the beginning of each file, and only there") {
  const temp_folder folder;
  const std::string mark = "\xEF\xBB\xBF";
  const auto f = folder.write("f", mark + "a\n" + mark + "b\n");
  const auto g = folder.write("g", mark);
  CHECK(read_all({f, g, f}).records == strings{"a", mark + "b", "a", mark + "b"});
}

TEST_CASE("NUL bytes are kept") {
  const temp_folder folder;
  const std::string text("a\0b\n\0\n", 6);
  CHECK(read_all({folder.write("f", text)}).records ==
        strings{std::string("a\0b", 3), std::string("\0", 1)});
}

TEST_CASE("the padding behind every record can be read") {
  const temp_folder folder;
  auto reader = opened({folder.write("f", "a\n" + std::string(600'000, 'b') + "\nc")});
  raw_record record;
  unsigned sum = 0;
  while (*reader->next(record) == reading::record) {
    for (std::size_t i = 0; i < record_padding; ++i) {
      sum += static_cast<unsigned char>(*(record.bytes.data() + record.bytes.size() + i));
    }
  }
  CHECK(sum > 0);  // the addresses are what counts; a sanitizer watches them
}

TEST_CASE(
    "a record longer than the bound is handed out cut and marked, and the next one is whole") {
  const temp_folder folder;
  const reader_options bound{framing::line, 10};
  const auto got = read_all(
      {folder.write("f", "0123456789\n0123456789X\nb\n" + std::string(3'000'000, 'z') + "\r\nc\n")},
      bound);
  CHECK(got.records == strings{"0123456789", "0123456789", "b", "zzzzzzzzzz", "c"});
  CHECK(got.lengths == std::vector<std::uint64_t>{10, 11, 1, 3'000'000, 1});
}

TEST_CASE("a record of just the bound is whole with LF, CRLF and no line end") {
  const temp_folder folder;
  for (const std::string end : {"\n", "\r\n", ""}) {
    for (const std::size_t bound : {std::size_t{8}, std::size_t{1} << 20}) {
      const std::string longest(bound, 'x');
      const auto fits = read_all({folder.write("f", longest + end)}, {framing::line, bound});
      CHECK(fits.records == strings{longest});
      CHECK(fits.lengths == std::vector<std::uint64_t>{bound});
      const auto cut = read_all({folder.write("g", longest + "y" + end)}, {framing::line, bound});
      CHECK(cut.records == strings{longest});
      CHECK(cut.lengths == std::vector<std::uint64_t>{bound + 1});
    }
  }
}

TEST_CASE("the header of a CSV file is handed out apart and is no record") {
  const temp_folder folder;
  const auto f = folder.write("f.csv", "\xEF\xBB\xBFid,\"na\"\"me\"\r\n1,x\r\n");
  const auto g = folder.write("g.csv", "id,\"na\"\"me\"\n2,y");
  auto reader = opened({f, g}, csv);
  CHECK(reader->header() == "id,\"na\"\"me\"");
  CHECK(read_on(*reader).records == strings{"1,x", "2,y"});
}

TEST_CASE("another header in a later file is an error before anything is read") {
  const temp_folder folder;
  const auto f = folder.write("f.csv", "id,name\n1,x\n");
  const auto g = folder.write("g.csv", "name,id\nx,1\n");
  const auto why = refusal_of({f, g}, csv);
  CHECK(why.code == errc::header);
  CHECK(why.message.find("g.csv has the header \"name,id\"") != std::string::npos);
  CHECK(why.message.find("f.csv has \"id,name\"") != std::string::npos);
}

TEST_CASE("a CSV file without a header, or with a monster of one, is refused") {
  const temp_folder folder;
  CHECK(refusal_of({folder.write("f.csv", "")}, csv).code == errc::header);
  CHECK(refusal_of({folder.write("g.csv", "\nid\n")}, csv).code == errc::header);
  CHECK(refusal_of({folder.write("h.csv", "0123456789\n")}, csv_of_at_most(5)).code ==
        errc::header);
}

TEST_CASE("a quoted CSV cell may span lines") {
  const temp_folder folder;
  const auto got = read_all(
      {folder.write("f.csv", "id,note\n1,\"two\r\nlines, \"\"q\"\"\n\"\n2,\"x\"\n3,y")}, csv);
  CHECK(got.records == strings{"1,\"two\r\nlines, \"\"q\"\"\n\"", "2,\"x\"", "3,y"});
}

TEST_CASE("a quote opens where a cell begins, behind the file's own separator") {
  const temp_folder folder;
  const auto file = folder.write("f.csv", "id;note\n1;\"two\nlines\"\n2,\"x;y\n");
  CHECK(read_all({file}, {framing::csv, 100, ';'}).records ==
        strings{"1;\"two\nlines\"", "2,\"x;y"});
}

TEST_CASE("a quote that is never closed costs the one record it stands in") {
  const temp_folder folder;
  const std::string bad = "1,\"open\n";
  SUBCASE("up to the end of the file") {
    const auto got = read_all({folder.write("f.csv", "id,note\n" + bad + "2,x\n3,y\n")}, csv);
    CHECK(got.records == strings{"1,\"open", "2,x", "3,y"});
  }
  SUBCASE("within the bound of a record") {
    std::string rest;
    for (int i = 0; i < 100; ++i)
      rest += "2,xxxxxxxx\n";
    const auto got =
        read_all({folder.write("f.csv", "id,note\n" + bad + rest)}, csv_of_at_most(64));
    CHECK(got.records.size() == 101);
    CHECK(got.records.front() == "1,\"open");
    CHECK(got.records.back() == "2,xxxxxxxx");
  }
}

TEST_CASE("in NDJSON a quote does not join lines") {
  const temp_folder folder;
  CHECK(read_all({folder.write("f", "a\"\nb\n")}).records == strings{"a\"", "b"});
}

// Lines of all sorts, some of them longer than `bound`.
std::string random_text(std::mt19937& chance, std::size_t bound) {
  const std::vector<std::string> pieces{"\n",  "\r\n", "\r", "\"", "\"\"", ",",
                                        "abc", "é",    " ",  "0",  "\n\n", ",\""};
  std::string text = "h,e,a,d\n";
  std::uniform_int_distribution<std::size_t> piece(0, pieces.size() - 1);
  std::uniform_int_distribution<int> one_of(0, 99);
  while (text.size() < 4'000) {
    text += pieces[piece(chance)];
    if (one_of(chance) == 0) text += std::string(bound + piece(chance) - 5, 'x');
  }
  return text;
}

TEST_CASE("reads of any size give the same records") {
  const temp_folder folder;
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 chance{seed};
    const reader_options options{seed % 2 == 0 ? framing::line : framing::csv, 40};
    const auto file = folder.write("f", random_text(chance, 40));
    const auto at_once = read_all({file}, options);
    faulty_disk slow;
    std::uniform_int_distribution<std::size_t> size(1, 1 + seed);
    slow.on_read = [&] { return faulty_disk::verdict{size(chance), 0}; };
    const auto in_pieces = read_all({file}, options, slow);
    CAPTURE(seed);
    CHECK(at_once.message.empty());
    CHECK(at_once.records.size() > 100);
    CHECK(in_pieces.records == at_once.records);
    CHECK(in_pieces.lengths == at_once.lengths);
    CHECK(in_pieces.positions == at_once.positions);
  }
}

TEST_CASE("records that straddle the reads of a large file come out whole") {
  const temp_folder folder;
  std::mt19937 chance{7};
  std::uniform_int_distribution<std::size_t> length(0, 300'000);
  std::string text;
  strings lines;
  for (int i = 0; i < 40; ++i) {
    lines.push_back(std::string(length(chance), static_cast<char>('a' + i % 26)));
    text += lines.back() + "\n";
  }
  CHECK(read_all({folder.write("f", text)}).records == lines);
}

}  // namespace
}  // namespace aisle::io
