// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/kept_state.hpp"

#include <doctest/doctest.h>

#include "tests/kv/folder.hpp"

namespace aisle::node {
namespace {

/// A topology by its names alone: a stage of some shards, a sink of some lanes, one source.
struct named_run {
  explicit named_run(std::uint32_t each = 2, std::uint32_t lanes = 1) : shards{each} {
    plan.name = "t";
    add_stage("stage");
    plan.sinks.emplace_back().name = "sink";
    plan.sinks.back().lanes = lanes;
    for (std::uint32_t i = 0; i < lanes; ++i) {
      wired.lanes.emplace_back().number = base::lane_id{i};
    }
    wired.readers.emplace_back().options.source = "source";
  }
  void add_stage(const char* name) {
    plan.stages.emplace_back().name = name;
    for (std::uint32_t i = 0; i < shards; ++i) {
      auto& shard = wired.shards.emplace_back();
      shard.stage = plan.stages.size() - 1;
      shard.number = base::shard_id{i};
    }
  }

  [[nodiscard]] auto try_open(const kv::test_folder& in) const {
    return kept_state::open(plan, wired, {.folder = in.path(), .shards = shards});
  }
  [[nodiscard]] std::unique_ptr<kept_state> open(const kv::test_folder& in) const {
    auto opened = try_open(in);
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().text));
    return std::move(*opened);
  }
  /// Why it cannot be opened.
  [[nodiscard]] kept_state::trouble trouble(const kv::test_folder& in) const {
    auto opened = try_open(in);
    REQUIRE_FALSE(opened.has_value());
    return opened.error();
  }

  /// Of each stage.
  std::uint32_t shards;
  topology::plan plan;
  wiring wired;
};

void carry_out(kept_state& kept, checkpoint::sole_effects effects);

/// Everything that there is to write, and to fold.
void work(kept_state& kept) {
  auto& member = kept.member();
  kept.writer()->rest();
  while (kept.writer()->has_work()) {
    auto done = kept.writer()->work();
    REQUIRE_FALSE(done.broken.has_value());
    checkpoint::sole_effects next;
    if (done.appended) {
      member.appended(*done.appended, {}, next);
    }
    if (done.stored) {
      member.stored(*done.stored, {}, next);
    }
    if (done.folded) {
      member.folded(*done.folded);
    }
    carry_out(kept, std::move(next));
  }
}

void carry_out(kept_state& kept, checkpoint::sole_effects effects) {
  REQUIRE_FALSE(effects.broken.has_value());
  if (effects.append) {
    kept.writer()->append(effects.append->what, effects.append->after);
  }
  if (effects.complete && effects.fold) {
    kept.writer()->fold(effects.complete->record, effects.complete->at);
  }
  if (!effects.store.empty()) {
    const auto is = effects.store.front().is.attempt;
    std::vector<checkpoint::store_delta> deltas;
    for (auto& one : effects.store) {
      deltas.push_back({.copy = kept.copy_of(one.shard),
                        .is = one.is,
                        .base = one.base,
                        .bytes = std::move(one.bytes)});
    }
    kept.writer()->store(is, std::move(deltas));
  }
}

/// One epoch; `lines` come out by the first lane, whose note is `note`.
void complete_epoch(kept_state& kept, const std::string& lines, checkpoint::lane_note& note) {
  auto& member = kept.member();
  checkpoint::sole_effects next;
  for (const auto& lane : kept.names().lanes) {
    member.delivered(lane, member.complete().epoch, {}, next);
  }
  member.want_epoch({}, next);
  REQUIRE(next.start.has_value());
  const control::attempt is{.generation = kept.generation(), .epoch = *next.start};
  const auto freeze = [&](const control::shard_name& name, std::string bytes) {
    next = {};
    member.frozen(name, std::make_shared<const std::string>(std::move(bytes)), next);
    carry_out(kept, std::move(next));
  };
  const checkpoint::outbox box{
      .epoch = is.epoch, .start_offset = note.end, .bytes = lines, .records = 1};
  freeze(kept.names().lanes[0], checkpoint::freeze(box, is, note));
  for (std::size_t l = 1; l < kept.names().lanes.size(); ++l) {
    freeze(kept.names().lanes[l], checkpoint::encode({}));
  }
  for (const auto& shard : kept.names().shards) {
    freeze(shard, checkpoint::encode({}));
  }
  freeze(kept.names().readers[0], checkpoint::encode({}));
  next = {};
  member.cut({.partition = {.source = "source", .number = 0}}, next);
  carry_out(kept, std::move(next));
  work(kept);
  REQUIRE(kept.member().complete() == is);
}
void complete_epoch(kept_state& kept) {
  checkpoint::lane_note note;
  complete_epoch(kept, "", note);
}

TEST_CASE("without a folder a run leads itself and remembers nothing") {
  const named_run run;
  const auto opened = kept_state::open(run.plan, run.wired, {});
  REQUIRE(opened.has_value());
  CHECK_FALSE((*opened)->is_durable());
  CHECK_FALSE((*opened)->goes_on());
  CHECK((*opened)->writer() == nullptr);
  CHECK((*opened)->member().state() == checkpoint::leader_state::steady);
  CHECK_FALSE((*opened)->id().empty());
}

