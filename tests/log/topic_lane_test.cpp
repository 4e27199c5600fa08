// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/topic_lane.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/io/faulty_disk.hpp"
#include "tests/log/log_folder.hpp"

namespace aisle::log {
namespace {

using strings = std::vector<std::string>;

struct lane_folder {
  io::temp_folder temp;
  set_clock clock;
  std::filesystem::path folder = temp.path() / "log";

  [[nodiscard]] std::unique_ptr<io::lane_writer> lane(std::uint32_t number, std::uint32_t lanes = 4,
                                                      io::disk& on = io::real_disk()) const {
    return lane_of("retail/decisions/this history", number, lanes, on);
  }
  [[nodiscard]] std::unique_ptr<io::lane_writer> lane_of(std::string_view owner,
                                                         std::uint32_t number,
                                                         std::uint32_t lanes = 4,
                                                         io::disk& on = io::real_disk()) const {
    auto opened = open_lane(folder, "decisions", lanes, base::lane_id{number}, owner, clock, on);
    REQUIRE_MESSAGE(opened, opened.error().message);
    return std::move(*opened);
  }

  [[nodiscard]] strings lines(std::uint32_t partition) const {
    const auto made = open_topic(folder, "decisions");
    REQUIRE(made);
    auto from = reader::open_at_start(*made, base::partition_id{partition});
    REQUIRE(from);
    return read_on(*from).values;
  }
};

TEST_CASE("a lane makes its topic, and each line is a record in the lane's partition") {
  const lane_folder log;
  auto second = log.lane(1);
  REQUIRE(second->write_at(0, "one\ntwo\n"));
  REQUIRE(second->write_at(8, "three\n"));
  REQUIRE(second->sync());
  CHECK(open_topic(log.folder, "decisions")->settings.partitions == 4);
  CHECK(log.lines(1) == strings{"one", "two", "three"});
  CHECK(log.lines(0).empty());
}

TEST_CASE("a delivery that is repeated appends what is missing, and nothing twice") {
  const lane_folder log;
  auto lane = log.lane(0);
  REQUIRE(lane->write_at(0, "one\ntwo\n"));
  REQUIRE(lane->write_at(0, "one\ntwo\n"));
  REQUIRE(lane->write_at(4, "two\nthree\n"));
  CHECK(log.lines(0) == strings{"one", "two", "three"});
}

TEST_CASE("bytes that the topic lacks before an outbox are an error that does not go away") {
  const lane_folder log;
  auto lane = log.lane(0);
  const auto wrote = lane->write_at(4, "two\n");
  REQUIRE_FALSE(wrote);
  CHECK(wrote.error().code == io::errc::too_short);
  CHECK_FALSE(io::can_be_retried(wrote.error().code));
}

TEST_CASE("an outbox larger than an append goes out in several, cut at whole lines") {
  const lane_folder log;
  auto lane = log.lane(0);
  std::string box;
  for (int line = 0; line < 9; ++line) {
    box += fmt::format("{}{}\n", line, std::string(std::size_t{1} << 20, 'x'));
  }
  REQUIRE(lane->write_at(0, box));
  const auto there = log.lines(0);
  REQUIRE(there.size() == 9);
  for (std::size_t line = 0; line < there.size(); ++line) {
    CHECK(there[line].size() == (std::size_t{1} << 20) + 1);
    CHECK(there[line].front() == static_cast<char>('0' + line));
  }
}

TEST_CASE("what a full disk or a failed sync refused is there once when it is delivered again") {
  for (const int number : {ENOSPC, EIO}) {
    CAPTURE(number);
    const lane_folder log;
    io::faulty_disk disk;
    auto lane = log.lane(0, 4, disk);
    REQUIRE(lane->write_at(0, "one\n"));
    disk.on_write = [=] {
      return number == ENOSPC ? io::faulty_disk::fails(number) : io::faulty_disk::fine();
    };
    disk.on_sync = [=] { return number == EIO ? number : 0; };
    const auto refused = lane->write_at(4, "two\n");
    REQUIRE_FALSE(refused);
    CHECK(io::can_be_retried(refused.error().code));
    disk.on_write = io::faulty_disk::fine;
    disk.on_sync = [] { return 0; };
    REQUIRE(lane->write_at(4, "two\n"));
    CHECK(log.lines(0) == strings{"one", "two"});
  }
}

TEST_CASE(
    "lanes beyond the partitions of a topic that is there share them, each in its own order") {
  lane_folder log;
  REQUIRE(make_topic(log.folder, "decisions", {.partitions = 1, .keep = {}}, log.clock));
  auto first = log.lane(0);
  auto second = log.lane(1);
  REQUIRE(first->write_at(0, "a\n"));
  REQUIRE(second->write_at(0, "b\n"));
  REQUIRE(first->write_at(2, "c\n"));
  CHECK(log.lines(0) == strings{"a", "b", "c"});
}

TEST_CASE("who opens a lane by the same name goes on behind what it has delivered") {
  const lane_folder log;
  REQUIRE(log.lane(0)->write_at(0, "one\n"));
  auto again = log.lane(0);
  CHECK(again->resume() == 4);
  REQUIRE(again->write_at(0, "one\ntwo\n"));
  CHECK(log.lines(0) == strings{"one", "two"});
}

TEST_CASE(
    "another name is another producer: it begins behind what is there, with its own offsets") {
  const lane_folder log;
  REQUIRE(log.lane(0)->write_marked(0, "one\n", "mark"));
  auto other = log.lane_of("retail/decisions/another history", 0);
  CHECK(other->resume() == 0);
  CHECK_FALSE(other->mark().has_value());
  REQUIRE(other->write_at(0, "one\n"));
  CHECK(log.lines(0) == strings{"one", "one"});
  CHECK(log.lane(0)->mark() == "mark");
}

TEST_CASE("who opens a lane takes it: whoever had it before writes nothing more") {
  const lane_folder log;
  auto before = log.lane(0);
  REQUIRE(before->write_at(0, "one\n"));
  auto now = log.lane(0);
  const auto refused = before->write_at(4, "two\n");
  REQUIRE_FALSE(refused);
  CHECK_FALSE(io::can_be_retried(refused.error().code));
  REQUIRE(now->write_at(4, "three\n"));
  CHECK(log.lines(0) == strings{"one", "three"});
}

TEST_CASE("a lane's mark is that of its last write, also after a restart") {
  const lane_folder log;
  auto lane = log.lane(0);
  CHECK(lane->keeps_marks());
  CHECK_FALSE(lane->mark().has_value());
  REQUIRE(lane->write_marked(0, "one\n", "first"));
  REQUIRE(lane->write_marked(4, "two\n", "second"));
  CHECK(lane->mark() == "second");
  CHECK(log.lane(0)->mark() == "second");
  // Unmarked, it stays; and a write that was there already changes nothing.
  lane = log.lane(0);
  REQUIRE(lane->write_at(8, "three\n"));
  REQUIRE(lane->write_marked(0, "one\n", "first"));
  CHECK(log.lane(0)->mark() == "second");
  CHECK(log.lines(0) == strings{"one", "two", "three"});
}

TEST_CASE("a mark comes with the last byte of its write: what is half there has the one before") {
  const lane_folder log;
  std::string box;
  for (int line = 0; line < 9; ++line) {
    box += fmt::format("{}{}\n", line, std::string(std::size_t{1} << 20, 'x'));
  }
  io::faulty_disk disk;
  auto lane = log.lane(0, 4, disk);
  REQUIRE(lane->write_marked(0, "one\n", "before"));
  std::size_t syncs = 0;
  disk.on_sync = [&] { return ++syncs > 1 ? ENOSPC : 0; };
  REQUIRE_FALSE(lane->write_marked(4, box, "behind"));
  CHECK(lane->mark() == "before");
  disk.on_sync = [] { return 0; };

  auto again = log.lane(0);
  CHECK(again->mark() == "before");
  REQUIRE(again->write_marked(4, box, "behind"));
  CHECK(again->mark() == "behind");
  CHECK(log.lane(0)->mark() == "behind");
  CHECK(log.lines(0).size() == 10);
}

}  // namespace
}  // namespace aisle::log
