// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/embedded_log.hpp"

#include <cerrno>
#include <csignal>

#include <doctest/doctest.h>

#include "runtime/base/fault.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/control/log_follower.hpp"
#include "runtime/kv/log_table.hpp"
#include "runtime/kv/verify.hpp"
#include "tests/control/control_log_laws.hpp"
#include "tests/kv/child.hpp"
#include "tests/kv/failing_disk.hpp"
#include "tests/kv/folder.hpp"

namespace aisle::kv {
namespace {

using control::append_failure;
using control::before_the_log;

std::unique_ptr<node_state> open_at(const test_folder& in) {
  auto opened = node_state::open({.folder = in.path(),
                                  .when_absent = open_options::absent::make,
                                  .new_id = {.high = 1, .low = 1}});
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
  return std::move(*opened);
}

control::record naming() {
  return control::log_record{.log = {.high = 3, .low = 4}, .cluster = {}, .format = 1};
}
control::record claim(std::uint64_t incarnation) {
  return control::claim_record{.node = {"n"},
                               .incarnation = control::incarnation{incarnation},
                               .address = std::string(3000, 'a')};
}

/// Appends the record that names the log, and so many claims.
log_offset fill(embedded_log& log, int claims) {
  REQUIRE(log.fence().has_value());
  auto last = log.append(naming(), before_the_log);
  REQUIRE(last.has_value());
  for (int i = 0; i < claims; ++i) {
    last = log.append(claim(static_cast<std::uint64_t>(i)), *last);
    REQUIRE(last.has_value());
  }
  return *last;
}

struct log_on_disk final : control::laws::kept_log {
  std::unique_ptr<control::control_log> open() override {
    return std::make_unique<embedded_log>(*state);
  }
  void restart() override {
    state.reset();
    state = open_at(folder);
  }
  test_folder folder;
  std::unique_ptr<node_state> state = open_at(folder);
};

TEST_CASE("the log in LMDB keeps the laws of a control log") {
  control::laws::hold_for([] { return std::make_unique<log_on_disk>(); });
}

TEST_CASE("records are read as they were appended, in order, also after a restart") {
  const test_folder in;
  auto state = open_at(in);
  {
    embedded_log log{*state};
    CHECK((fill(log, 3) == log_offset{3}));
    CHECK((log.end() == log_offset{4}));
  }
  state.reset();
  state = open_at(in);
  embedded_log log{*state};
  const auto all = log.read(log_offset{1}, 2);
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK(((*all)[0] ==
         control::log_entry{.at = log_offset{1}, .after = log_offset{0}, .what = claim(0)}));
  CHECK((*all)[1].what == claim(1));
  CHECK(log.read(log_offset{4}, 10)->empty());
}

TEST_CASE("an append that does not follow the last record is fenced, and is not there") {
  const test_folder in;
  const auto state = open_at(in);
  embedded_log log{*state};
  const auto last = fill(log, 2);
  CHECK((log.append(claim(9), log_offset{1}).error() == append_failure::fenced));
  CHECK((log.append(claim(9), last.next()).error() == append_failure::fenced));
  CHECK((log.end() == last.next()));
}

TEST_CASE("who fenced before somebody else may not append any more") {
  const test_folder in;
  const auto state = open_at(in);
  embedded_log old{*state};
  const auto last = fill(old, 1);
  embedded_log now{*state};
  REQUIRE(now.fence().has_value());
  CHECK((old.append(claim(9), last).error() == append_failure::fenced));
  CHECK_FALSE(may_retry(old.trouble().code));
  CHECK((now.append(claim(9), last) == last.next()));
}

TEST_CASE("an append whose sync fails has an unknown result, and no reader sees the record") {
  const test_folder in;
  auto state = open_at(in);
  embedded_log log{*state};
  const auto last = fill(log, 1);
  arm_disk({.does = disk_fault::effect::error,
            .number = EIO,
            .at = 1,
            .lasting = true,
            .writes = false});
  const auto appended = log.append(claim(9), last);
  disarm_disk();
  CHECK((appended.error() == append_failure::unknown));
  CHECK(log.trouble().message.find("data.mdb") != std::string::npos);
  CHECK((log.end() == last.next()));
  CHECK((log.fence().error().code == control::errc::unreachable));
  state.reset();
  state = open_at(in);
  embedded_log again{*state};
  CHECK((again.end() == last.next()));
}

TEST_CASE("killed right after an append, the record is there") {
  const test_folder in;
  const auto end = run_in_child([&](const std::function<void()>&) {
    const auto state = open_at(in);
    embedded_log log{*state};
    base::arm_fault("kv.record_appended:3");
    fill(log, 5);
    return 0;
  });
  REQUIRE(end.signal == SIGKILL);
  const auto state = open_at(in);
  CHECK((embedded_log{*state}.end() == log_offset{3}));
}

TEST_CASE("of many records the last thousand stay, and the last of each key") {
  const test_folder in;
  auto state = open_at(in);
  const int many = 2 * static_cast<int>(records_kept);
  embedded_log log{*state};
  const auto last = fill(log, many);
  const auto all = log.read(log_offset{0}, SIZE_MAX);
  REQUIRE(all.has_value());
  CHECK((all->size() == records_kept + 1));
  CHECK((all->front().at == log_offset{0}));
  control::log_follower follower{control::compaction::possible, {}};
  for (const auto& entry : *all) {
    const auto read = follower.read(entry);
    REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().message));
  }
  CHECK(follower.reached_end(*log.end()).has_value());
  CHECK((follower.claim()->at == last));
  state.reset();
  CHECK(verify(in.path())->sound());
}

