// SPDX-License-Identifier: Apache-2.0
// What a writer does when the disk says no.
#include <csignal>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/io/faulty_disk.hpp"
#include "tests/log/log_folder.hpp"

namespace aisle::log {
namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string>;

/// No file of this process may grow past this, as on a full disk.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_CASE("an append is synced before it is published, and published before it is acknowledged") {
  const log_folder log;
  io::faulty_disk disk;
  auto writer = log.writer(disk);
  REQUIRE(append(writer, {"one"}));
  disk.calls.clear();
  REQUIRE(append(writer, {"two"}));
  REQUIRE(disk.calls.size() == 3);
  CHECK(disk.calls[0].starts_with("write "));
  CHECK(disk.calls[1] == "sync");
  CHECK(disk.calls[2] == "write 64@0");
}

TEST_CASE("many requests are one write and one sync") {
  const log_folder log;
  io::faulty_disk disk;
  auto writer = log.writer(disk);
  REQUIRE(append(writer, {"first"}));
  disk.calls.clear();
  const new_record record{.key = {}, .value = "v", .timestamp = {}, .headers = {}};
  const std::vector<append_request> requests(
      100, {.records = std::span{&record, 1}, .by = {}, .marker = {}});
  const auto answers = writer.append(requests);
  REQUIRE(answers.size() == 100);
  CHECK(answers[99].value().first == base::offset{100});
  CHECK(std::ranges::count(disk.calls, "sync") == 1);
  CHECK(disk.calls.size() == 3);
}

TEST_CASE("a full disk fails the append, shows nothing of it, and goes on when there is room") {
  const log_folder log;
  auto writer = log.writer();
  REQUIRE(append(writer, {"one"}));
  const auto before = fs::file_size(log.segment());
  {
    const file_size_limit full{before + 1000};
    const auto refused = append(writer, {std::string(5000, 'x')});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::no_space);
    CHECK(refused.error().message.find(log.segment().string()) != std::string::npos);
    CHECK(fs::file_size(log.segment()) == before);
    CHECK(read_all(log.made).values == strings{"one"});
    CHECK(append(writer, {"small"}).value().first == base::offset{1});
  }
  CHECK(append(writer, {std::string(5000, 'x')}).value().first == base::offset{2});
  CHECK(read_all(log.made).values.size() == 3);
}

TEST_CASE("a disk that is full when a segment begins fails the append, not the log") {
  log_folder log{{.partitions = 1, .segment_bytes = segment_bytes_min, .keep = {}}};
  auto writer = log.writer();
  REQUIRE(append(writer, {std::string(5000, 'x')}));
  {
    const file_size_limit full{70};
    CHECK(append(writer, {"two"}).error().code == errc::no_space);
  }
  CHECK(append(writer, {"two"}).value().first == base::offset{1});
  CHECK(read_all(log.made).values.size() == 2);
}

TEST_CASE("a write that is cut short anywhere leaves nothing to be seen") {
  for (const std::size_t bytes : {0U, 1U, 40U, 79U, 85U}) {
    const log_folder log;
    io::faulty_disk disk;
    auto writer = log.writer(disk);
    REQUIRE(append(writer, {"one"}));
    int writes = 0;
    disk.on_write = [&]() -> io::faulty_disk::verdict {
      return ++writes == 1 ? io::faulty_disk::verdict{bytes, 0} : io::faulty_disk::fails(EIO);
    };
    CHECK(append(writer, {"two"}).error().code == errc::write_failed);
    disk.on_write = io::faulty_disk::fine;
    CHECK(read_all(log.made).values == strings{"one"});
    CHECK(append(writer, {"two"}).value().first == base::offset{1});
    CHECK(read_all(log.made).values == strings{"one", "two"});
  }
}

TEST_CASE("a sync that fails is not tried again on the same bytes: they are cut off") {
  const log_folder log;
  io::faulty_disk disk;
  auto writer = log.writer(disk);
  REQUIRE(append(writer, {"one"}));
  const auto before = fs::file_size(log.segment());
  disk.on_sync = [] { return EIO; };
  CHECK(append(writer, {"two"}).error().code == errc::write_failed);
  CHECK(fs::file_size(log.segment()) == before);
  disk.on_sync = [] { return 0; };
  CHECK(append(writer, {"two again"}).value().first == base::offset{1});
  CHECK(read_all(log.made).values == strings{"one", "two again"});
}

TEST_CASE("what was never published is written again before it is synced") {
  const log_folder log;
  {
    auto writer = log.writer();
    REQUIRE(append(writer, {"one"}));
  }
  const auto marked = io::content_of(log.end_file());
  const auto before = fs::file_size(log.segment());
  {
    auto writer = log.writer();
    REQUIRE(append(writer, {"two"}));
  }
  const auto after = fs::file_size(log.segment());
  std::ofstream{log.end_file(), std::ios::binary} << marked;
  io::faulty_disk disk;
  auto writer = log.writer(disk);
  REQUIRE(writer.recover());
  CHECK(disk.calls ==
        strings{"write " + std::to_string(after - before) + "@" + std::to_string(before), "sync",
                "write 64@0"});
}

/// Somebody who may not do everything: root becomes nobody for a while.
class plain_user {
 public:
  plain_user() : was_{::geteuid()} {
    if (was_ == 0) REQUIRE(::seteuid(65534) == 0);
  }
  plain_user(const plain_user&) = delete;
  plain_user& operator=(const plain_user&) = delete;
  ~plain_user() { CHECK(::seteuid(was_) == 0); }

 private:
  uid_t was_;
};

constexpr auto readable = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
constexpr auto enterable = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;

TEST_CASE("a folder without rights is an error that says so, and one may still read") {
  const log_folder log;
  {
    auto writer = log.writer();
    REQUIRE(append(writer, {"one"}));
  }
  const auto folder = log.made.partition_folder(first_partition);
  for (const auto& entry : fs::directory_iterator{folder}) {
    fs::permissions(entry.path(), readable);
  }
  for (const auto& path : {log.temp.path(), log.folder, log.made.folder, folder}) {
    fs::permissions(path, readable | enterable);
  }
  {
    const plain_user user;
    auto writer = log.writer();
    const auto refused = append(writer, {"two"});
    CHECK(refused.error().code == errc::no_permission);
    CHECK(refused.error().message.find(folder.string()) != std::string::npos);
    const auto read = read_all(log.made);
    CHECK_MESSAGE(read.values == strings{"one"}, read.stopped);
    CHECK(make_topic(log.folder / "sub", "more", {}, log.clock).error().code ==
          errc::no_permission);
  }
  fs::permissions(log.folder, fs::perms::none);
  {
    const plain_user user;
    CHECK(open_topic(log.folder, "events").error().code == errc::no_permission);
  }
  for (const auto& path : {log.temp.path(), log.folder, log.made.folder, folder}) {
    fs::permissions(path, fs::perms::owner_all);
  }
}

}  // namespace
}  // namespace aisle::log
