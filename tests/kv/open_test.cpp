// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <doctest/doctest.h>
#include <lmdb.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "runtime/kv/node_state.hpp"
#include "runtime/kv/verify.hpp"
#include "tests/kv/child.hpp"
#include "tests/kv/folder.hpp"

namespace aisle::kv {
namespace {

namespace fs = std::filesystem;

result<std::unique_ptr<node_state>> open_at(
    const fs::path& folder, open_options::absent absent = open_options::absent::make,
    std::uint64_t id = 7) {
  return node_state::open({.folder = folder,
                           .when_absent = absent,
                           .new_id = {.high = id, .low = id},
                           .map_bytes = std::size_t{1} << 24});
}

void check_refused(const result<std::unique_ptr<node_state>>& opened, errc code,
                   std::string_view says) {
  REQUIRE_FALSE(opened.has_value());
  CHECK((to_text(opened.error().code) == to_text(code)));
  CHECK_MESSAGE(opened.error().message.find(says) != std::string::npos, opened.error().message);
}

TEST_CASE("a state is made once, and keeps its id") {
  const test_folder in;
  CHECK(((*open_at(in.path() / "a" / "b"))->id() == control::kv_id{.high = 7, .low = 7}));
  CHECK(((*open_at(in.path() / "a" / "b", open_options::absent::refuse, 8))->id() ==
         control::kv_id{.high = 7, .low = 7}));
}

TEST_CASE("no folder, or no state in it: the error names the folder") {
  const test_folder in;
  check_refused(open_at(in.path() / "none", open_options::absent::refuse), errc::not_found,
                "/none");
  check_refused(open_at(in.path(), open_options::absent::refuse), errc::not_found,
                in.path().string());
}

TEST_CASE("a folder in use: the error names who has it, and verify is refused too") {
  const test_folder in;
  const auto first = open_at(in.path());
  REQUIRE(first.has_value());
  check_refused(open_at(in.path()), errc::locked, "process " + std::to_string(::getpid()));
  CHECK((verify(in.path()).error().code == errc::locked));
}

TEST_CASE("a data file that is gone, or emptied, is no new state") {
  const test_folder in;
  REQUIRE(open_at(in.path()).has_value());
  fs::resize_file(in.file(), 0);
  check_refused(open_at(in.path()), errc::damaged, "empty");
  fs::remove(in.file());
  check_refused(open_at(in.path()), errc::damaged, "gone");
}

TEST_CASE("another node's data file is refused") {
  const test_folder mine;
  const test_folder other;
  REQUIRE(open_at(mine.path()).has_value());
  REQUIRE(open_at(other.path(), open_options::absent::make, 8).has_value());
  fs::copy_file(other.file(), mine.file(), fs::copy_options::overwrite_existing);
  check_refused(open_at(mine.path()), errc::foreign, "is of state");
}

TEST_CASE("a file that is no LMDB, and one of another program's, are refused and left alone") {
  const test_folder in;
  const std::string text(10'000, 't');
  std::ofstream{in.file()} << text;
  check_refused(open_at(in.path()), errc::damaged, "data.mdb");
  CHECK((fs::file_size(in.file()) == text.size()));

  fs::remove(in.file());
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi table = 0;
  REQUIRE(::mdb_env_create(&env) == 0);
  ::mdb_env_set_maxdbs(env, 4);
  REQUIRE(::mdb_env_open(env, in.path().c_str(), 0, 0600) == 0);
  REQUIRE(::mdb_txn_begin(env, nullptr, 0, &txn) == 0);
  REQUIRE(::mdb_dbi_open(txn, "theirs", MDB_CREATE, &table) == 0);
  REQUIRE(::mdb_txn_commit(txn) == 0);
  ::mdb_env_close(env);
  check_refused(open_at(in.path()), errc::foreign, "another program's");
}

TEST_CASE("a state of a later version is refused") {
  const test_folder in;
  {
    const auto state = open_at(in.path());
    REQUIRE((*state)
                ->env()
                .write([](txn& to) {
                  to.put_row(ledger_key::identity(),
                             identity_row{.format = 3, .kv = {.high = 7, .low = 7}});
                })
                .has_value());
  }
  check_refused(open_at(in.path()), errc::newer_format, "later version");
}

TEST_CASE("a folder that cannot be written is refused with what to do") {
  const test_folder in;
  REQUIRE(open_at(in.path()).has_value());
  constexpr int no_mount = 77;
  const auto end = run_in_child([&](const std::function<void()>&) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(in.path().c_str(), in.path().c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount(nullptr, in.path().c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) !=
            0) {
      return no_mount;
    }
    const auto opened = open_at(in.path());
    if (opened) return 1;
    if (opened.error().message.find("--state") == std::string::npos) return 2;
    return opened.error().code == errc::no_permission ? 0 : 3;
  });
  if (end.exit_code == no_mount && ::geteuid() == 0) {
    MESSAGE("SKIPPED: root that may not mount (in a chroot, in a container) may write everywhere");
    return;
  }
  if (end.exit_code == no_mount) {
    // A user who may not mount may not write where rights are taken away, either.
    fs::permissions(in.path() / "lock", fs::perms::none);
    check_refused(open_at(in.path()), errc::no_permission, "--state");
    return;
  }
  CHECK((end.exit_code == 0));
}

}  // namespace
}  // namespace aisle::kv