TEST_CASE("an attempt and its Complete are in one commit") {
  const test_folder in;
  const auto state = open_at(in);
  embedded_log log{*state};
  const auto last = fill(log, 1);
  const auto copy = *state->make_copy({.kind = control::shard_kind::stage, .of = "s", .number = 0},
                                      range_of(0, 1));
  const attempt first{.generation = generation{1}, .epoch = base::epoch{1}};
  const auto prepare = [&](attempt of, log_offset after, std::vector<checksum>& sums) {
    delta d{.copy = copy,
            .base = state->read()->copy(copy)->row.tip,
            .schema = 1,
            .actors = {},
            .notes = {},
            .outbox = {}};
    d.actors.push_back({.key_hash = base::hash64("k"), .key = "k", .state = "v"});
    preparation p{
        of,
        {d},
        record_with{.make =
                        [&](std::span<const checksum> all) {
                          sums.assign(all.begin(), all.end());
                          return control::complete_record{
                              .attempt = of,
                              .state = {},
                              .members = {},
                              .shards = {{.shard = {}, .holders = {}, .checksum = all[0]}}};
                        },
                    .after = after}};
    const auto done = state->prepare(p);
    return done ? result<std::optional<log_offset>>{p.appended()}
                : result<std::optional<log_offset>>{std::unexpected{done.error()}};
  };
  std::vector<checksum> sums;
  CHECK((prepare(first, last, sums).value() == std::optional{last.next()}));
  const auto read = log.read(last.next(), 1);
  REQUIRE((read.has_value() && read->size() == 1));
  const auto* complete = std::get_if<control::complete_record>(&(*read)[0].what);
  REQUIRE(complete != nullptr);
  CHECK((complete->shards[0].checksum == sums[0]));
  CHECK((state->read()->copy(copy)->chain[0].row.checksum == sums[0]));

  const attempt second{.generation = generation{1}, .epoch = base::epoch{2}};
  CHECK((prepare(second, last, sums).error().code == errc::wrong_base));
  CHECK((state->read()->copy(copy)->row.tip == first));
}

}  // namespace
}  // namespace aisle::kv
