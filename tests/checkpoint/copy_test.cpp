// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/copy.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/every_edge.hpp"

namespace aisle::checkpoint {
namespace {

using state = copy_state;
using event = copy_event;

constexpr attempt at(std::int64_t g, std::uint64_t n) {
  return {.generation = generation{g}, .epoch = base::epoch{n}};
}
constexpr generation now{5};
const shard_name shard{.kind = control::shard_kind::stage, .of = "sums", .number = 0};

/// A copy, and the checksum that the next delta on it begins with.
struct steered {
  explicit steered(copy_image found) : is{std::move(found)} {}

  void assigned(std::int64_t g, attempt from, copy_role role) {
    is.assigned(generation{g}, from, role, effects);
  }
  void delta(attempt which, attempt base, std::uint32_t index = 0, std::uint32_t count = 1) {
    const std::string bytes = "delta";
    const auto before = is.tip() ? is.tip()->checksum : checksum{};
    is.delta({.shard = shard,
              .attempt = which,
              .base = base,
              .checksum = chained(before, bytes),
              .index = index,
              .count = count,
              .bytes = std::make_shared<const std::string>(bytes)},
             effects);
  }
  void fill(version start, std::uint32_t index, std::optional<version> end) {
    is.fill({.shard = shard,
             .start = start,
             .index = index,
             .bytes = std::make_shared<const std::string>("values"),
             .end = end},
            effects);
  }
  [[nodiscard]] const base::machine<copy_table>& edges() const { return is.edges(); }
  /// The effects of one kind since the last `effects.clear()`.
  template <class Effect>
  [[nodiscard]] std::vector<Effect> all() const {
    return support::all_of<Effect>(effects);
  }

