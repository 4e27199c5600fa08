// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/node_state.hpp"

#include <thread>

#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "runtime/kv/verify.hpp"
#include "tests/kv/folder.hpp"
#include "tests/kv/model.hpp"

namespace aisle::kv {
namespace {

attempt at(std::int64_t g, std::uint64_t n) {
  return {.generation = generation{g}, .epoch = base::epoch{n}};
}

std::unique_ptr<node_state> open_at(const test_folder& in, std::size_t map_bytes = 1 << 24) {
  auto opened = node_state::open({.folder = in.path(),
                                  .when_absent = open_options::absent::make,
                                  .new_id = {.high = 1, .low = 1},
                                  .map_bytes = map_bytes});
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
  return std::move(*opened);
}

copy_id shard_in(node_state& state, std::uint32_t number = 0, std::uint32_t of = 1) {
  const auto made = state.make_copy(
      {.kind = control::shard_kind::stage, .of = "stage", .number = number}, range_of(number, of));
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
  return *made;
}

delta of(copy_id copy, attempt base, std::vector<change> actors) {
  return {.copy = copy,
          .base = base,
          .schema = 3,
          .actors = std::move(actors),
          .notes = {},
          .outbox = {}};
}
change put(std::string_view key, std::string_view state, base::event_time due = no_timer) {
  return {.key_hash = base::hash64(key), .key = key, .state = state, .due = due};
}
change remove(std::string_view key) {
  return {.key_hash = base::hash64(key), .key = key, .state = std::nullopt};
}

errc refusal(node_state& state, attempt what, delta d) {
  preparation p{what, {std::move(d)}};
  const auto done = state.prepare(p);
  REQUIRE_FALSE(done.has_value());
  return done.error().code;
}
checksum prepare(node_state& state, attempt what, delta d) {
  preparation p{what, {std::move(d)}};
  const auto done = state.prepare(p);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
  return p.checksums()[0];
}
std::optional<std::string> get(const node_state& state, copy_id copy, std::string_view key,
                               std::optional<attempt> when = {}) {
  const auto snap = state.read();
  auto reader = snap->open(copy, when);
  REQUIRE_MESSAGE(reader.has_value(), (reader ? "" : reader.error().message));
  const auto got = reader->get(base::hash64(key), key);
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
  if (!*got) return std::nullopt;
  return std::string{(*got)->bytes};
}

TEST_CASE("shards of a stage have all hashes, each one, as base has the slots") {
  for (std::uint32_t shards = 1; shards < 70; ++shards) {
    std::uint64_t next = 0;
    for (std::uint32_t i = 0; i < shards; ++i) {
      const auto range = range_of(i, shards);
      CHECK((range.first == next));
      CHECK((base::shard_of(base::slot_of(range.first), shards).get() == i));
      CHECK((base::shard_of(base::slot_of(range.last), shards).get() == i));
      next = range.last + 1;
    }
    CHECK((next == 0));
  }
}

TEST_CASE("a delta that is not based on the tip is refused") {
  const test_folder in;
  const auto state = open_at(in);
  const auto copy = shard_in(*state);
  prepare(*state, at(1, 1), of(copy, {}, {put("a", "1")}));
  CHECK((refusal(*state, at(1, 2), of(copy, {}, {})) == errc::wrong_base));
  CHECK((refusal(*state, at(1, 3), of(copy, at(1, 2), {})) == errc::wrong_base));
  CHECK((refusal(*state, at(1, 2), of({.unit = unit_id{9}, .number = 0}, at(1, 1), {})) ==
         errc::unknown_copy));
  CHECK((get(*state, copy, "a") == "1"));
}

TEST_CASE("the same delta twice is prepared once; another one under its name is refused") {
  const test_folder in;
  const auto state = open_at(in);
  const auto copy = shard_in(*state);
  const auto sum = prepare(*state, at(1, 1), of(copy, {}, {put("a", "1"), put("b", "2")}));
  CHECK((prepare(*state, at(1, 1), of(copy, {}, {put("b", "2"), put("a", "1")})) == sum));
  CHECK((refusal(*state, at(1, 1), of(copy, {}, {put("a", "1"), put("b", "3")})) ==
         errc::wrong_base));
  CHECK((get(*state, copy, "b") == "2"));
}

TEST_CASE("two nodes give the same delta the same checksum, and another one another") {
  const test_folder one;
  const test_folder two;
  const auto left = open_at(one);
  const auto right = open_at(two);
  // Another stage first, so that the numbers within the files differ.
  REQUIRE(right->make_copy({.kind = control::shard_kind::stage, .of = "x", .number = 0},
                           range_of(0, 1)));
  const auto due = base::event_time{base::duration{5}};
  const auto sum = prepare(*left, at(1, 1), of(shard_in(*left), {}, {put("a", "1", due)}));
  const auto copy = shard_in(*right);
  CHECK((prepare(*right, at(1, 1), of(copy, {}, {put("a", "1", due)})) == sum));
  CHECK(prepare(*right, at(1, 2), of(copy, at(1, 1), {put("a", "1", due)})) != sum);
}

TEST_CASE("an older generation than the last one is refused") {
  const test_folder in;
  const auto state = open_at(in);
  const auto copy = shard_in(*state);
  REQUIRE(state->begin_generation(generation{5}, {}, log_offset{5}).has_value());
  CHECK((refusal(*state, at(4, 1), of(copy, {}, {})) == errc::old_generation));
  CHECK((state->begin_generation(generation{4}, {}, log_offset{5}).error().code ==
         errc::old_generation));
  CHECK((state->progress()->applied == log_offset{5}));
}

TEST_CASE("an Assign abandons what is above it and of an older generation, and nothing else") {
  const test_folder in;
  const auto state = open_at(in);
  const auto copy = shard_in(*state);
  prepare(*state, at(1, 1), of(copy, {}, {put("a", "1")}));
  prepare(*state, at(1, 2), of(copy, at(1, 1), {put("a", "2")}));
  prepare(*state, at(1, 3), of(copy, at(1, 2), {remove("a")}));
  CHECK((get(*state, copy, "a") == std::nullopt));
  CHECK((get(*state, copy, "a", at(1, 2)) == "2"));

  const auto stands = state->begin_generation(generation{2}, at(1, 2), log_offset{9});
  REQUIRE(stands.has_value());
  CHECK((*stands)[0].holds);
  CHECK((get(*state, copy, "a") == "2"));
  // The number is used again, by another attempt.
  prepare(*state, at(2, 3), of(copy, at(1, 2), {put("a", "3")}));
  CHECK((get(*state, copy, "a") == "3"));
  // The same Assign again, as after a restart.
  REQUIRE(state->begin_generation(generation{2}, at(1, 2), log_offset{9}).has_value());
  CHECK((get(*state, copy, "a") == "3"));
}

TEST_CASE("a copy without the attempt that an Assign stands on is stale") {
  const test_folder in;
  const auto state = open_at(in);
  const auto copy = shard_in(*state);
  prepare(*state, at(1, 1), of(copy, {}, {put("a", "mine")}));
  // The log says (2,1): another attempt with the same number.
  const auto stands = state->begin_generation(generation{3}, at(2, 1), log_offset{9});
  REQUIRE(stands.has_value());
  CHECK_FALSE((*stands)[0].holds);
}

TEST_CASE("only what is complete is folded, and reads are the same before, amid and after") {
  const test_folder in;
  auto state = open_at(in);
  const auto copy = shard_in(*state);
  std::vector<std::string> keys;
  for (int i = 0; i < 20'000; ++i) {
    keys.push_back("key " + std::to_string(i));
  }
  std::vector<change> first;
  std::vector<change> second;
  for (const auto& key : keys) {
    first.push_back(put(key, "1", base::event_time{base::duration{1}}));
    second.push_back(put(key, "2"));
  }
  prepare(*state, at(1, 1), of(copy, {}, std::move(first)));
  prepare(*state, at(1, 2), of(copy, at(1, 1), std::move(second)));
  CHECK_FALSE(*state->fold_step(at(2, 1), log_offset{0}));

  int folds = 0;
  while (*state->fold_step(at(1, 1), log_offset{3})) {
    ++folds;
    for (const auto i : {0U, 7U, 19'999U}) {
      CHECK((get(*state, copy, keys[i]) == "2"));
      CHECK((get(*state, copy, keys[i], at(1, 1)) == "1"));
    }
    CHECK((state->read()->open(copy, attempt{}).error().code == errc::not_in_chain));
    state.reset();
    state = open_at(in);
  }
  CHECK((folds == 2));
  const auto facts = state->read()->copy(copy);
  CHECK((facts->row.base == at(1, 1)));
  CHECK((facts->row.actors == keys.size()));
  CHECK((facts->row.timers == keys.size()));
  CHECK((facts->chain.size() == 1));
  while (*state->fold_step(at(1, 2), log_offset{4})) {
  }
  CHECK((state->read()->copy(copy)->row.timers == 0));
  CHECK((state->progress()->applied == log_offset{4}));
  CHECK((get(*state, copy, keys[5]) == "2"));
  state.reset();
  CHECK(verify(in.path())->sound());
}

TEST_CASE("a copy that was dropped is gone, and can be made anew once it is swept") {
  const test_folder in;
  auto state = open_at(in);
  const auto keep = shard_in(*state, 0, 2);
  const auto drop = shard_in(*state, 1, 2);
  std::vector<std::string> keys;
  for (int i = 0; i < 40'000; ++i) {
    keys.push_back(std::to_string(i));
  }
  delta mine = of(keep, {}, {});
  delta other = of(drop, {}, {});
  other.notes.push_back({.name = "n", .bytes = "x"});
  for (const auto& key : keys) {
    const auto c = put(key, "s", base::event_time{base::duration{1}});
    (range_of(0, 2).holds(c.key_hash) ? mine : other).actors.push_back(c);
  }
  const auto kept = mine.actors.size();
  preparation p{at(1, 1), {mine, other}};
  REQUIRE(state->prepare(p).has_value());
  while (*state->fold_step(at(1, 1), log_offset{0})) {
  }
  REQUIRE(state->drop_copy(drop).has_value());
  CHECK((state->read()->open(drop).error().code == errc::unknown_copy));
  int steps = 1;
  for (; *state->sweep_step(); ++steps) {
  }
  CHECK((steps == 2));
  const auto all = state->read()->copies();
  REQUIRE(all->size() == 1);
  CHECK(((*all)[0].row.actors == kept));
  CHECK(((*all)[0].row.timers == kept));
  CHECK((shard_in(*state, 1, 2) == drop));
  CHECK((get(*state, drop, keys[0].substr(0, 0) + "none-here") == std::nullopt));
  state.reset();
  CHECK(verify(in.path())->sound());
}

TEST_CASE(
    "a stage with another number of shards has the same actors, timers, and the notes given") {
  const test_folder in;
  auto state = open_at(in);
  constexpr std::uint32_t before = 3;
  std::vector<delta> deltas;
  for (std::uint32_t i = 0; i < before; ++i) {
    deltas.push_back(of(shard_in(*state, i, before), {}, {}));
    deltas.back().notes.push_back({.name = "old", .bytes = "x"});
  }
  std::vector<std::string> keys;
  for (int i = 0; i < 2000; ++i) {
    keys.push_back(std::to_string(i));
  }
  for (const auto& key : keys) {
    const auto hash = base::hash64(key);
    deltas[base::shard_of(base::slot_of(hash), before).get()].actors.push_back(
        put(key, key, base::event_time{base::duration{static_cast<std::int64_t>(hash >> 50)}}));
  }
  preparation p{at(1, 1), deltas};
  REQUIRE(state->prepare(p).has_value());
  CHECK((state->reshard("stage", 5, {}).error().code == errc::wrong_base));
  while (*state->fold_step(at(1, 1), log_offset{0})) {
  }
  CHECK((state->reshard("other", 5, {}).error().code == errc::unknown_copy));
  for (const std::uint32_t after : {5U, 1U, 4U}) {
    std::vector<shard_note> notes;
    for (std::uint32_t i = 0; i < after; ++i) {
      notes.push_back({.shard = i, .name = "new", .schema = 1, .bytes = std::string(5000, 'n')});
    }
    const auto made = state->reshard("stage", after, notes);
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
    REQUIRE(made->size() == after);
    std::size_t actors = 0;
    std::size_t timers = 0;
    for (const auto copy : *made) {
      const auto snap = state->read();
      auto reader = snap->open(copy);
      CHECK((reader->note("new").value() == notes[0].bytes));
      CHECK((reader->note("old").value() == std::nullopt));
      CHECK((snap->copy(copy)->row.base == at(1, 1)));
      actors += snap->copy(copy)->row.actors;
      timers += reader->timers({}, no_timer, SIZE_MAX)->size();
    }
    CHECK((actors == keys.size()));
    CHECK((timers == keys.size()));
    for (const auto& key : keys) {
      const auto of_key = base::shard_of(base::slot_of(base::hash64(key)), after).get();
      REQUIRE((get(*state, (*made)[of_key], key) == key));
    }
    state.reset();
    const auto sound = verify(in.path());
    CHECK_MESSAGE(sound->sound(), (sound->sound() ? "" : sound->findings[0].what));
    state = open_at(in);
  }
  prepare(*state, at(1, 2), of(shard_in(*state, 0, 4), at(1, 1), {}));
}

TEST_CASE("two copies of a stage cannot have the same keys") {
  const test_folder in;
  const auto state = open_at(in);
  shard_in(*state, 0, 2);
  const auto overlapping = state->make_copy(
      {.kind = control::shard_kind::stage, .of = "stage", .number = 1}, range_of(1, 3));
  CHECK((overlapping.error().code == errc::exists));
}

TEST_CASE("the map grows while readers come and go") {
  const test_folder in;
  const auto state = open_at(in, 1 << 20);
  const auto copy = shard_in(*state);
  const std::string big(1'000'000, 'b');
  std::atomic<bool> stop = false;
  std::thread reading{[&] {
    while (!stop) {
      static_cast<void>(get(*state, copy, "none"));
    }
  }};
  attempt last;
  for (std::uint64_t n = 1; n <= 20; ++n) {
    const auto key = std::to_string(n);
    prepare(*state, at(1, n), of(copy, last, {put(key, big)}));
    last = at(1, n);
  }
  stop = true;
  reading.join();
  CHECK((get(*state, copy, "20") == big));
  CHECK(state->stats()->map_bytes >= std::size_t{20} << 20);
}

TEST_CASE("a state above the bound is refused, and says so") {
  const test_folder in;
  const auto state = open_at(in, std::size_t{1} << 30);
  const auto copy = shard_in(*state);
  const std::string limit(payload_bytes_max, 'b');
  prepare(*state, at(1, 1), of(copy, {}, {put("a", limit)}));
  CHECK((get(*state, copy, "a") == limit));
  const auto above = limit + "b";
  CHECK((refusal(*state, at(1, 2), of(copy, at(1, 1), {put("a", above)})) == errc::too_large));
}

TEST_CASE("a copy that is made later stands where the others do, empty, and goes on from there") {
  const test_folder in;
  const auto state = open_at(in);
  const control::shard_name name{.kind = control::shard_kind::source, .of = "clicks", .number = 0};
  const auto made = state->make_copy(name, no_hashes, at(3, 7));
  REQUIRE(made.has_value());
  const auto again = state->make_copy(name, no_hashes, at(3, 9));
  REQUIRE(again.has_value());
  CHECK((*again == *made));
  const auto copy = *state->read()->copy(*made);
  CHECK((copy.row.base == at(3, 7)));
  CHECK((copy.row.tip == at(3, 7)));
  CHECK((refusal(*state, at(4, 8), of(*made, {}, {})) == errc::wrong_base));
  prepare(*state, at(4, 8), of(*made, at(3, 7), {}));
  CHECK((*state->begin_generation(generation{5}, at(4, 8), log_offset{5}))[0].holds);
}

TEST_CASE("copies are made all at once, or none of them, and in the order they were asked for") {
  using control::shard_kind;
  const test_folder in;
  const auto state = open_at(in);
  const auto named = [](const char* of, std::uint32_t number, hash_range hashes) {
    return new_copy{.shard = {.kind = shard_kind::stage, .of = of, .number = number},
                    .hashes = hashes};
  };
  const auto taken = shard_in(*state);
  // The last one has keys of one that is there.
  const std::vector<new_copy> bad{named("new", 0, range_of(0, 1)),
                                  named("stage", 1, range_of(1, 2))};
  const auto refused = state->make_copies(bad, at(2, 3));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::exists);
  CHECK_FALSE(state->find_copy(bad[0].shard)->has_value());

  const std::vector<new_copy> good{named("new", 1, range_of(1, 2)), named("new", 0, range_of(0, 2)),
                                   named("stage", 0, range_of(0, 1))};
  const auto made = state->make_copies(good, at(2, 3));
  REQUIRE(made.has_value());
  REQUIRE(made->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK((*state->find_copy(good[i].shard) == (*made)[i]));
  }
  CHECK(((*made)[2] == taken));
  CHECK((state->read()->copy((*made)[0])->row.tip == at(2, 3)));
  CHECK((state->read()->copy(taken)->row.tip == attempt{}));
}

TEST_CASE("a unit that has another name keeps its copies; said twice it is the same") {
  using control::shard_kind;
  const test_folder in;
  const auto state = open_at(in);
  const auto copy = shard_in(*state);
  prepare(*state, at(1, 1), of(copy, {}, {put("a", "1")}));
  for (int i = 0; i < 2; ++i) {
    CHECK(state->rename_unit(shard_kind::stage, "stage", "store").has_value());
  }
  const auto find = [&](const char* name) {
    return *state->find_copy({.kind = shard_kind::stage, .of = name, .number = 0});
  };
  CHECK((find("store") == copy));
  CHECK_FALSE(find("stage").has_value());
  CHECK((get(*state, copy, "a") == "1"));

  shard_in(*state);
  const auto taken = state->rename_unit(shard_kind::stage, "stage", "store");
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == errc::exists);
  // A sink may be called as a stage is.
  CHECK(state->rename_unit(shard_kind::sink, "stage", "store").has_value());
  CHECK((find("store") == copy));
}

/// A lane with an outbox in each of so many attempts.
copy_id lane_in(node_state& state, std::uint64_t attempts) {
  const auto lane =
      *state.make_copy({.kind = control::shard_kind::sink, .of = "sink", .number = 0}, no_hashes);
  for (std::uint64_t n = 1; n <= attempts; ++n) {
    const auto prev = n == 1 ? attempt{} : at(1, n - 1);
    auto d = of(lane, prev, {});
    d.outbox = {.prev = prev, .delivered_to = {}, .born = true, .parts = {"line\n", "line\n"}};
    prepare(state, at(1, n), d);
  }
  return lane;
}

std::size_t parts_left(node_state& state) {
  while (*state.sweep_step()) {
  }
  return *state.reading([](const txn& in) { return in.entries(table::outbox); });
}

TEST_CASE("outboxes that are trimmed at once all leave the disk, not only the last one") {
  const test_folder in;
  const auto state = open_at(in);
  const auto lane = lane_in(*state, 3);
  const auto all = parts_left(*state);
  SUBCASE("by one order") { REQUIRE(state->trim_outbox(lane, at(1, 2))); }
  SUBCASE("by two orders in one commit") {
    const std::vector<delivered_lane> lanes{{.lane = lane, .to = at(1, 1)},
                                            {.lane = lane, .to = at(1, 2)}};
    REQUIRE(state->trim_outboxes(lanes));
  }
  CHECK(parts_left(*state) == all / 3);
  const auto left = *state->read()->outboxes(lane);
  REQUIRE(left.size() == 2);
  CHECK((left[0].of == at(1, 2)));
  CHECK(left[0].row.trimmed);
  CHECK_FALSE(left[1].row.trimmed);
  CHECK((state->read()->outbox_part(lane, at(1, 3), 1) == "line\n"));
}

TEST_CASE("trimming one lane leaves the others alone, and a lane with nothing to trim as it is") {
  const test_folder in;
  const auto state = open_at(in);
  const auto lane = lane_in(*state, 2);
  const auto idle =
      *state->make_copy({.kind = control::shard_kind::sink, .of = "other", .number = 0}, no_hashes);
  const std::vector<delivered_lane> lanes{{.lane = idle, .to = at(1, 2)},
                                          {.lane = lane, .to = at(0, 9)}};
  REQUIRE(state->trim_outboxes(lanes));
  const auto left = *state->read()->outboxes(lane);
  REQUIRE(left.size() == 2);
  CHECK_FALSE(left[0].row.trimmed);
  CHECK(state->read()->outboxes(idle)->empty());
}

TEST_CASE("the state of another control log is refused") {
  const test_folder in;
  const auto state = open_at(in);
  REQUIRE(state->follow({.high = 1, .low = 2}).has_value());
  CHECK(state->follow({.high = 1, .low = 2}).has_value());
  CHECK((state->follow({.high = 1, .low = 3}).error().code == errc::foreign));
}

TEST_CASE("a copy of the file is the same state, smaller") {
  const test_folder in;
  const test_folder out;
  model_run run{in.path(), 11};
  for (int i = 0; i < 20; ++i) {
    REQUIRE(run.prepare(20, 2000).has_value());
    run.complete();
    run.fold_all();
  }
  const auto wanted = model_run::digest(run.state());
  const auto pages = run.state().stats();
  CHECK(pages->free_pages > 0);
  REQUIRE(run.state().copy_to(out.path()).has_value());
  CHECK((run.state().copy_to(out.path()).error().code == errc::exists));
  CHECK(verify(out.path())->sound());
  CHECK(std::filesystem::file_size(out.file()) < std::filesystem::file_size(in.file()));
  const auto copied = open_at(out);
  CHECK((model_run::digest(*copied) == wanted));
  CHECK((copied->id() == run.state().id()));
}

TEST_CASE("a schema keeps its number as long as its bytes are the newest, and none is forgotten") {
  const test_folder in;
  // Larger than a page: LMDB gives it pages of its own.
  const std::string large(20'000, 'b');
  {
    const auto state = open_at(in);
    CHECK(state->read()->schemas()->empty());
    CHECK((state->keep_schema("a") == 1));
    CHECK((state->keep_schema("a") == 1));
    CHECK((state->keep_schema(large) == 2));
    CHECK((state->keep_schema("a") == 3));
  }
  CHECK(verify(in.path())->sound());
  const auto state = open_at(in);
  const std::vector<schema> wanted{{1, "a"}, {2, large}, {3, "a"}};
  CHECK((state->read()->schemas() == wanted));
  CHECK((state->keep_schema("a") == 3));
}

TEST_CASE("a schema above the bound is refused, and nothing is kept of it") {
  const test_folder in;
  const auto state = open_at(in);
  const auto refused = state->keep_schema(std::string((1 << 20) + 1, 'x'));
  REQUIRE_FALSE(refused.has_value());
  CHECK((refused.error().code == errc::too_large));
  CHECK(state->read()->schemas()->empty());
}

TEST_CASE("verify finds a schema that rows were written under and that is not there") {
  const test_folder in;
  {
    const auto state = open_at(in);
    REQUIRE(state->keep_schema("a").has_value());
    REQUIRE(state->keep_schema("b").has_value());
    const auto shard = shard_in(*state);
    // Deltas of these tests are written under schema 3.
    prepare(*state, at(1, 1), of(shard, {}, {put("k", "v")}));
  }
  const auto found = verify(in.path());
  REQUIRE_FALSE(found->sound());
  CHECK(found->findings[0].what == "schema 3 is missing");
}

TEST_CASE("a schema whose row is gone is damage, not a shorter history") {
  const test_folder in;
  const auto state = open_at(in);
  REQUIRE(state->keep_schema("a").has_value());
  REQUIRE(state->keep_schema("b").has_value());
  REQUIRE(state->env().write([](txn& t) { t.erase(table::ledger, ledger_key::schema(1)); }));
  const auto read = state->read()->schemas();
  REQUIRE_FALSE(read.has_value());
  CHECK((read.error().code == errc::damaged));
}

}  // namespace
}  // namespace aisle::kv
