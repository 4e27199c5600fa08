// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every behaviour stands, in one line of its test:
//
//   support::script day;
//   day.event(at("09:00"), {value::of("A7"), value::of(decimal{1250, 2})})
//      .event(at("09:04"), {…}, {.stream = 1, .seen = at("09:30")})
//      .advance(at("10:00"));
//   support::torture(my_behaviour, day);
//
// The script is played to a fake actor in these ways, and each must give the outputs and the saved
// bytes of the first:
//   1. in one go, twice
//   2. with due, heap_bytes and save asked again and again between the calls, and every advance
//   repeated
//   3. saved, destroyed, created and loaded between any two inputs
//   4. saved between any two inputs, the copy played to the end
//   5. with a refusal of each single allocation of each call: the call throws, the saved bytes are
//   those of
//      before it, nothing it emitted counts, and the same call without the refusal goes through
//   6. weighed now and then: `heap_bytes` is what destroying the state gives back to the allocator,
//      give or take an eighth and 64 bytes
//   7. shown: everything has a name, and a state that was loaded is shown like the one it was saved
//      from
// Besides: an allocation refused while loading leaks nothing; a state cut short or changed in any
// byte is refused or loads into something that can be asked, saved and destroyed; timers are called
// when due and are due later afterwards; a call that throws by itself leaves the state as it was.

#include <string>
#include <utility>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/base/value.hpp"
#include "runtime/entity/behaviour.hpp"
#include "tests/support/rows.hpp"

namespace aisle::support {

/// What one actor lives through.
class script {
 public:
  struct source {
    entity::stream_index stream = 0;
    /// When left out: the latest of the event's time and the `seen` before it.
    base::event_time seen = base::beginning_of_time;
  };

  /// Timers due by `seen` fire before the event, as in `order: event_time`, unless
  /// in_arrival_order().
  script& event(base::event_time at, const std::vector<base::value>& fields, source from);
  script& event(base::event_time at, const std::vector<base::value>& fields) {
    return event(at, fields, source{});
  }
  /// The watermark passes: timers due at or before `to` fire.
  script& advance(base::event_time to);
  /// Timers fire at advance only, whatever events were seen.
  script& in_arrival_order();
  /// The actor's rows in the tables its stage knows: rows 1 … of every event.
  script& knows(std::vector<std::vector<base::value>> rows);
  /// The actor's encoded key; `key` unless said.
  script& key(std::string bytes);

  struct input {
    enum class kind { event, advance };
    input::kind kind = kind::advance;
    base::event_time at;
    base::event_time seen;
    entity::stream_index stream = 0;
    row fields;
  };
  [[nodiscard]] const std::vector<input>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<row>& tables() const { return tables_; }
  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] bool by_arrival() const { return by_arrival_; }

 private:
  std::vector<input> inputs_;
  std::vector<row> tables_;
  std::string key_ = "key";
  bool by_arrival_ = false;
  base::event_time seen_ = base::beginning_of_time;
};

/// One behaviour of the fake actor, and the behaviours (by their place in the actor) it reads.
struct member {
  const entity::behaviour* behaviour = nullptr;
  std::vector<std::size_t> inputs;
};

/// Plays the script once, to the end of input, and returns what came of it, one line per output,
/// late event or thrown exception, each with the time it was made:
///   `2011-01-18T09:05:00.000Z window sales_5m [09:00 …, 09:05 …) 0 final {"count":3}`
[[nodiscard]] std::vector<std::string> play(const std::vector<member>& actor, const script& life);
[[nodiscard]] std::vector<std::string> play(const entity::behaviour& b, const script& life);

/// The whole torture, in doctest's checks. With several members the later ones read the earlier
/// ones, as in an actor; all of them are tortured.
void torture(const std::vector<member>& actor, const script& life);
void torture(const entity::behaviour& b, const script& life);

}  // namespace aisle::support

#include "tests/support/torture.inl.hpp"