TEST_CASE("a state that is opened again goes on from its last epoch, as the same history") {
  const kv::test_folder in;
  const named_run run;
  std::string id;
  control::attempt complete;
  {
    const auto kept = run.open(in);
    CHECK_FALSE(kept->goes_on());
    id = kept->id();
    complete_epoch(*kept);
    complete_epoch(*kept);
    complete = kept->member().complete();
  }
  const auto kept = run.open(in);
  CHECK(kept->goes_on());
  CHECK(kept->from() == complete);
  CHECK(kept->id() == id);
  CHECK(kept->generation() > complete.generation);
  complete_epoch(*kept);
  CHECK(kept->member().complete().epoch == base::epoch{3});
}

TEST_CASE("a first start that was cut off before its copies were made is gone on with") {
  const kv::test_folder in;
  {
    const auto state = kv::node_state::open({.folder = in.path(),
                                             .when_absent = kv::open_options::absent::make,
                                             .new_id = {.high = 5, .low = 6}});
    REQUIRE(state.has_value());
    kv::embedded_log log{**state};
    REQUIRE(log.fence());
    const control::log_record first{.log = {.high = 1, .low = 1}, .cluster = {}, .format = 1};
    REQUIRE(log.append(first, control::before_the_log));
  }
  const auto kept = named_run{4}.open(in);
  CHECK(kept->id() == control::to_text(control::log_id{.high = 1, .low = 1}));
  complete_epoch(*kept);
}

TEST_CASE("the number of shards is fixed when the copies are made, before any epoch") {
  const kv::test_folder in;
  CHECK_FALSE(named_run{2}.open(in)->goes_on());
  CHECK(named_run{4}.trouble(in).text.find("--shards 2") != std::string::npos);
  complete_epoch(*named_run{2}.open(in));
}

TEST_CASE("another number of shards or lanes than the state has is refused, and changes nothing") {
  const kv::test_folder in;
  const named_run run{2, 2};
  complete_epoch(*run.open(in));
  for (const std::uint32_t other : {1U, 3U}) {
    const auto shards = named_run{other, 2}.trouble(in);
    CHECK(shards.nothing_done);
    CHECK(shards.text.find("--shards 2") != std::string::npos);
    const auto lanes = named_run{2, other}.trouble(in);
    CHECK(lanes.nothing_done);
    CHECK(lanes.text.find("it had 2 lanes") != std::string::npos);
  }
  CHECK(run.open(in)->from().epoch == base::epoch{1});
}

TEST_CASE("a stage that is new stands where the rest does, also when the next epoch never came") {
  const kv::test_folder in;
  complete_epoch(*named_run{}.open(in));
  named_run more;
  more.add_stage("new");
  for (int i = 0; i < 2; ++i) {
    CHECK(more.open(in)->from().epoch == base::epoch{1});
  }
  complete_epoch(*more.open(in));
  CHECK(more.open(in)->from().epoch == base::epoch{2});
}

TEST_CASE("a folder that another run has is refused, and nothing is done") {
  const kv::test_folder in;
  const named_run run;
  const auto first = run.open(in);
  const auto why = run.trouble(in);
  CHECK(why.nothing_done);
  CHECK(why.text.find(in.path().string()) != std::string::npos);
}

TEST_CASE("a lane goes on with the outboxes that are not out, behind what is out") {
  const kv::test_folder in;
  const named_run run;
  checkpoint::lane_note note;
  std::vector<control::attempt> attempts;
  {
    const auto kept = run.open(in);
    for (const auto* lines : {"one\n", "two\n", "", "three\n"}) {
      complete_epoch(*kept, lines, note);
      attempts.push_back(kept->member().complete());
    }
    kept->writer()->trim(kept->copy_of(kept->names().lanes[0]), attempts[0]);
    work(*kept);
  }
  const auto kept = run.open(in);
  const auto lane = kept->load_lane(0);
  REQUIRE(lane.has_value());
  CHECK(lane->note == note);
  CHECK(lane->memory.delivered_to == attempts[0]);
  CHECK(lane->delivered_bytes == 4);
  REQUIRE(lane->memory.outboxes.size() == 2);
  CHECK(lane->memory.outboxes[0].attempt == attempts[1]);
  CHECK(lane->memory.outboxes[0].prev == attempts[0]);
  CHECK(lane->memory.outboxes[1].attempt == attempts[3]);
  CHECK(lane->memory.outboxes[1].prev == attempts[1]);
  const auto stored = kept->outbox_part(0, attempts[3], 0);
  REQUIRE(stored.has_value());
  CHECK(checkpoint::decode_part(*stored)->bytes == "three\n");
  CHECK(checkpoint::decode_part(*stored)->start_offset == 8);
  CHECK_FALSE(kept->outbox_part(0, attempts[2], 0).has_value());
}

TEST_CASE("a shard and a reader whose facts are not in the state are not gone on from") {
  const kv::test_folder in;
  const named_run run;
  complete_epoch(*run.open(in));
  const auto kept = run.open(in);
  entity::stage stage;
  stage.name = "stage";
  auto shard = run.wired.shards[0];
  shard.options.stage = &stage;
  CHECK(kept->load_shard(0, shard).error() == "stage stage: the facts of the shard are not there");
  CHECK(kept->load_source(0).error() == "source source: its facts are not there");
}

}  // namespace
}  // namespace aisle::node