  copy is;
  copy_effects effects;
};

constexpr version complete{.attempt = at(4, 1), .checksum = {}};

steered make(state wanted) {
  if (wanted == state::holds || wanted == state::storing) {
    steered made{{.versions = {{}, complete}}};
    made.assigned(5, complete.attempt, copy_role::required);
    if (wanted == state::storing) {
      made.delta(at(5, 2), complete.attempt);
    }
    return made;
  }
  if (wanted == state::stale) {
    steered made{{.versions = {{}, {.attempt = at(3, 1), .checksum = {}}}}};
    made.assigned(5, complete.attempt, copy_role::unlisted);
    return made;
  }
  steered made{{}};
  made.assigned(5, complete.attempt, copy_role::unlisted);
  if (wanted != state::none) {
    made.fill(complete, 0, std::nullopt);
  }
  if (wanted == state::sealing) {
    made.fill(complete, 1, complete);
  }
  return made;
}

attempt from_that_leads(state from, state to) {
  if (to == state::stale && from != state::stale) {
    return at(5, 9);
  }
  if (from == state::stale && to == state::holds) {
    return at(3, 1);
  }
  const bool creates = to == state::holds && from != state::holds && from != state::storing;
  return creates ? control::the_beginning : complete.attempt;
}

void poke(steered& it, event on, state to) {
  const auto from = it.is.state();
  switch (on) {
    case event::assigned:
      it.assigned(6, from_that_leads(from, to),
                  to == state::none ? copy_role::unlisted : copy_role::required);
      break;
    case event::delta:
      it.delta(at(5, from == state::storing ? 3 : 2),
               from == state::storing ? at(5, 2) : complete.attempt, 0,
               from == state::holds && to == state::holds ? 2 : 1);
      break;
    case event::stored:
      it.is.stored(to == from ? at(4, 9) : at(5, 2), it.effects);
      break;
    case event::store_failed:
      it.is.store_failed(at(5, 2), it.effects);
      break;
    case event::completed:
      if (from == state::holds && to == state::none) {
        it.assigned(6, complete.attempt, copy_role::unlisted);
      }
      it.is.completed(to == state::none ? at(6, 2) : complete.attempt, it.effects);
      break;
    case event::folded:
      it.is.folded(complete.attempt);
      break;
    case event::fill:
      if (from == state::holds && to == state::filling) {
        it.assigned(6, complete.attempt, copy_role::unlisted);
        it.fill({.attempt = at(6, 2), .checksum = {}}, 0, std::nullopt);
      } else {
        const bool first = from == state::none || from == state::stale || from == state::holds;
        it.fill(complete, first ? 0 : 1,
                to == state::sealing ? std::optional{complete} : std::nullopt);
      }
      break;
    case event::sealed:
      if (to == state::storing) {
        it.delta(at(5, 2), complete.attempt);
      }
      it.is.sealed(to == state::sealing ? generation{4} : now, it.effects);
      break;
  }
}

TEST_CASE("a copy follows its table: every edge, and every event that does not belong") {
  support::take_every_edge<copy_table>(make, poke);
}

TEST_CASE("a copy says prepared when the commit is synced, and not before") {
  auto it = make(state::holds);
  it.effects.clear();
  it.delta(at(5, 2), complete.attempt);
  REQUIRE(it.all<store_version>().size() == 1);
  CHECK(it.all<say_prepared>().empty());
  CHECK_FALSE(it.is.holds(at(5, 2)));
  it.is.stored(at(5, 2), it.effects);
  REQUIRE(it.all<say_prepared>().size() == 1);
  CHECK(it.all<say_prepared>()[0].is.attempt == at(5, 2));
  CHECK(it.is.holds(at(5, 2)));
}

TEST_CASE("a delta on another base than the tip is refused, and the leader hears of it") {
  auto it = make(state::holds);
  it.effects.clear();
  it.delta(at(5, 3), at(5, 2));
  CHECK(it.all<say_gone>().size() == 1);
  CHECK(it.all<store_version>().empty());
}

TEST_CASE("a delta of which a chunk is missing is refused") {
  auto it = make(state::holds);
  it.delta(at(5, 2), complete.attempt, 0, 3);
  it.effects.clear();
  it.delta(at(5, 2), complete.attempt, 2, 3);
  CHECK(it.all<say_gone>().size() == 1);
  CHECK(it.all<store_version>().empty());
}

TEST_CASE("a delta with wrong bytes is refused") {
  auto it = make(state::holds);
  it.effects.clear();
  it.is.delta({.shard = shard,
               .attempt = at(5, 2),
               .base = complete.attempt,
               .checksum = checksum{99},
               .bytes = std::make_shared<const std::string>("other")},
              it.effects);
  CHECK(it.all<say_gone>().size() == 1);
  CHECK(it.is.state() == state::holds);
}

TEST_CASE("a commit that failed is made again with the same bytes, until an Assign") {
  auto it = make(state::storing);
  const auto first = it.all<store_version>().back();
  it.effects.clear();
  it.is.store_failed(at(5, 2), it.effects);
  REQUIRE(it.all<store_version>().size() == 1);
  CHECK(it.all<store_version>()[0].bytes == first.bytes);
  it.assigned(6, complete.attempt, copy_role::required);
  it.effects.clear();
  it.is.store_failed(at(5, 2), it.effects);
  CHECK(it.effects.empty());
}

TEST_CASE("nothing is deleted at a restart, and what is abandoned at the next Assign alone") {
  steered it{{.versions = {{}, complete, {.attempt = at(5, 2), .checksum = checksum{8}}}}};
  CHECK(it.is.holds(at(5, 2)));
  it.is.completed(complete.attempt, it.effects);
  CHECK_MESSAGE(it.is.holds(at(5, 2)), "its acknowledgement may be with the leader");
  it.effects.clear();
  it.assigned(7, complete.attempt, copy_role::required);
  REQUIRE(it.all<erase_abandoned>().size() == 1);
  CHECK(it.all<erase_abandoned>()[0].before == generation{7});
  CHECK(it.all<erase_abandoned>()[0].above == base::epoch{1});
  CHECK_FALSE(it.is.holds(at(5, 2)));
  CHECK(it.is.state() == state::holds);
}

TEST_CASE("what was prepared and is complete after all is kept by the Assign that stands on it") {
  steered it{{.versions = {{}, complete, {.attempt = at(5, 2), .checksum = checksum{8}}}}};
  it.assigned(7, at(5, 2), copy_role::required);
  CHECK(it.is.holds(at(5, 2)));
  CHECK(it.all<erase_abandoned>().empty());
}

TEST_CASE("the same number of another attempt is no copy of it") {
  steered it{{.versions = {{}, {.attempt = at(3, 1), .checksum = {}}}}};
  it.assigned(5, complete.attempt, copy_role::required);
  CHECK(it.is.state() == state::stale);
  CHECK(it.all<say_gone>().size() == 1);
}

TEST_CASE("a fold is asked for when the Complete was read, up to it") {
  auto it = make(state::storing);
  it.is.stored(at(5, 2), it.effects);
  it.effects.clear();
  it.is.completed(at(5, 2), it.effects);
  REQUIRE(it.all<fold_to>().size() == 1);
  CHECK(it.all<fold_to>()[0].to == at(5, 2));
  it.is.folded(at(5, 2));
  CHECK(it.is.held().size() == 1);
  CHECK(it.is.holds(at(5, 2)));
}

TEST_CASE("a filled copy is whole only with the deltas up to the end of its fill") {
  auto it = make(state::filling);
  CHECK_MESSAGE(it.is.held().empty(), "a fill that is not whole is no copy");
  it.delta(at(5, 2), complete.attempt);
  const auto two = *it.is.tip();
  it.effects.clear();
  it.fill(complete, 1, two);
  CHECK_MESSAGE(it.all<seal_fill>().empty(), "the delta is not synced yet");
  it.is.stored(at(5, 2), it.effects);
  CHECK(it.all<say_prepared>().empty());
  REQUIRE(it.all<seal_fill>().size() == 1);
  CHECK(it.all<seal_fill>()[0].base == two);
  it.is.sealed(now, it.effects);
  REQUIRE(it.all<say_filled>().size() == 1);
  CHECK(it.all<say_filled>()[0].tip == two);
  CHECK(it.is.held() == std::vector<version>{two});
}

TEST_CASE("who holds what a fill starts from says so, and keeps what he has") {
  auto it = make(state::holds);
  it.assigned(6, complete.attempt, copy_role::unlisted);
  it.effects.clear();
  it.fill(complete, 0, std::nullopt);
  it.fill(complete, 1, complete);
  CHECK(it.all<say_filled>().size() == 1);
  CHECK(it.all<empty_copy>().empty());
  CHECK(it.is.holds(complete.attempt));
}

TEST_CASE("a required copy is never filled over") {
  CHECK(support::dies([] {
    auto it = make(state::holds);
    it.fill({.attempt = at(5, 3), .checksum = {}}, 0, std::nullopt);
  }));
}

}  // namespace
}  // namespace aisle::checkpoint
