// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/entity/behaviour.hpp"
#include "tests/flow/visits.hpp"

namespace aisle::sim {

struct digest_state {
  std::uint64_t digest = 0;
  std::int64_t events = 0;
  base::event_time due = base::end_of_time;
  base::event_time last = base::beginning_of_time;
};

/// What an order-sensitive behaviour is at its worst: a hash over all events it saw, in their
/// order. Decides on every fourth event, reports at the end of every minute in which it saw one,
/// and may throw at every n-th amount, before it has changed anything or after it has emitted.
class digest final : public entity::behaviour_of<digest_state> {
 public:
  /// `throws_at` 0: never. `in_order`: its events come in the order of event time.
  digest(bool in_order, std::int64_t throws_at) : in_order_{in_order}, throws_at_{throws_at} {}

  [[nodiscard]] bool reads(entity::stream_index) const override { return true; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(digest_state& state, const entity::event& e, entity::context& out) const override {
    base::check(!in_order_ || out.now() >= state.last, "time never goes back for one actor");
    base::check(out.now() == e.head->seen, "an event is now when it is seen");
    const auto next = mixed(state.digest, e);
    if ((state.events + 1) % 4 == 0) {
      decide(next, out);
    }
    if (throws_at_ > 0 && e.head->position.offset.get() % throws_at_ == throws_at_ - 1) {
      throw std::runtime_error{"this one it cannot stand"};
    }
    state.digest = next;
    ++state.events;
    state.last = out.now();
    if (state.due == base::end_of_time) {
      state.due = base::floor_to(out.now(), minute) + minute;
    }
  }

  [[nodiscard]] base::event_time next(const digest_state& state) const override {
    return state.due;
  }

  void wake(digest_state& state, entity::context& out) const override {
    base::check(out.now() == state.due, "a timer fires when it is due");
    entity::report told;
    told.members = {{"at", base::value::of(out.now()), {}},
                    {"events", base::value::of(state.events), {}},
                    {"digest", base::value::of(static_cast<std::int64_t>(state.digest)), {}}};
    out.emit(told);
    state.due = base::end_of_time;
    state.last = out.now();
  }

  void write(const digest_state& state, base::packer& to) const override {
    to.integer(static_cast<std::int64_t>(state.digest));
    to.integer(state.events);
    to.integer(state.due.time_since_epoch().count());
    to.integer(state.last.time_since_epoch().count());
  }
  void read(digest_state& state, std::uint32_t, base::unpacker& from) const override {
    state.digest = static_cast<std::uint64_t>(from.integer());
    state.events = from.integer();
    state.due = base::event_time{base::duration{from.integer()}};
    state.last = base::event_time{base::duration{from.integer()}};
  }

 private:
  static constexpr base::duration minute{60'000};

  /// The offset stays out: it tells how partitions lie in a file, which no result may depend on.
  static std::uint64_t mixed(std::uint64_t digest, const entity::event& e) {
    const std::array<std::int64_t, 5> numbers{
        static_cast<std::int64_t>(digest), e.head->at.time_since_epoch().count(),
        e.head->seen.time_since_epoch().count(), e.head->position.item, e.stream};
    return base::hash64({reinterpret_cast<const char*>(numbers.data()), sizeof(numbers)});
  }

  static void decide(std::uint64_t digest, entity::context& out) {
    entity::decision found;
    found.code = "fourth";
    found.value = {{"score", base::value::of(static_cast<std::int64_t>(digest % 1000))}};
    found.why.text = "every fourth event";
    found.why.rule = "events % 4 == 0";
    out.emit(found);
  }

  bool in_order_;
  std::int64_t throws_at_;
};

}  // namespace aisle::sim
