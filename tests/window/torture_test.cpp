// SPDX-License-Identifier: Apache-2.0
#include "tests/support/torture.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/base/heap.hpp"

namespace {

using namespace aisle;
using base::value;
using std::chrono::minutes;

/// Which promise of the contract a counter breaks.
enum class vice {
  none,
  forgets_in_save,
  assigns_before_it_computes,
  emits_from_a_state_it_has_changed,
  believes_every_byte,
  changes_when_asked,
  hides_what_it_owns,
};

struct tally {
  std::int64_t events = 0;
  std::vector<std::int64_t> values;
  base::event_time due = base::end_of_time;
};

/// Keeps all values it is given and tells every ten minutes how many there are.
class counter final : public entity::behaviour_of<tally> {
 public:
  explicit counter(vice with) : vice_{with} {}

  [[nodiscard]] bool reads(entity::stream_index) const override { return true; }
  [[nodiscard]] bool judges_lateness() const override { return true; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  [[nodiscard]] std::size_t heap_of(const tally& state) const override {
    return vice_ == vice::hides_what_it_owns ? 0 : base::heap_of(state.values);
  }
  void handle(tally& state, const entity::event& e, entity::context&) const override {
    const auto v = expr::load(e.rows[0], 0, {base::kind::integer, 0}).as_integer();
    if (vice_ == vice::assigns_before_it_computes) {
      ++state.events;
    }
    state.values.reserve(20);
    state.values.push_back(v);
    if (vice_ != vice::assigns_before_it_computes) {
      ++state.events;
    }
    if (state.due == base::end_of_time) {
      state.due = base::floor_to(e.head->seen, minutes{10}) + minutes{10};
    }
  }
  [[nodiscard]] base::event_time next(const tally& state) const override {
    if (vice_ == vice::changes_when_asked) {
      ++const_cast<tally&>(state).events;
    }
    return state.due;
  }
  void wake(tally& state, entity::context& out) const override {
    if (vice_ == vice::emits_from_a_state_it_has_changed) {
      state.events = 0;
    }
    entity::report told;
    told.members = {{"events", value::of(state.events), {}},
                    {"values", value::of(static_cast<std::int64_t>(state.values.size())), {}}};
    out.emit(told);
    state = tally{};
  }
  void write(const tally& state, base::packer& to) const override {
    to.integer(vice_ == vice::forgets_in_save ? 0 : state.events);
    to.integer(state.due.time_since_epoch().count());
    to.array(static_cast<std::uint32_t>(state.values.size()));
    for (const auto v : state.values) {
      to.integer(v);
    }
  }
  void read(tally& state, std::uint32_t, base::unpacker& from) const override {
    tally loaded;
    loaded.events = from.integer();
    loaded.due = base::event_time{base::duration{from.integer()}};
    loaded.values.resize(from.array(1'000'000));
    for (auto& v : loaded.values) {
      v = from.integer();
    }
    if (from.ok() || vice_ == vice::believes_every_byte) {
      state = std::move(loaded);
    }
    if (vice_ == vice::believes_every_byte) {
      from = base::unpacker{""};
    }
  }

 private:
  vice vice_;
};

base::event_time at(int minute) { return base::event_time{minutes{minute}}; }

support::script some_minutes() {
  support::script life;
  for (int minute = 0; minute < 25; minute += 3) {
    life.event(at(minute), {value::of(std::int64_t{minute})});
  }
  life.advance(at(26));
  return life;
}

void torment(vice with) { support::torture(counter{with}, some_minutes()); }

TEST_CASE("a behaviour that keeps its promises stands the torture") { torment(vice::none); }

TEST_CASE("a script is played with its timers in place") {
  const auto lines = support::play(counter{vice::none}, some_minutes());
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "1970-01-01T00:10:00.000Z report events=4 values=4 ");
  CHECK(lines[1] == "1970-01-01T00:20:00.000Z report events=3 values=3 ");
  CHECK(lines[2] == "1970-01-01T00:30:00.000Z report events=2 values=2 ");
}

// The harness is worth what it catches.
TEST_CASE("a field forgotten in save is caught" * doctest::should_fail()) {
  torment(vice::forgets_in_save);
}
TEST_CASE("a state changed before the last allocation is caught" * doctest::should_fail()) {
  torment(vice::assigns_before_it_computes);
}
TEST_CASE("a state changed before emit is caught" * doctest::should_fail()) {
  torment(vice::emits_from_a_state_it_has_changed);
}
TEST_CASE("a load that believes every byte is caught" * doctest::should_fail()) {
  torment(vice::believes_every_byte);
}
TEST_CASE("a question that changes the state is caught" * doctest::should_fail()) {
  torment(vice::changes_when_asked);
}
TEST_CASE("memory that is not told is caught" * doctest::should_fail()) {
  torment(vice::hides_what_it_owns);
}

}  // namespace
