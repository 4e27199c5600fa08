// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "runtime/io/record_reader.hpp"
#include "tests/io/compress.hpp"
#include "tests/io/faulty_disk.hpp"
#include "tests/io/reading.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

bool says(const error& why, std::string_view text) {
  return why.message.find(text) != std::string::npos;
}

TEST_CASE("a file that is not there is said by name before the first is read") {
  const temp_folder folder;
  const auto there = folder.write("a", "x\n");
  const auto why = refusal_of({there, folder.path() / "nobody.ndjson"});
  CHECK(why.code == errc::not_found);
  CHECK(says(why, "cannot open " + (folder.path() / "nobody.ndjson").string()));
}

TEST_CASE("a source without files is refused") { CHECK(refusal_of({}).code == errc::not_found); }

TEST_CASE("a folder in place of a file is refused with what to write instead") {
  const temp_folder folder;
  const auto why = refusal_of({folder.path()});
  CHECK(why.code == errc::wrong_kind);
  CHECK(says(why, folder.path().string() + "/*.ndjson"));
}

TEST_CASE("a pipe is refused and does not hang the start") {
  const temp_folder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(refusal_of({pipe}).code == errc::wrong_kind);
}

TEST_CASE("a file that may not be read is errc::no_permission") {
  const temp_folder folder;
  faulty_disk closed;
  closed.on_open = [] { return EACCES; };
  const auto why = refusal_of({folder.write("f", "a\n")}, {}, closed);
  CHECK(why.code == errc::no_permission);
  CHECK(says(why, "Permission denied"));
}

TEST_CASE("a read that fails names file, byte and cause") {
  const temp_folder folder;
  faulty_disk broken;
  int reads = 0;
  broken.on_read = [&] {
    return ++reads > 2 ? faulty_disk::fails(EIO) : faulty_disk::verdict{5, 0};
  };
  const auto file = folder.write("f", "abc\ndef\nghi\n");
  const auto got = read_all({file}, {}, broken);
  CHECK(got.records == strings{"abc", "def"});
  CHECK(got.code == errc::read_failed);
  CHECK(got.message.starts_with("cannot read at byte 10 of " + file.string() +
                                ": Input/output error"));
}

TEST_CASE("a file that shrinks while it is read is errc::changed") {
  const temp_folder folder;
  auto text = std::string(3'000'101, 'y');
  text.replace(0, 101, std::string(100, 'x').append("\n"));
  const auto file = folder.write("f", text);
  auto reader = opened({file});
  std::filesystem::resize_file(file, 101);
  const auto got = read_on(*reader);
  CHECK(got.records == strings{std::string(100, 'x')});
  CHECK(got.code == errc::changed);
  CHECK(got.message.find("shrank from 3000101 to ") != std::string::npos);
}

TEST_CASE("a file that grows or is rewritten while it is read is errc::changed") {
  const temp_folder folder;
  const auto file = folder.write("f", "a\nb\n");
  auto reader = opened({file});
  SUBCASE("grows") { std::filesystem::resize_file(file, 1'000); }
  SUBCASE("is rewritten") {
    std::filesystem::last_write_time(file, std::filesystem::file_time_type{});
  }
  const auto got = read_on(*reader);
  CHECK(got.code == errc::changed);
  CHECK(got.message.find("was changed while it was read") != std::string::npos);
}

TEST_CASE("a compressed file that changes while it is read is errc::changed") {
  const temp_folder folder;
  const auto file = folder.write("f.gz", gzip_of("a\nb\n"));
  auto reader = opened({file});
  std::filesystem::last_write_time(file, std::filesystem::file_time_type{});
  CHECK(read_on(*reader).code == errc::changed);
}

TEST_CASE("a later file that vanishes is an error after the records before it") {
  const temp_folder folder;
  const auto a = folder.write("a", "1\n");
  const auto b = folder.write("b", "2\n");
  auto reader = opened({a, b});
  std::filesystem::remove(b);
  const auto got = read_on(*reader);
  CHECK(got.records == strings{"1"});
  CHECK(got.code == errc::not_found);
  folder.write("b", "2\n");
  REQUIRE(reader->seek(reader->position({})).has_value());
  CHECK(read_on(*reader).records == strings{"2"});
}

long peak_kib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

TEST_CASE("lines of a gibibyte stay in bounded memory") {
  const temp_folder folder;
  constexpr std::uint64_t gib = 1 << 30;
  paths files;
  SUBCASE("plain") {
    files = {folder.write("f", "before\n")};
    std::filesystem::resize_file(files[0], 7 + gib);  // a hole: a line of NULs
    std::ofstream{files[0], std::ios::app} << "\nbehind\n";
  }
  SUBCASE("a bomb") {
    const auto frame = zstd_of(std::string(gib / 16, 'x'));
    std::string all = zstd_of("before\n");
    for (int i = 0; i < 16; ++i)
      all += frame;
    files = {folder.write("f.zst", all + zstd_of("\nbehind\n"))};
  }
  const auto before = peak_kib();
  const auto got = read_all(files);
  CHECK(peak_kib() - before < 24 << 10);
  CHECK(got.message.empty());
  CHECK(got.lengths == std::vector<std::uint64_t>{6, gib, 6});
  CHECK(got.records[1].size() == reader_options{}.record_bytes_max);
  CHECK(got.records[2] == "behind");
}

}  // namespace
}  // namespace aisle::io
