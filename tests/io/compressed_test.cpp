// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <doctest/doctest.h>

#include "runtime/io/record_reader.hpp"
#include "tests/io/compress.hpp"
#include "tests/io/faulty_disk.hpp"
#include "tests/io/reading.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

std::string some_lines(int count) {
  std::mt19937 chance{1};
  std::string text;
  for (int i = 0; i < count; ++i)
    text += std::to_string(i) + " " + std::to_string(chance()) + "\n";
  return text;
}

TEST_CASE("gzip and zstd files read like plain ones") {
  const temp_folder folder;
  const auto text = some_lines(100'000);
  const auto plain = read_all({folder.write("f", text)});
  CHECK(plain.records.size() == 100'000);
  CHECK(read_all({folder.write("f.gz", gzip_of(text))}).records == plain.records);
  CHECK(read_all({folder.write("f.zst", zstd_of(text))}).records == plain.records);
}

TEST_CASE("members and frames one after the other are one text, also in the middle of a line") {
  const temp_folder folder;
  const strings expected{"abc", "def", "ghi"};
  const auto gzip = gzip_of("abc\nd") + gzip_of("") + gzip_of("ef\n") + gzip_of("ghi\n");
  const auto zstd = zstd_of("abc\nd") + zstd_of("") + zstd_of("ef\n") + zstd_of("ghi\n");
  CHECK(read_all({folder.write("f.gz", gzip)}).records == expected);
  CHECK(read_all({folder.write("f.zst", zstd)}).records == expected);
}

TEST_CASE("zstd's skippable frames and the zeros behind gzip data are no data") {
  const temp_folder folder;
  const std::string skippable("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
  CHECK(read_all({folder.write("f.zst", skippable + zstd_of("a\n") + skippable)}).records ==
        strings{"a"});
  CHECK(read_all({folder.write("f.gz", gzip_of("a\n") + std::string(700, '\0'))}).records ==
        strings{"a"});
}

TEST_CASE("compressed input in pieces of any size gives the same records") {
  const temp_folder folder;
  const auto text = some_lines(500);
  for (const auto& file : {folder.write("f.gz", gzip_of(text) + gzip_of(text)),
                           folder.write("f.zst", zstd_of(text) + zstd_of(text))}) {
    const auto at_once = read_all({file});
    CHECK(at_once.records.size() == 1000);
    faulty_disk slow;
    std::mt19937 chance{2};
    slow.on_read = [&] { return faulty_disk::verdict{1 + chance() % 5, 0}; };
    const auto in_pieces = read_all({file}, {}, slow);
    CHECK(in_pieces.message.empty());
    CHECK(in_pieces.records == at_once.records);
  }
}

// The whole lines of `text` that stand within its first bytes are what was read.
void check_is_beginning_of(const records_read& got, const std::string& text) {
  std::string whole;
  for (const auto& record : got.records)
    whole += record + "\n";
  CHECK(text.starts_with(whole));
}

TEST_CASE("a cut off file gives its whole records first, then an error with file and byte") {
  const temp_folder folder;
  const auto text = some_lines(50'000);
  for (const std::string suffix : {".gz", ".zst"}) {
    CAPTURE(suffix);
    const auto whole = suffix == ".gz" ? gzip_of(text) : zstd_of(text);
    // in the data, and in the checksum at its end
    for (const auto size : {whole.size() / 2, whole.size() - 1}) {
      const auto file = folder.write("f" + suffix, whole.substr(0, size));
      const auto got = read_all({file});
      CHECK(got.code == errc::corrupt);
      CHECK(got.message.find(file.string() + " is cut off at byte " + std::to_string(size)) !=
            std::string::npos);
      CHECK(got.records.size() > 10'000);
      check_is_beginning_of(got, text);
    }
  }
}

TEST_CASE("a record that was only partly there is not handed out as one") {
  const temp_folder folder;
  const auto text = std::string("whole\n") + std::string(100, 'x');
  const auto frames = zstd_of(text) + zstd_of("yyy\n").substr(0, 7);
  CHECK(read_all({folder.write("f.zst", frames)}).records == strings{"whole"});
}

TEST_CASE("a damaged byte never goes unnoticed, and what came before it is read") {
  const temp_folder folder;
  const auto text = some_lines(20'000);
  for (const std::string suffix : {".gz", ".zst"}) {
    const auto good = suffix == ".gz" ? gzip_of(text) : zstd_of(text);
    for (std::size_t at = 20; at < good.size(); at += good.size() / 23) {
      CAPTURE(suffix);
      CAPTURE(at);
      auto bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 0x55);
      const auto file = folder.write("f" + suffix, bad);
      const auto opened = open_files({file}, {});
      if (!opened) {
        CHECK(opened.error().code == errc::corrupt);
        continue;
      }
      const auto got = read_on(**opened);
      CHECK(got.code == errc::corrupt);
      CHECK(got.message.find(file.string() + " is ") != std::string::npos);
      CHECK(got.message.find(" at byte ") != std::string::npos);
    }
  }
}

TEST_CASE("an empty or foreign file by the name of .gz or .zst is refused at once") {
  const temp_folder folder;
  for (const std::string suffix : {".gz", ".zst"}) {
    CHECK(refusal_of({folder.write("e" + suffix, "")}).code == errc::corrupt);
    CHECK(refusal_of({folder.write("f" + suffix, "{\"plain\": true}\n")}).code == errc::corrupt);
  }
}

TEST_CASE("compressed data by a plain name is refused with the name it needs") {
  const temp_folder folder;
  const auto gzip = refusal_of({folder.write("f.ndjson", gzip_of("a\n"))});
  CHECK(gzip.code == errc::corrupt);
  CHECK(gzip.message.find("name it f.ndjson.gz") != std::string::npos);
  const auto zstd = refusal_of({folder.write("g.csv", zstd_of("a\n"))});
  CHECK(zstd.message.find("name it g.csv.zst") != std::string::npos);
}

TEST_CASE("other bytes behind gzip data are an error, after its records") {
  const temp_folder folder;
  for (const auto& rest : strings{"garbage", std::string("\0\0x", 3), "\x1F"}) {
    const auto got = read_all({folder.write("f.gz", gzip_of("a\nb\n") + rest)});
    CHECK(got.records == strings{"a", "b"});
    CHECK(got.code == errc::corrupt);
  }
}

}  // namespace
}  // namespace aisle::io
