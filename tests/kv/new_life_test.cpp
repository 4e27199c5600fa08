// SPDX-License-Identifier: Apache-2.0
// A copy of a whole state goes on by itself.
#include <fstream>

#include <doctest/doctest.h>

#include "runtime/control/log_follower.hpp"
#include "runtime/kv/embedded_log.hpp"
#include "runtime/kv/verify.hpp"
#include "runtime/kv/whole_copy.hpp"
#include "tests/kv/folder.hpp"
#include "tests/kv/model.hpp"

namespace aisle::kv {
namespace {

template <class Value>
Value must(result<Value> got) {
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
  return std::move(*got);
}

void must(const result<void>& got) {
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
}

new_life life_of(std::uint64_t number, std::uint64_t skip) {
  return {
      .id = {.high = number, .low = 1},
      .log = {.log = {.high = number, .low = 2}, .cluster = {}, .format = 1},
      .order = {.assign = {.from = {.generation = control::generation{1}, .epoch = base::epoch{1}},
                           .state = {},
                           .members = {},
                           .shards = {},
                           .readers = {},
                           .degraded = false,
                           .topology = {}},
                .lost = {"nothing"},
                .markers = {},
                .ordered_by = "a test"},
      .skip = skip};
}

/// Everything in the log, by its rules.
control::log_follower follow(node_state& state) {
  control::log_follower follower{control::compaction::possible, {}};
  embedded_log log{state};
  const auto entries = log.read(log_offset{0}, 100);
  REQUIRE(entries.has_value());
  for (const auto& entry : *entries) {
    const auto good = follower.read(entry);
    REQUIRE_MESSAGE(good.has_value(), (good ? "" : good.error().message));
  }
  return follower;
}

TEST_CASE("a state that begins a life keeps what it holds, under another id and a new generation") {
  const test_folder in;
  const auto folder = in.path() / "state";
  model_run run{folder, 7};
  must(run.prepare(20, 500));
  run.complete();
  run.fold_all();
  const auto before = model_run::digest(run.state());
  const auto generation = must(run.state().begin_life(life_of(9, 5000)));
  CHECK(generation.get() > 5000);
  CHECK((run.state().id() == control::kv_id{.high = 9, .low = 1}));
  CHECK(model_run::digest(run.state()) == before);

  const auto log = follow(run.state());
  CHECK((log.generation() == generation));
  CHECK((log.log()->log == control::log_id{.high = 9, .low = 2}));
  CHECK((log.stood_on() == attempt{.generation = control::generation{1}, .epoch = base::epoch{1}}));
  run.close();
  CHECK(must(verify(folder)).sound());
}

TEST_CASE("the control log of a new life is appended to behind its two records") {
  const test_folder in;
  model_run run{in.path() / "state", 8};
  const auto generation = must(run.state().begin_life(life_of(3, 1000)));
  embedded_log log{run.state()};
  REQUIRE(log.fence().has_value());
  const control::claim_record claim{
      .node = {"n"}, .incarnation = control::incarnation{1}, .address = {}};
  CHECK((log.append(claim, log_offset{generation.get() - 1}).error() ==
         control::append_failure::fenced));
  const auto at = log.append(claim, log_offset{generation.get()});
  REQUIRE(at.has_value());
  CHECK((*at == log_offset{generation.get() + 1}));
  CHECK(follow(run.state()).claim().has_value());
}

TEST_CASE("a state whose folder has another's id is not opened, until its place is forgotten") {
  const test_folder in;
  const auto folder = in.path() / "state";
  model_run run{folder, 9};
  static_cast<void>(must(run.state().begin_life(life_of(4, 1))));
  run.close();
  const auto refused = node_state::open({.folder = folder, .new_id = {}});
  REQUIRE(!refused.has_value());
  CHECK((refused.error().code == errc::foreign));
  forget_place(folder);
  CHECK(must(node_state::open({.folder = folder, .new_id = {}}))->id().high == 4);
}

TEST_CASE("a run does not make a state in the folder of an export") {
  const test_folder in;
  std::ofstream{in.path() / export_file_name} << "{}";
  const auto refused = node_state::open(
      {.folder = in.path(), .when_absent = open_options::absent::make, .new_id = {}});
  REQUIRE(!refused.has_value());
  CHECK((refused.error().code == errc::foreign));
}

TEST_CASE("a file's sum tells every byte, and a folder that has something is not free") {
  const test_folder in;
  const auto file = in.path() / "x";
  const std::string bytes(3 << 20, 'a');
  CHECK(append_to_file(file, bytes).has_value());
  const auto sum = must(sum_of_file(file));
  CHECK(append_to_file(file, "b").has_value());
  CHECK(must(sum_of_file(file)) != sum);
  CHECK((sum_of_file(in.path() / "none").error().code == errc::not_found));
  CHECK((check_is_free(in.path()).error().code == errc::exists));
  CHECK(check_is_free(in.path() / "none").has_value());
}

TEST_CASE("a folder is moved in the place of an empty one, never of one that holds something") {
  const test_folder in;
  const auto from = in.path() / "from";
  const auto to = in.path() / "to";
  REQUIRE(make_anew(from).has_value());
  REQUIRE(append_to_file(from / "x", "x").has_value());
  std::filesystem::create_directory(to);
  CHECK(move_folder(from, to).has_value());
  CHECK(std::filesystem::exists(to / "x"));
  REQUIRE(make_anew(from).has_value());
  CHECK(!move_folder(from, to).has_value());
}

}  // namespace
}  // namespace aisle::kv
