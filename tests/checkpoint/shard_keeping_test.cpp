// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/shard_keeping.hpp"

#include <doctest/doctest.h>

#include "tests/checkpoint/state_bed.hpp"

namespace aisle::checkpoint {
namespace {

/// The copy of one shard, to which epochs are added.
struct kept_shard : state_bed {
  kept_shard() { of.name = "stage"; }

  void add(const entity::shard_delta& delta) {
    ++n;
    state_writer writer{*state, *log, 1};
    writer.store(at(n), {{.copy = shard,
                          .is = {.attempt = at(n), .checksum = {}},
                          .base = at(n - 1),
                          .bytes = std::make_shared<const std::string>(freeze(delta))}});
    const auto answers = writer.work();
    REQUIRE_MESSAGE(answers.stored.has_value(), answers.broken.value_or(""));
  }
  [[nodiscard]] std::expected<entity::shard_beginning, std::string> load() const {
    const auto view = state->read();
    auto reader = *view->open(shard);
    return load_shard(reader, of);
  }

  entity::stage of;
  std::uint64_t n = 0;
};

entity::shard_delta cut(std::uint64_t n) {
  entity::shard_delta delta;
  delta.facts.epoch = base::epoch{n};
  delta.facts.channels = {{.watermark = base::event_time{base::duration{5}}, .rests = true}, {}};
  delta.facts.made.windows = n * 10;
  return delta;
}

TEST_CASE("a shard goes on from the facts of its last cut") {
  kept_shard kept;
  kept.add(cut(1));
  const auto last = cut(2);
  kept.add(last);
  const auto loaded = kept.load();
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error()));
  CHECK((loaded->facts == last.facts));
  CHECK(loaded->pages.empty());
}

TEST_CASE("an actor of a cut is found by its key, as the cut has it") {
  kept_shard kept;
  auto delta = cut(1);
  delta.actors.add(base::hash64("a"), "a", base::end_of_time, [](auto& to) { to += "packed"; });
  kept.add(delta);
  const auto view = kept.state->read();
  auto reader = *view->open(kept.shard);
  const auto actor = *reader.get(base::hash64("a"), "a");
  REQUIRE(actor.has_value());
  CHECK(actor->bytes == "packed");
}

TEST_CASE("a page of waiting rows that cannot be read is an error with the stage's name") {
  kept_shard kept;
  auto delta = cut(1);
  delta.pages = {{.number = 7, .bytes = "no page"}};
  kept.add(delta);
  const auto loaded = kept.load();
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().starts_with("stage stage: "));
}

TEST_CASE("a page that is gone is not read any more, and may be told gone once more") {
  kept_shard kept;
  auto delta = cut(1);
  delta.pages = {{.number = 7, .bytes = "no page"}};
  kept.add(delta);
  for (std::uint64_t n = 2; n < 4; ++n) {
    auto next = cut(n);
    next.pages_gone = {7};
    kept.add(next);
    CHECK(kept.load().has_value());
  }
}

TEST_CASE("a shard without facts, or with damaged ones, is not gone on from") {
  const kept_shard none;
  CHECK(none.load().error() == "stage stage: the facts of the shard are not there");

  kept_shard kept;
  const auto bytes = encode({.actors = nullptr,
                             .notes = {{.name = std::string{facts_note}, .bytes = "no facts"}},
                             .outbox = {}});
  state_writer writer{*kept.state, *kept.log, 1};
  writer.store(state_bed::at(1), {{.copy = kept.shard,
                                   .is = {.attempt = state_bed::at(1), .checksum = {}},
                                   .base = {},
                                   .bytes = std::make_shared<const std::string>(bytes)}});
  REQUIRE(writer.work().stored.has_value());
  CHECK_FALSE(kept.load().has_value());
}

}  // namespace
}  // namespace aisle::checkpoint
