// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/source_keeping.hpp"

#include <doctest/doctest.h>

#include "runtime/checkpoint/changes.hpp"
#include "runtime/kv/node_state.hpp"
#include "tests/kv/folder.hpp"

namespace aisle::node {
namespace {

base::event_time at(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

/// The copy of one reader, to which epochs are added.
struct kept_source {
  kept_source() {
    auto opened = kv::node_state::open({.folder = folder.path(),
                                        .when_absent = kv::open_options::absent::make,
                                        .new_id = {.high = 1, .low = 1}});
    REQUIRE(opened.has_value());
    state = std::move(*opened);
    copy = *state->make_copy({.kind = control::shard_kind::source, .of = "clicks", .number = 0},
                             kv::no_hashes);
  }
  void add(const std::string& bytes) {
    auto delta = checkpoint::decode_changes(bytes);
    REQUIRE(delta.has_value());
    delta->copy = copy;
    delta->base = tip;
    kv::preparation next{{.generation = control::generation{1}, .epoch = tip.epoch.next()},
                         {std::move(*delta)}};
    REQUIRE(state->prepare(next).has_value());
    tip = next.of();
  }
  void add(const io::source_delta& delta) { add(freeze(delta)); }
  [[nodiscard]] std::expected<io::source_beginning, std::string> load() const {
    const auto view = state->read();
    auto reader = *view->open(copy);
    return load_source(reader, "clicks");
  }

  kv::test_folder folder;
  std::unique_ptr<kv::node_state> state;
  kv::copy_id copy;
  control::attempt tip;
};

/// Of a source with so many partitions.
io::source_delta delta_of(std::size_t partitions) {
  io::source_delta delta;
  for (std::uint32_t p = 0; p < partitions; ++p) {
    delta.facts.positions.push_back({.partition = base::partition_id{p},
                                     .file = 0,
                                     .byte = 10,
                                     .ordinal = base::offset{100 + p}});
    delta.facts.reading.partitions.push_back({.highest = at(p), .idle = p == 1, .repeats = {}});
  }
  delta.repeats.resize(partitions);
  return delta;
}

std::vector<std::pair<base::event_time, std::uint64_t>> pages_of(
    const std::vector<flow::dedup_page>& pages) {
  std::vector<std::pair<base::event_time, std::uint64_t>> names;
  for (const auto& page : pages) {
    names.emplace_back(page.generation, page.number);
  }
  std::ranges::sort(names);
  return names;
}

TEST_CASE("a source is what its last facts say, with the pages that came and were not forgotten") {
  kept_source kept;
  auto first = delta_of(2);
  first.repeats[0].pages = {{at(5), 1, {{1, 2}}}, {at(5), 2, {{3, 4}}}};
  first.repeats[1].pages = {{at(-7), 1, {{5, 6}}}};
  kept.add(first);
  auto second = delta_of(2);
  second.facts.positions[0].ordinal = base::offset{777};
  second.repeats[0].pages = {{at(9), 1, {{7, 8}}}};
  second.repeats[0].gone = {{at(5), 2}};
  kept.add(second);

  const auto loaded = kept.load();
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error()));
  CHECK((loaded->facts == second.facts));
  REQUIRE(loaded->repeats.size() == 2);
  CHECK((pages_of(loaded->repeats[0]) == pages_of({{at(9), 1, {}}})));
  CHECK((pages_of(loaded->repeats[1]) == pages_of({{at(-7), 1, {}}})));
  CHECK((loaded->repeats[1][0].keys == first.repeats[1].pages[0].keys));
}

TEST_CASE("a state without facts, or with pages of a partition that is not there, is refused") {
  SUBCASE("no facts") {
    const kept_source kept;
    CHECK(kept.load().error() == "source clicks: its facts are not there");
  }
  SUBCASE("facts of no partition") {
    kept_source kept;
    kept.add(delta_of(0));
    CHECK(kept.load().error().find("not of these partitions") != std::string::npos);
  }
  SUBCASE("a page of a partition beyond") {
    kept_source kept;
    auto delta = delta_of(1);
    delta.repeats.resize(3);
    delta.repeats[2].pages = {{at(5), 1, {{1, 2}}}};
    kept.add(delta);
    CHECK(kept.load().error().find("not of these partitions") != std::string::npos);
  }
}

TEST_CASE("notes that no reader wrote are refused, however large the number in their names") {
  std::string page;
  io::pack(flow::dedup_page{.generation = at(5), .number = 1, .keys = {}}, page);
  std::string facts;
  io::pack(delta_of(1).facts, facts);
  for (const auto* name : {"repeats.18446744073709551615.5.1", "repeats.99999999999999999999.5.1",
                           "repeats.", "repeats.x.5.1", "repeats.1", "repeats.4000000000.5.1"}) {
    CAPTURE(name);
    kept_source kept;
    kept.add(checkpoint::encode(
        {.actors = nullptr,
         .notes = {{.name = "facts", .bytes = facts}, {.name = name, .bytes = page}},
         .outbox = {}}));
    CHECK_FALSE(kept.load().has_value());
  }
  kept_source damaged;
  damaged.add(checkpoint::encode(
      {.actors = nullptr, .notes = {{.name = "facts", .bytes = facts.substr(1)}}, .outbox = {}}));
  CHECK_FALSE(damaged.load().has_value());
}

TEST_CASE("where each partition stood, and whether it was idle, is what the log is told") {
  const auto states = positions_of("clicks", delta_of(2).facts);
  REQUIRE(states.size() == 2);
  CHECK((states[1].partition == control::partition_name{.source = "clicks", .number = 1}));
  CHECK(states[1].next == base::offset{101});
  CHECK((states[1].highest == at(1)));
  CHECK(states[1].idle);
  CHECK_FALSE(states[0].idle);
}

TEST_CASE("a file that is split into partitions has one position, the highest of all times") {
  auto facts = delta_of(3).facts;
  facts.positions.resize(1);
  const auto states = positions_of("clicks", facts);
  REQUIRE(states.size() == 1);
  CHECK((states[0].highest == at(2)));
  CHECK_FALSE(states[0].idle);
  for (auto& partition : facts.reading.partitions) {
    partition.idle = true;
  }
  CHECK(positions_of("clicks", facts)[0].idle);
}

/// With these highest event times, idle where they stand in `idle`.
io::source_beginning read_to(const std::vector<std::int64_t>& highest,
                             const std::vector<std::size_t>& idle = {}) {
  io::source_beginning from;
  for (std::size_t p = 0; p < highest.size(); ++p) {
    const bool rests = std::ranges::find(idle, p) != idle.end();
    from.facts.reading.partitions.push_back(
        {.highest = at(highest[p]), .idle = rests, .repeats = {}});
    from.facts.positions.push_back(
        {.partition = base::partition_id{static_cast<std::uint32_t>(p)}});
  }
  from.repeats.resize(highest.size());
  return from;
}

TEST_CASE("a new partition begins in time where the slowest of the others is that is awake") {
  auto from = read_to({50, 20, 70, 10}, {3});
  grow(from, 6);
  REQUIRE(from.facts.reading.partitions.size() == 6);
  REQUIRE(from.repeats.size() == 6);
  for (const auto p : {4U, 5U}) {
    CHECK(from.facts.reading.partitions[p].highest == at(20));
    CHECK_FALSE(from.facts.reading.partitions[p].idle);
  }
  // Without a position a reader takes it from its first record on.
  CHECK(from.facts.positions.size() == 4);
  CHECK(from.facts.reading.partitions[3].highest == at(10));
}

TEST_CASE("where all partitions are idle, a new one begins where the furthest has come") {
  auto from = read_to({50, 20}, {0, 1});
  grow(from, 3);
  CHECK(from.facts.reading.partitions[2].highest == at(50));
}

TEST_CASE("a topic that has not grown goes on as it was") {
  auto from = read_to({50, 20});
  grow(from, 2);
  CHECK((from.facts == read_to({50, 20}).facts));
}

}  // namespace
}  // namespace aisle::node
