// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <functional>
#include <string>

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "runtime/base/hash.hpp"
#include "runtime/kv/verify.hpp"
#include "tests/kv/child.hpp"
#include "tests/kv/failing_disk.hpp"
#include "tests/kv/folder.hpp"
#include "tests/kv/model.hpp"

namespace aisle::kv {
namespace {

constexpr std::size_t actors = 300;

/// A state with one copy, and a preparation of many rows for it.
struct bed {
  explicit bed(const std::filesystem::path& folder) : folder{folder} { open(); }

  void open() {
    state.reset();
    auto opened = node_state::open({.folder = folder,
                                    .when_absent = open_options::absent::make,
                                    .new_id = {.high = 1, .low = 2},
                                    .map_bytes = std::size_t{1} << 30});
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
    state = std::move(*opened);
    copy = *state->make_copy({.kind = control::shard_kind::stage, .of = "s", .number = 0},
                             range_of(0, 1));
  }

  [[nodiscard]] preparation next(std::size_t rows) {
    delta d{.copy = copy, .base = tip, .schema = 1, .actors = {}, .notes = {}, .outbox = {}};
    while (keys.size() < rows) {
      keys.push_back("key " + std::to_string(keys.size()));
    }
    for (std::size_t i = 0; i < rows; ++i) {
      d.actors.push_back({.key_hash = base::hash64(keys[i]), .key = keys[i], .state = bytes});
    }
    return preparation{{.generation = generation{1}, .epoch = tip.epoch.next()}, {d}};
  }

  void check_readable() const {
    CHECK(state->read()->copy(copy)->row.tip == tip);
    CHECK(model_run::digest(*state) != 0);
  }

  std::filesystem::path folder;
  std::unique_ptr<node_state> state;
  copy_id copy;
  attempt tip;
  std::deque<std::string> keys;
  std::string bytes = std::string(200, 'x');
};

/// Lets the n-th call fail while an attempt is prepared, for each n; `look` says what must hold.
template <class Look>
std::uint64_t at_each_call(const disk_fault& fault, Look look) {
  for (std::uint64_t at = 1;; ++at) {
    INFO("call ", at);
    const test_folder in;
    bed b{in.path()};
    auto first = b.next(actors);
    REQUIRE(b.state->prepare(first).has_value());
    b.tip = first.of();
    const auto before = model_run::digest(*b.state);
    auto second = b.next(actors);
    auto now = fault;
    now.at = at;
    arm_disk(now);
    const auto prepared = b.state->prepare(second);
    const bool struck = disk_calls() >= at;
    disarm_disk();
    if (!struck) {
      CHECK(prepared.has_value());
      return at - 1;
    }
    look(b, second, prepared, before);
    b.state.reset();
    const auto sound = verify(in.path());
    REQUIRE(sound.has_value());
    CHECK_MESSAGE(sound->sound(), (sound->sound() ? "" : sound->findings[0].what));
  }
}

/// After a head could not be written LMDB refuses to read, too.
void check_unchanged(const bed& b, std::uint64_t before) {
  const auto snap = b.state->read();
  if (snap) {
    CHECK(model_run::digest(*b.state) == before);
  } else {
    CHECK(snap.error().code == errc::failed);
  }
}

/// Behind a failure that is no fault of the disk's: nothing has changed, and the same call
/// succeeds.
void check_may_be_tried_again(const disk_fault& fault) {
  std::uint64_t again = 0;
  const auto calls = at_each_call(
      fault, [&](bed& b, preparation& p, const result<void>& prepared, std::uint64_t before) {
        REQUIRE_FALSE(prepared.has_value());
        CHECK(prepared.error().code == errc::no_space);
        CHECK(prepared.error().message.find("data.mdb") != std::string::npos);
        check_unchanged(b, before);
        const auto retried = b.state->prepare(p);
        if (retried) {
          ++again;
          CHECK(b.state->read()->copy(b.copy)->row.tip == p.of());
          return;
        }
        // The head could not be written: LMDB takes no more. A new start puts it right.
        CHECK(retried.error().code == errc::failed);
        CHECK_FALSE(b.state->broken().empty());
        b.open();
        CHECK(model_run::digest(*b.state) == before);
        auto anew = b.next(actors);
        CHECK(b.state->prepare(anew).has_value());
      });
  CHECK(calls > 2);
  CHECK(again == calls - 1);
}

TEST_CASE("no space at any write: nothing has changed, and the same call succeeds when there is") {
  check_may_be_tried_again(
      {.does = disk_fault::effect::error, .number = ENOSPC, .lasting = true, .syncs = false});
}

TEST_CASE("a write that is cut short is tried again, though the disk has room when one looks") {
  check_may_be_tried_again({.does = disk_fault::effect::half, .syncs = false});
  check_may_be_tried_again({.does = disk_fault::effect::half, .lasting = true, .syncs = false});
}

TEST_CASE("a write or a sync that fails with EIO ends all writing; what was complete is kept") {
  const auto calls =
      at_each_call({.does = disk_fault::effect::error, .number = EIO},
                   [&](bed& b, preparation& p, const result<void>& prepared, std::uint64_t before) {
                     REQUIRE_FALSE(prepared.has_value());
                     CHECK(prepared.error().code == errc::failed);
                     CHECK(is_fatal(prepared.error().code));
                     const auto again = b.state->prepare(p);
                     REQUIRE_FALSE(again.has_value());
                     CHECK(again.error().code == errc::failed);
                     check_unchanged(b, before);
                     b.open();
                     CHECK(model_run::digest(*b.state) == before);
                   });
  CHECK(calls > 2);
}

/// Prepares attempt after attempt until the disk is full, then makes room and goes on.
int fill_up(const std::filesystem::path& folder, const std::function<void()>& make_room) {
  bed b{folder};
  b.bytes.resize(1000);
  std::size_t prepared = 0;
  for (;; ++prepared) {
    auto p = b.next(1000);
    const auto done = b.state->prepare(p);
    if (done) {
      b.tip = p.of();
      continue;
    }
    if (done.error().code != errc::no_space || prepared == 0) return 10;
    b.check_readable();
    const auto again = b.state->prepare(p);
    if (again || again.error().code != errc::no_space) return 11;
    make_room();
    if (!b.state->prepare(p)) return 12;
    b.tip = p.of();
    b.open();
    b.check_readable();
    return 0;
  }
}

TEST_CASE("at a limit of 8 MB on files, an attempt fails, and goes on when the limit is lifted") {
  const test_folder in;
  const auto end = run_in_child([&](const std::function<void()>&) {
    const rlimit few{.rlim_cur = 8 << 20, .rlim_max = RLIM_INFINITY};
    const rlimit many{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &few);
    return fill_up(in.path(), [&] { ::setrlimit(RLIMIT_FSIZE, &many); });
  });
  CHECK_MESSAGE(end.exit_code == 0, end.said);
  CHECK(end.signal == 0);
}

TEST_CASE("on a full disk of 8 MB an attempt fails, and goes on when there is room") {
  const test_folder in;
  constexpr int no_mount = 77;
  const auto end = run_in_child([&](const std::function<void()>&) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", in.path().c_str(), "tmpfs", 0, "size=8m") != 0) {
      return no_mount;
    }
    return fill_up(in.path(), [&] {
      static_cast<void>(::mount("tmpfs", in.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m"));
    });
  });
  if (end.exit_code == no_mount) {
    MESSAGE("skipped: this user may not mount; the limit on files above stands for it");
    return;
  }
  CHECK_MESSAGE(end.exit_code == 0, end.said);
  CHECK(end.signal == 0);
}

}  // namespace
}  // namespace aisle::kv
