// SPDX-License-Identifier: Apache-2.0
// What a reader and a writer do with each damage of FORMAT.md.
#include <doctest/doctest.h>

#include "runtime/log/batch.hpp"
#include "tests/log/log_folder.hpp"

namespace aisle::log {
namespace {

namespace fs = std::filesystem;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

using strings = std::vector<std::string>;

struct three_batches : log_folder {
  // Where each batch ends.
  std::vector<std::uint64_t> ends;

  three_batches() {
    auto to = writer();
    for (const auto* const value : {"one", "two", "three"}) {
      REQUIRE(append(to, {value}));
      ends.push_back(fs::file_size(segment()));
    }
  }
  void append_bytes(std::string_view bytes) const {
    std::ofstream{segment(), std::ios::binary | std::ios::app}
        << std::string{bytes.data(), bytes.size()};
  }
};

TEST_CASE("a torn end that was never acknowledged is cut off, and appending goes on there") {
  const three_batches log;
  log.append_bytes(io::content_of(log.segment()).substr(log.ends[1], 50));
  CHECK(read_all(log.made).values == strings{"one", "two", "three"});
  CHECK(fs::file_size(log.segment()) == log.ends[2]);
  auto writer = log.writer();
  CHECK(append(writer, {"four"}).value().first == base::offset{3});
  CHECK(read_all(log.made).values == strings{"one", "two", "three", "four"});
}

TEST_CASE("a whole batch that nobody acknowledged is kept: its owner died before it could say so") {
  const three_batches log;
  const auto marked = io::content_of(log.end_file());
  auto writer = log.writer();
  REQUIRE(append(writer, {"four"}, {.id = 7}));
  std::ofstream{log.end_file(), std::ios::binary} << marked;

  auto other = log.writer();
  const auto again = append(other, {"four", "five"}, {.id = 7});
  REQUIRE(again);
  CHECK(again->repeated == 1);
  CHECK(again->first == base::offset{4});
  CHECK(read_all(log.made).values == strings{"one", "two", "three", "four", "five"});
}

TEST_CASE("a flipped bit in the middle is an error with file and byte, and nothing is cut off") {
  const three_batches log;
  flip(log.segment(), log.ends[0] + 82);
  const auto read = read_all(log.made);
  CHECK(read.values == strings{"one"});
  CHECK(read.code == errc::corrupt);
  CHECK(holds(read.stopped,
              log.segment().string() + " is damaged at byte " + std::to_string(log.ends[0])));
  auto writer = log.writer();
  CHECK(append(writer, {"four"}).error().code == errc::corrupt);
  CHECK(fs::file_size(log.segment()) == log.ends[2]);
}

TEST_CASE("every single flipped bit of an acknowledged segment is found") {
  const three_batches log;
  const auto whole = io::content_of(log.segment());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    flip(log.segment(), at);
    const auto read = read_all(log.made);
    CHECK_MESSAGE((read.code == errc::corrupt || read.code == errc::foreign), "byte ", at);
    auto writer = log.writer();
    CHECK_FALSE(append(writer, {"four"}));
    flip(log.segment(), at);
  }
  CHECK(io::content_of(log.segment()) == whole);
  CHECK(read_all(log.made).values == strings{"one", "two", "three"});
}

TEST_CASE("a flipped bit in the last acknowledged batch is no torn end") {
  const three_batches log;
  flip(log.segment(), log.ends[2] - 1);
  auto writer = log.writer();
  CHECK(append(writer, {"four"}).error().code == errc::corrupt);
  CHECK(fs::file_size(log.segment()) == log.ends[2]);
}

TEST_CASE("without its end mark, good batches behind the damage still tell it from a torn end") {
  const three_batches log;
  fs::remove(log.end_file());
  flip(log.segment(), log.ends[0] + 82);
  auto writer = log.writer();
  const auto refused = append(writer, {"four"});
  REQUIRE_FALSE(refused);
  CHECK(holds(refused.error().message, "good ones come behind it"));
  CHECK(fs::file_size(log.segment()) == log.ends[2]);
}

TEST_CASE("a lost or damaged end mark is made anew from the segments") {
  const three_batches log;
  SUBCASE("lost") { fs::remove(log.end_file()); }
  SUBCASE("damaged") { flip(log.end_file(), 20); }
  SUBCASE("empty") { fs::resize_file(log.end_file(), 0); }
  auto writer = log.writer();
  CHECK(append(writer, {"four"}).value().first == base::offset{3});
  CHECK(read_all(log.made).values == strings{"one", "two", "three", "four"});
}

TEST_CASE("a segment shorter than what was acknowledged is an error, cut anywhere") {
  const three_batches log;
  for (const auto bytes : {log.ends[1], log.ends[1] + 10, std::uint64_t{segment_header_bytes},
                           std::uint64_t{10}, std::uint64_t{0}}) {
    fs::resize_file(log.segment(), bytes);
    CHECK(read_all(log.made).code == errc::corrupt);
    auto writer = log.writer();
    CHECK(append(writer, {"four"}).error().code == errc::corrupt);
    CHECK(fs::file_size(log.segment()) == bytes);
  }
}

TEST_CASE("a segment of another topic, another program or a later version is refused by name") {
  const three_batches log;
  const auto ours = io::content_of(log.segment());
  auto foreign = ours;
  std::string_view why;
  SUBCASE("another program's") {
    foreign = "PK\x03\x04" + std::string(500, 'z');
    why = "is no segment of a log";
  }
  SUBCASE("another topic's") {
    const auto other = make_topic(log.folder, "other", {}, log.clock);
    REQUIRE(other);
    foreign =
        io::content_of(other->partition_folder(first_partition) / segment_name(base::offset{0}));
    why = "belongs elsewhere";
  }
  std::ofstream{log.segment(), std::ios::binary} << foreign;
  CHECK(read_all(log.made).code == errc::foreign);
  CHECK(holds(read_all(log.made).stopped, why));
  auto writer = log.writer();
  CHECK(append(writer, {"four"}).error().code == errc::foreign);
  CHECK(io::content_of(log.segment()) == foreign);
}

TEST_CASE("a batch inside of a record is not taken for one") {
  const log_folder log;
  auto writer = log.writer();
  REQUIRE(append(writer, {"first"}));
  const auto inner = io::content_of(log.segment()).substr(segment_header_bytes);
  // The end of a write that was torn behind a record that carries a batch.
  REQUIRE(append(writer, {inner + inner}));
  const auto bytes = fs::file_size(log.segment());
  REQUIRE(append(writer, {inner}));
  const auto torn = io::content_of(log.segment()).substr(bytes);
  fs::resize_file(log.segment(), bytes);
  fs::remove(log.end_file());
  std::ofstream{log.segment(), std::ios::binary | std::ios::app} << torn.substr(0, torn.size() - 1);
  auto other = log.writer();
  CHECK(append(other, {"last"}).value().first == base::offset{2});
  CHECK(read_all(log.made).values == strings{"first", inner + inner, "last"});
}

TEST_CASE("a segment missing in between is an error") {
  log_folder log{{.partitions = 1, .segment_bytes = segment_bytes_min, .keep = {}}};
  auto writer = log.writer();
  for (int at = 0; at < 12; ++at)
    REQUIRE(append(writer, {std::string(1000, 'x')}));
  const auto segments = [&] {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator{log.segment().parent_path()}) {
      if (entry.path().extension() == ".segment") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
  }();
  REQUIRE(segments.size() >= 3);
  CHECK(read_all(log.made).values.size() == 12);
  SUBCASE("one in the middle") {
    fs::remove(segments[1]);
    const auto read = read_all(log.made);
    CHECK(read.code == errc::corrupt);
    CHECK(holds(read.stopped, "and the next begins with"));
  }
  SUBCASE("the last") {
    fs::remove(segments.back());
    auto other = log.writer();
    CHECK(append(other, {"x"}).error().code == errc::corrupt);
  }
  SUBCASE("the end of a closed one") {
    fs::resize_file(segments[1], fs::file_size(segments[1]) - 1);
    CHECK(read_all(log.made).code == errc::corrupt);
  }
}

}  // namespace
}  // namespace aisle::log
