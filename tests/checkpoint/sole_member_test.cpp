// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/sole_member.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "tests/support/memory_control_log.hpp"

namespace aisle::checkpoint {
namespace {

using control::shard_kind;

const shard_name stage{.kind = shard_kind::stage, .of = "s", .number = 0};
const shard_name lane{.kind = shard_kind::sink, .of = "k", .number = 0};
const shard_name source{.kind = shard_kind::source, .of = "f", .number = 0};
const control::partition_name partition{.source = "f", .number = 0};

cluster_shape small_shape() {
  cluster_shape shape;
  shape.shards = {stage, lane, source};
  shape.partitions = {partition};
  shape.nodes = {{"node"}};
  shape.backups = 0;
  return shape;
}

/// What outlives the process: the log, and what the copies hold.
struct world {
  world() {
    control::memory_control_log first{log};
    REQUIRE(first.fence());
    REQUIRE(
        first.append(control::log_record{.log = {.high = 1, .low = 2}, .cluster = {}, .format = 1},
                     control::before_the_log));
  }
  [[nodiscard]] std::vector<control::log_entry> entries() const {
    return *log.read(control::log_offset{0}, 1000);
  }

  control::memory_log_store log;
  std::map<shard_name, copy_image> disk;
  std::uint64_t processes = 0;
};

shared_bytes text(const std::string& of) { return std::make_shared<const std::string>(of); }

/// One process: a member whose effects on log and disk are carried out at once, unless it is told
/// to wait with what is stored.
struct process {
  explicit process(world& in, const cluster_shape& shape = small_shape())
      : in{in},
        log{in.log},
        is{{.node = {"node"}, .incarnation = control::incarnation{++in.processes}, .kv = {}},
           shape,
           in.disk,
           control::log_follower{control::compaction::possible, {}}} {
    REQUIRE(log.fence());
    for (const auto& entry : in.entries()) {
      is.read(entry, last);
    }
    last = {};
    is.lead(*log.end(), {}, last);
    carry_out();
  }

  void carry_out() {
    while (last.append && !last.broken && !holds_appends) {
      const auto order = *std::exchange(last.append, std::nullopt);
      const auto at = log.append(order.what, order.after);
      REQUIRE(at);
      keep();
      is.appended({.at = *at, .after = order.after, .what = order.what}, {}, last);
    }
    keep();
  }
  /// What was asked of the disk.
  void keep() {
    for (const auto& shard : std::exchange(last.create, {})) {
      in.disk[shard].versions = {version{}};
    }
    if (last.generation) {
      for (auto& [shard, image] : in.disk) {
        std::erase_if(image.versions, [&](const version& v) {
          return v.attempt.generation < last.generation->generation &&
                 v.attempt.epoch > last.generation->from.epoch;
        });
      }
    }
    if (last.complete) {
      completed.push_back(last.complete->record);
    }
    folds += std::exchange(last.fold, false) ? 1 : 0;
    last.complete.reset();
  }

  // What readers, shards and lanes tell it; the effects of the last step are in `last`.

  template <class Step>
  void step(Step&& advance) {
    last = {};
    advance();
    carry_out();
  }
  void want() {
    step([&] { is.want_epoch({}, last); });
  }
  void cut(std::int64_t next) {
    step([&] { is.cut({.partition = partition, .next = base::offset{next}}, last); });
  }
  void freeze(const shard_name& shard) {
    step([&] { is.frozen(shard, text(to_text(shard)), last); });
  }
  /// The disk has everything of the attempt.
  void store() {
    REQUIRE_FALSE(last.store.empty());
    const auto attempt = last.store.front().is.attempt;
    for (const auto& one : last.store) {
      CHECK(one.is.attempt == attempt);
      CHECK(in.disk[one.shard].versions.back().attempt == one.base);
      in.disk[one.shard].versions.push_back(one.is);
    }
    step([&] { is.stored(attempt, {}, last); });
  }
  void deliver(std::uint64_t to) {
    step([&] { is.delivered(lane, base::epoch{to}, {}, last); });
  }
  /// A whole epoch of one that has been started, without its delivery.
  void pass(std::int64_t next = 0) {
    cut(next);
    freeze(source);
    freeze(stage);
    freeze(lane);
    store();
  }
  void epoch() {
    want();
    REQUIRE(last.start.has_value());
    const auto n = last.start->get();
    pass();
    deliver(n);
  }

