// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/file_sink.hpp"

#include <doctest/doctest.h>

#include "tests/io/faulty_disk.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

constexpr base::lane_id lane{3};

std::unique_ptr<lane_writer> opened(const std::filesystem::path& folder, std::uint64_t delivered,
                                    disk& on = real_disk()) {
  auto writer = open_lane(folder, lane, delivered, on);
  REQUIRE_MESSAGE(writer.has_value(), writer.error().message);
  return std::move(*writer);
}

TEST_CASE("a lane writes its own part by position, in a folder that is made") {
  const temp_folder folder;
  const auto out = folder.path() / "out" / "windows";
  auto writer = opened(out, 0);
  REQUIRE(writer->write_at(0, "{\"a\":1}\n").has_value());
  REQUIRE(writer->write_at(8, "{\"b\":2}\n").has_value());
  REQUIRE(writer->sync().has_value());
  CHECK(content_of(out / "part-0003.ndjson") == "{\"a\":1}\n{\"b\":2}\n");
  CHECK(part_name(base::lane_id{12'345}) == "part-12345.ndjson");
}

TEST_CASE("the same delivery twice leaves what one would have left") {
  const temp_folder folder;
  for (int i = 0; i < 2; ++i) {
    auto writer = opened(folder.path(), 0);
    REQUIRE(writer->write_at(0, "one\n").has_value());
    REQUIRE(writer->write_at(4, "two\n").has_value());
    REQUIRE(writer->sync().has_value());
  }
  CHECK(content_of(folder.path() / part_name(lane)) == "one\ntwo\n");
}

TEST_CASE("a file is never truncated: what a crash left behind the delivered bytes stays") {
  const temp_folder folder;
  folder.write("part-0003.ndjson", "one\ntw");
  auto writer = opened(folder.path(), 4);
  CHECK(content_of(folder.path() / part_name(lane)) == "one\ntw");
  REQUIRE(writer->write_at(4, "two\n").has_value());
  CHECK(content_of(folder.path() / part_name(lane)) == "one\ntwo\n");
}

TEST_CASE("a file that is shorter than what was delivered is fatal") {
  const temp_folder folder;
  const auto path = folder.write("part-0003.ndjson", "one\n");
  SUBCASE("when the lane is opened") {
    const auto writer = open_lane(folder.path(), lane, 5);
    REQUIRE_FALSE(writer.has_value());
    CHECK(writer.error().code == errc::too_short);
    CHECK_FALSE(can_be_retried(writer.error().code));
    CHECK(writer.error().message.starts_with(path.string() + " has 4 bytes, but 5 were delivered"));
  }
  SUBCASE("when it was shortened since") {
    auto writer = opened(folder.path(), 4);
    std::filesystem::resize_file(path, 2);
    const auto wrote = writer->write_at(4, "two\n");
    REQUIRE_FALSE(wrote.has_value());
    CHECK(wrote.error().code == errc::too_short);
    CHECK(content_of(path) == "on");
  }
}

TEST_CASE("a write that the system does in pieces is completed") {
  const temp_folder folder;
  faulty_disk slow;
  slow.on_write = [] { return faulty_disk::verdict{3, 0}; };
  auto writer = opened(folder.path(), 0, slow);
  REQUIRE(writer->write_at(0, "12345678\n").has_value());
  CHECK(content_of(folder.path() / part_name(lane)) == "12345678\n");
  CHECK(slow.calls ==
        std::vector<std::string>{"sync folder", "write 3@0", "write 3@3", "write 3@6"});
}

TEST_CASE("a full disk is an error that says where, and the same write again puts it right") {
  const temp_folder folder;
  faulty_disk full;
  int writes = 0;
  full.on_write = [&] {
    return ++writes == 2 ? faulty_disk::fails(ENOSPC) : faulty_disk::verdict{4, 0};
  };
  auto writer = opened(folder.path(), 0, full);
  const auto wrote = writer->write_at(0, "12345678\n");
  REQUIRE_FALSE(wrote.has_value());
  CHECK(wrote.error().code == errc::no_space);
  CHECK(can_be_retried(wrote.error().code));
  CHECK(wrote.error().message == "cannot write at byte 4 of " +
                                     (folder.path() / part_name(lane)).string() +
                                     ": No space left on device; make room; the same bytes are "
                                     "written again then");
  CHECK(content_of(folder.path() / part_name(lane)) == "1234");
  REQUIRE(writer->write_at(0, "12345678\n").has_value());
  CHECK(content_of(folder.path() / part_name(lane)) == "12345678\n");
}

TEST_CASE("a broken disk, and one that silently writes nothing, are errors that can be retried") {
  const temp_folder folder;
  faulty_disk broken;
  auto writer = opened(folder.path(), 0, broken);
  for (const auto verdict : {faulty_disk::fails(EIO), faulty_disk::verdict{0, 0}}) {
    broken.on_write = [verdict] { return verdict; };
    const auto wrote = writer->write_at(0, "x\n");
    REQUIRE_FALSE(wrote.has_value());
    CHECK(wrote.error().code == errc::write_failed);
    CHECK(can_be_retried(wrote.error().code));
  }
}

TEST_CASE("after a failed sync only what is written again counts as safe") {
  const temp_folder folder;
  faulty_disk broken;
  auto writer = opened(folder.path(), 0, broken);
  REQUIRE(writer->write_at(0, "safe\n").has_value());
  REQUIRE(writer->sync().has_value());
  REQUIRE(writer->write_at(5, "one\n").has_value());
  REQUIRE(writer->write_at(9, "two\n").has_value());
  broken.on_sync = [] { return EIO; };
  const auto synced = writer->sync();
  REQUIRE_FALSE(synced.has_value());
  CHECK(synced.error().code == errc::sync_failed);
  broken.on_sync = [] { return 0; };

  broken.calls.clear();
  CHECK_FALSE(writer->sync().has_value());
  REQUIRE(writer->write_at(5, "one\n").has_value());
  CHECK_FALSE(writer->sync().has_value());
  CHECK(broken.calls == std::vector<std::string>{"write 4@5"});  // the system was not even asked
  REQUIRE(writer->write_at(9, "two\n").has_value());
  CHECK(writer->sync().has_value());
  CHECK(broken.calls.back() == "sync");
}

TEST_CASE("a sync with nothing written asks nothing of the disk") {
  const temp_folder folder;
  faulty_disk watched;
  auto writer = opened(folder.path(), 0, watched);
  watched.calls.clear();
  CHECK(writer->sync().has_value());
  CHECK(watched.calls.empty());
}

TEST_CASE("a folder that cannot be made or written is an error with its name") {
  const temp_folder folder;
  const auto file = folder.write("file", "");
  const auto below = open_lane(file / "windows", lane, 0);
  REQUIRE_FALSE(below.has_value());
  CHECK(below.error().code == errc::wrong_kind);
  CHECK(below.error().message.find((file / "windows").string()) != std::string::npos);

  faulty_disk closed;
  closed.on_open = [] { return EACCES; };
  const auto refused = open_lane(folder.path(), lane, 0, closed);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::no_permission);

  std::filesystem::create_directories(folder.path() / part_name(lane));
  const auto taken = open_lane(folder.path(), lane, 0);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == errc::wrong_kind);
}

TEST_CASE("a lane that goes on cuts off half a line that a crash left, and keeps every whole one") {
  struct left {
    std::string there;
    std::uint64_t whole;
  };
  const std::string block(std::size_t{1} << 16, 'x');
  for (const auto& [there, whole] : std::vector<left>{{"", 0},
                                                      {"one\n", 4},
                                                      {"one\ntw", 4},
                                                      {"half", 0},
                                                      {"\n", 1},
                                                      {"one\n" + block, 4},
                                                      {"one\n" + block + block + "x", 4},
                                                      {block + "\n" + block, block.size() + 1}}) {
    CAPTURE(there.size());
    const temp_folder folder;
    const auto path = folder.write("part-0003.ndjson", there);
    auto writer = opened(folder.path(), 0);
    const auto end = writer->resume();
    REQUIRE(end.has_value());
    CHECK(*end == whole);
    CHECK(content_of(path) == there.substr(0, whole));
    REQUIRE(writer->write_at(*end, "two\n").has_value());
    CHECK(content_of(path) == there.substr(0, whole) + "two\n");
  }
}

TEST_CASE("a lane whose file cannot be read does not go on, and cuts nothing off") {
  const temp_folder folder;
  const auto path = folder.write("part-0003.ndjson", "one\ntw");
  faulty_disk broken;
  auto writer = opened(folder.path(), 0, broken);
  SUBCASE("because a read fails") {
    broken.on_read = [] { return faulty_disk::fails(EIO); };
  }
  SUBCASE("because it ends early") {
    broken.on_read = [] { return faulty_disk::verdict{0, 0}; };
  }
  SUBCASE("because it cannot be opened") {
    broken.on_open = [] { return EACCES; };
  }
  const auto end = writer->resume();
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().message.find(path.string()) != std::string::npos);
  CHECK(content_of(path) == "one\ntw");
}

TEST_CASE("a file keeps no mark: what is written with one is written as without") {
  const temp_folder folder;
  auto writer = opened(folder.path(), 0);
  CHECK_FALSE(writer->keeps_marks());
  REQUIRE(writer->write_marked(0, "one\n", "mark").has_value());
  CHECK_FALSE(writer->mark().has_value());
  CHECK(content_of(folder.path() / part_name(lane)) == "one\n");
}

}  // namespace
}  // namespace aisle::io
