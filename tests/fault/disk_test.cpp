// SPDX-License-Identifier: Apache-2.0
// Disks that are full, that fail, that may not be written.
#include <algorithm>
#include <csignal>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "runtime/kv/folder_lock.hpp"
#include "tests/fault/job.hpp"
#include "tests/fault/sandbox.hpp"

namespace aisle::fault {
namespace {

namespace fs = std::filesystem;

const job& small_job() {
  static const job made{job_kind::files};
  return made;
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

/// Begins anew without any fault, and must come to the undisturbed run's results.
void check_goes_on(const trial& in) {
  const auto ended = e2e::run(in.command());
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(in.difference() == "");
}

// ---- full -------------------------------------------------------------------------------------

TEST_CASE("a state that may not grow: the run says so, waits, and goes on when it may") {
  const trial once{small_job()};
  const auto watching = once.verify();
  e2e::running program{once.command(), {.file_bytes_max = 200'000}};
  REQUIRE(e2e::eventually([&] { return says(program.said(), once.data_file().string()); }));
  CHECK(says(program.said(), "make room"));
  // What was written before the state was full may still complete an epoch.
  CHECK(e2e::eventually([&] {
    CHECK(watching->look_back() == "");
    const auto epochs = watching->epochs();
    std::this_thread::sleep_for(std::chrono::milliseconds{1500});
    CHECK(watching->look_back() == "");
    return watching->epochs() == epochs;
  }));
  CHECK_FALSE(program.ended().has_value());
  program.make_room();
  const auto ended = program.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(watching->look_back() == "");
  CHECK(once.difference() == "");
}

TEST_CASE("killed while its state may not grow, a run goes on from there") {
  const trial once{small_job()};
  const auto watching = once.verify();
  {
    e2e::running program{once.command(), {.file_bytes_max = 200'000}};
    REQUIRE(e2e::eventually([&] { return says(program.said(), once.data_file().string()); }));
    program.send(SIGKILL);
    CHECK(program.wait().code == 128 + SIGKILL);
  }
  check_goes_on(once);
  CHECK(watching->look_back() == "");
}

/// Much less than the state needs.
std::string small_tmpfs(const fs::path& at) {
  return fmt::format("mkdir -p {0}; mount -t tmpfs -o size=2m none {0}", at.string());
}

std::string made_larger(const fs::path& at) {
  return fmt::format("mount -o remount,size=256m {}", at.string());
}

TEST_CASE("a disk of 2 MB that is full: the run says so, waits, and goes on when there is room") {
  const e2e::temp_folder disk;
  const auto mounted = disk.path() / "disk";
  const trial once{small_job(), mounted / "state"};
  const auto command = with_own_mounts(small_tmpfs(mounted), once.command());
  if (!command) return;
  e2e::running program{*command};
  REQUIRE(e2e::eventually([&] { return says(program.said(), once.data_file().string()); }));
  CHECK(says(program.said(), "make room"));
  std::this_thread::sleep_for(std::chrono::milliseconds{1500});
  REQUIRE_FALSE(program.ended().has_value());
  const auto enlarged = e2e::run({"nsenter", "-t", std::to_string(program.id()), "-U", "-m",
                                  "--preserve-credentials", "sh", "-ec", made_larger(mounted)});
  REQUIRE_MESSAGE(enlarged.code == 0, enlarged.err);
  const auto ended = program.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(once.difference() == "");
}

TEST_CASE("killed on a full disk, a run goes on from there when there is room") {
  const e2e::temp_folder disk;
  const auto mounted = disk.path() / "disk";
  const trial once{small_job(), mounted / "state"};
  const auto said = (disk.path() / "said").string();
  const auto script = fmt::format(
      "{}; \"$@\" 2> {} & "
      "until grep -q 'make room' {} || ! kill -0 $!; do sleep 0.1; done; "
      "kill -9 $!; wait $! || cat {} >&2; {}",
      small_tmpfs(mounted), said, said, said, made_larger(mounted));
  const auto command = with_own_mounts(script, once.command());
  if (!command) return;
  const auto ended = e2e::run(*command);
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(says(ended.err, "make room"));
  CHECK(once.difference() == "");
}

TEST_CASE("ENOSPC at writes of the state: the run goes on behind them, with the same results") {
  int waited = 0;
  int not_begun = 0;
  for (const int first : {3, 10, 20, 42, 47, 52, 60, 70}) {
    CAPTURE(first);
    const trial once{small_job()};
    const auto command = with_injected(
        fmt::format("pwrite64,writev,pwritev:error=ENOSPC:when={}..{}", first, first + 2),
        once.data_file(), once.command());
    if (!command) return;
    const auto watching = once.verify();
    const auto ended = e2e::run(*command);
    const bool told = says(ended.err, once.data_file().string()) && says(ended.err, "make room");
    // LMDB gives up when it is the head of the file that cannot be written over; a disk that is
    // full takes that.
    const bool gave_up = says(ended.err, "MDB_PANIC");
    if (ended.code == 3) {
      not_begun += gave_up ? 0 : 1;
      CHECK_MESSAGE(told, ended.err);
      CHECK_MESSAGE((gave_up || watching->epochs() == 0), ended.err);
      check_goes_on(once);
    } else {
      waited += told ? 1 : 0;
      CHECK_MESSAGE(ended.code == 0, ended.err);
      CHECK(once.difference() == "");
    }
    CHECK(watching->look_back() == "");
  }
  CHECK(waited >= 2);
  MESSAGE("waited for room ", waited, ", did not begin without room ", not_begun);
}

TEST_CASE("ENOSPC at writes of a result: the run goes on behind them, with the same results") {
  const trial once{small_job()};
  const auto command = with_injected("pwrite64,write,writev:error=ENOSPC:when=2..3",
                                     once.out() / "windows/part-0001.ndjson", once.command());
  if (!command) return;
  const auto ended = e2e::run(*command);
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(says(ended.err, "part-0001.ndjson"));
  CHECK(once.difference() == "");
}

// ---- failing ----------------------------------------------------------------------------------

/// A run whose n-th such call on the state fails ends with 3 and the reason, the next one comes to
/// the end; for several n.
void check_ends_with_3(const std::string& calls) {
  int ended_so = 0;
  for (const int nth : {1, 3, 6, 9, 12, 15}) {
    CAPTURE(nth);
    const trial once{small_job()};
    const auto command = with_injected(fmt::format("{}:error=EIO:when={}", calls, nth),
                                       once.data_file(), once.command());
    if (!command) return;
    const auto watching = once.verify();
    const auto ended = e2e::run(*command);
    CHECK_MESSAGE((ended.code == 3 || ended.code == 0), ended.code, " ", ended.err);
    if (ended.code == 3) {
      ++ended_so;
      CHECK_MESSAGE(says(ended.err, once.data_file().string()), ended.err);
      CHECK_MESSAGE(says(ended.err, "Input/output error"), ended.err);
    }
    check_goes_on(once);
    CHECK(watching->look_back() == "");
  }
  CHECK(ended_so >= 4);
}

TEST_CASE("EIO at a sync of the state: exit 3 with the reason, and the next run goes on") {
  check_ends_with_3("fdatasync,fsync,msync");
}

TEST_CASE("EIO at a write of the state: exit 3 with the reason, and the next run goes on") {
  check_ends_with_3("pwrite64,writev,pwritev");
}

TEST_CASE(
    "EIO at a write or a sync of a result: said, and all that was not safe is written again") {
  for (const std::string call : {"pwrite64", "fdatasync"}) {
    for (const int nth : {1, 2}) {
      CAPTURE(call);
      CAPTURE(nth);
      const trial once{small_job()};
      const auto file = once.out() / "windows/part-0001.ndjson";
      const auto command =
          with_injected(fmt::format("{}:error=EIO:when={}", call, nth), file, once.command());
      if (!command) return;
      const auto watching = once.verify();
      const auto ended = e2e::run(*command);
      CHECK_MESSAGE(ended.code == 0, ended.err);
      CHECK_MESSAGE(says(ended.err, file.string()), ended.err);
      CHECK(watching->look_back() == "");
      CHECK(once.difference() == "");
    }
  }
}

// ---- not to be had ----------------------------------------------------------------------------

TEST_CASE("a state that another process has: exit 2, which names that process") {
  const trial once{small_job()};
  fs::create_directories(once.state());
  {
    const auto lock = kv::folder_lock::take(once.state());
    REQUIRE(lock.has_value());
    const auto ended = e2e::run(once.command());
    CHECK(ended.code == 2);
    CHECK_MESSAGE(says(ended.err, std::to_string(::getpid())), ended.err);
    CHECK(says(ended.err, once.state().string()));
    CHECK(e2e::files_below(once.out()).empty());
  }
  check_goes_on(once);
}

TEST_CASE(
    "a second run on a state while the first one lives: exit 2, and the first is undisturbed") {
  const trial once{small_job()};
  const auto watching = once.verify();
  e2e::running first{once.command(), {.file_bytes_max = 200'000}};
  REQUIRE(e2e::eventually([&] { return says(first.said(), "make room"); }));
  // Not even while the first one has not moved for a while.
  for (const int signal : {SIGSTOP, SIGCONT}) {
    first.send(signal);
    const auto second = e2e::run(once.command());
    CHECK(second.code == 2);
    CHECK_MESSAGE(says(second.err, std::to_string(first.id())), second.err);
  }
  first.make_room();
  CHECK(first.wait().code == 0);
  CHECK(watching->look_back() == "");
  CHECK(once.difference() == "");
}

/// The command, for which the folder and all in it cannot be written.
std::optional<strings> with_read_only(const fs::path& folder, const strings& command) {
  return with_own_mounts(
      fmt::format("mount --bind {0} {0}; mount -o remount,ro,bind {0}", folder.string()), command);
}

TEST_CASE("a folder for the state that is read-only: exit 2, which names it") {
  const trial once{small_job()};
  fs::create_directories(once.state());
  const auto command = with_read_only(once.state(), once.command());
  if (!command) return;
  const auto ended = e2e::run(*command);
  CHECK(ended.code == 2);
  CHECK_MESSAGE(says(ended.err, once.state().string()), ended.err);
  CHECK(e2e::files_below(once.out()).empty());
  check_goes_on(once);
}

TEST_CASE(
    "a state that has become read-only: exit 2, and nothing in it or in the results changes") {
  const trial once{small_job()};
  {
    const auto ended = e2e::run(once.command(), {.environment = {"AISLE_FAULT=kv.prepared:2"}});
    REQUIRE(ended.code == 128 + SIGKILL);
  }
  const auto before = e2e::content_of(once.data_file());
  const auto results = e2e::results_of(once.out());
  const auto command = with_read_only(once.state(), once.command());
  if (!command) return;
  const auto ended = e2e::run(*command);
  CHECK(ended.code == 2);
  CHECK_MESSAGE(says(ended.err, once.state().string()), ended.err);
  CHECK(e2e::content_of(once.data_file()) == before);
  CHECK(e2e::results_of(once.out()) == results);
  check_goes_on(once);
}

TEST_CASE("a state whose folder cannot be made: exit 2, which names it") {
  const trial once{small_job(), "/proc/none/state"};
  const auto ended = e2e::run(once.command());
  CHECK(ended.code == 2);
  CHECK_MESSAGE(says(ended.err, "/proc/none/state"), ended.err);
}

}  // namespace
}  // namespace aisle::fault