  world& in;
  control::memory_control_log log;
  sole_effects last;
  sole_member is;
  std::vector<attempt> completed;
  int folds = 0;
  bool holds_appends = false;
};

TEST_CASE("who is alone claims to lead, names itself, and makes a copy of everything") {
  world in;
  const process it{in};
  CHECK_FALSE(it.last.broken.has_value());
  CHECK(it.is.state() == leader_state::steady);
  CHECK(it.is.complete() == control::the_beginning);
  CHECK(in.disk.size() == 3);
  const auto entries = in.entries();
  REQUIRE(entries.size() == 3);
  CHECK(control::name_of(entries[1].what) == "Claim");
  const auto& assign = std::get<control::assign_record>(entries[2].what);
  CHECK(assign.from == control::the_beginning);
  CHECK(assign.shards.size() == 3);
  CHECK_FALSE(assign.degraded);
  CHECK(it.is.generation() == control::generation_at(entries[2].at));
}

TEST_CASE("an epoch is stored when all is there, and complete when all is stored") {
  world in;
  process it{in};
  it.want();
  CHECK(it.last.start == base::epoch{1});
  it.cut(42);
  it.freeze(lane);
  it.freeze(stage);
  CHECK(it.last.store.empty());
  CHECK(it.completed.empty());
  it.freeze(source);
  CHECK(it.last.store.size() == 3);
  CHECK(it.completed.empty());
  it.store();
  REQUIRE(it.completed.size() == 1);
  CHECK(it.completed[0] == attempt{.generation = it.is.generation(), .epoch = base::epoch{1}});
  CHECK(it.folds > 0);
  CHECK(it.is.complete() == it.completed[0]);
  const auto entries = in.entries();
  const auto& record = std::get<control::complete_record>(entries.back().what);
  REQUIRE(record.state.sources.size() == 1);
  CHECK(record.state.sources[0].next == base::offset{42});
  CHECK(record.shards.size() == 3);
}

TEST_CASE("an epoch is not complete before the last cut, however much is stored") {
  world in;
  process it{in};
  it.want();
  it.freeze(source);
  it.freeze(stage);
  it.freeze(lane);
  it.store();
  CHECK(it.completed.empty());
  it.cut(7);
  CHECK(it.completed.size() == 1);
}

TEST_CASE("an epoch that is wanted while one runs begins behind it, once") {
  world in;
  process it{in};
  it.want();
  it.want();
  CHECK_FALSE(it.last.start.has_value());
  it.want();
  it.pass();
  CHECK(it.last.start == base::epoch{2});
  it.pass();
  CHECK_FALSE(it.last.start.has_value());
}

TEST_CASE("at two epochs that are not delivered none begins, until one is") {
  world in;
  process it{in};
  it.want();
  it.pass();
  it.want();
  CHECK(it.last.start == base::epoch{2});
  it.pass();
  it.want();
  CHECK_FALSE(it.last.start.has_value());
  it.deliver(1);
  CHECK(it.last.start == base::epoch{3});
  it.pass();
  it.want();
  CHECK_FALSE(it.last.start.has_value());
}

TEST_CASE("what the tables are stands in the next Complete") {
  world in;
  process it{in};
  it.is.tables_are({{.table = "t", .version = control::table_version{5}}});
  it.epoch();
  CHECK(it.is.log().state().tables.at(0).version == control::table_version{5});
}

TEST_CASE("a run is over when its readers, its shards, and then the lanes have come to their end") {
  world in;
  process it{in};
  it.epoch();
  it.step([&] { it.is.reader_ended({}, it.last); });
  CHECK_FALSE(it.is.finishing());
  it.step([&] { it.is.shard_finished({}, it.last); });
  CHECK(it.is.finishing());
  CHECK(it.last.start == base::epoch{2});
  it.pass();
  CHECK_FALSE(it.last.done);
  it.want();
  CHECK_FALSE(it.last.start.has_value());
  it.deliver(1);
  CHECK_FALSE(it.last.done);
  it.deliver(2);
  CHECK(it.last.done);
}

TEST_CASE("a run that is asked to stop amid an epoch has one more behind it") {
  world in;
  process it{in};
  it.want();
  it.step([&] { it.is.finish({}, it.last); });
  CHECK_FALSE(it.last.start.has_value());
  it.pass();
  CHECK(it.last.start == base::epoch{2});
  it.pass();
  CHECK_FALSE(it.last.start.has_value());
  it.deliver(2);
  CHECK(it.last.done);
}

TEST_CASE("a run that is asked to stop waits for its lanes first, when they are behind") {
  world in;
  process it{in};
  it.want();
  it.pass();
  it.want();
  it.pass();
  it.step([&] { it.is.finish({}, it.last); });
  CHECK_FALSE(it.last.start.has_value());
  it.deliver(2);
  CHECK(it.last.start == base::epoch{3});
  it.pass();
  it.deliver(3);
  CHECK(it.last.done);
}

TEST_CASE("a process that is begun anew stands on the last complete epoch, in a new generation") {
  world in;
  control::generation before;
  {
    process it{in};
    it.epoch();
    it.epoch();
    before = it.is.generation();
  }
  process again{in};
  CHECK_FALSE(again.last.broken.has_value());
  CHECK(again.is.complete() == attempt{.generation = before, .epoch = base::epoch{2}});
  CHECK(again.is.generation() > before);
  again.deliver(2);
  again.want();
  CHECK(again.last.start == base::epoch{3});
  again.pass();
  CHECK(again.completed.back() ==
        attempt{.generation = again.is.generation(), .epoch = base::epoch{3}});
}

TEST_CASE("no epoch begins anew before the lanes have said how far they are") {
  world in;
  {
    process it{in};
    it.epoch();
    it.epoch();
  }
  process again{in};
  again.want();
  CHECK_FALSE(again.last.start.has_value());
  again.deliver(1);
  CHECK(again.last.start == base::epoch{3});
}

TEST_CASE("what is stored and not complete is abandoned by the next process, and its number used") {
  world in;
  attempt given_up;
  {
    process it{in};
    it.epoch();
    it.holds_appends = true;
    it.want();
    it.pass();
    REQUIRE(it.last.append.has_value());
    given_up = {.generation = it.is.generation(), .epoch = base::epoch{2}};
  }
  CHECK(in.disk[stage].versions.back().attempt == given_up);
  process again{in};
  CHECK(again.is.complete().epoch == base::epoch{1});
  CHECK(in.disk[stage].versions.back().attempt == again.is.complete());
  again.deliver(1);
  again.epoch();
  CHECK(again.is.complete() > given_up);
  CHECK(again.is.complete().epoch == given_up.epoch);
}

TEST_CASE("a Complete that was written and never seen counts: the next process stands on it") {
  world in;
  {
    process it{in};
    it.epoch();
    it.holds_appends = true;
    it.want();
    it.pass();
    REQUIRE(it.log.append(it.last.append->what, it.last.append->after));
  }
  const process again{in};
  CHECK_FALSE(again.last.broken.has_value());
  CHECK(again.is.complete().epoch == base::epoch{2});
}

TEST_CASE("folding forgets what is below, and a new process goes on from the base") {
  world in;
  {
    process it{in};
    it.epoch();
    it.epoch();
    it.is.folded(it.is.complete());
    for (auto& [shard, image] : in.disk) {
      image.versions = {image.versions.back()};
    }
    it.epoch();
  }
  process again{in};
  CHECK(again.is.complete().epoch == base::epoch{3});
  again.deliver(3);
  again.epoch();
  CHECK(again.is.complete().epoch == base::epoch{4});
}

TEST_CASE("a state that lacks the last complete epoch is not gone on from, and it says so") {
  world in;
  {
    process it{in};
    it.epoch();
    it.epoch();
  }
  const auto whole = in.disk;
  SUBCASE("of one shard") {
    in.disk[stage].versions.pop_back();
    const process again{in};
    REQUIRE(again.last.broken.has_value());
    CHECK(again.last.broken->find("lacks") != std::string::npos);
    CHECK(again.last.broken->find(to_text(stage)) != std::string::npos);
    CHECK(again.last.broken->find(to_text(lane)) == std::string::npos);
  }
  SUBCASE("of all") {
    in.disk.clear();
    const process again{in};
    REQUIRE(again.last.broken.has_value());
    CHECK(again.last.broken->find(to_text(stage)) != std::string::npos);
    CHECK(again.last.broken->find(to_text(lane)) != std::string::npos);
  }
  SUBCASE("with other contents under its name") {
    in.disk[stage].versions.back().checksum = control::checksum{1};
    const process again{in};
    CHECK(again.last.broken.has_value());
  }
  // Nothing was written that could not be undone: with the right state it goes on.
  in.disk = whole;
  const process right{in};
  CHECK_FALSE(right.last.broken.has_value());
  CHECK(right.is.complete().epoch == base::epoch{2});
}

TEST_CASE("a state that is ahead of its log stops the process") {
  world in;
  {
    process it{in};
    it.epoch();
  }
  const auto before = in.log;
  {
    process it{in};
    it.deliver(1);
    it.epoch();
  }
  in.log = before;
  sole_member is{{.node = {"node"}, .incarnation = control::incarnation{9}, .kv = {}},
                 small_shape(),
                 in.disk,
                 control::log_follower{control::compaction::possible,
                                       {.log = control::log_id{.high = 1, .low = 2},
                                        .applied = control::log_offset{6}}}};
  control::memory_control_log log{in.log};
  REQUIRE(log.fence());
  sole_effects effects;
  for (const auto& entry : in.entries()) {
    is.read(entry, effects);
  }
  is.lead(*log.end(), {}, effects);
  CHECK(effects.broken.has_value());
  CHECK_FALSE(effects.append.has_value());
}

TEST_CASE("what a topology has in addition is made where the rest stands") {
  world in;
  {
    process it{in};
    it.epoch();
  }
  auto shape = small_shape();
  shape.shards.push_back({.kind = shard_kind::stage, .of = "new", .number = 0});
  const auto complete = in.disk[stage].versions.back().attempt;
  in.disk[shape.shards.back()].versions = {{.attempt = complete, .checksum = {}}};
  process again{in, shape};
  CHECK_FALSE(again.last.broken.has_value());
  again.deliver(1);
  again.want();
  again.cut(0);
  again.freeze(source);
  again.freeze(stage);
  again.freeze(lane);
  CHECK(again.last.store.empty());
  again.freeze(shape.shards.back());
  again.store();
  CHECK(again.is.complete().epoch == base::epoch{2});
}

}  // namespace
}  // namespace aisle::checkpoint
