// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>

#include <doctest/doctest.h>

#include "runtime/base/check.hpp"
#include "runtime/base/pack.hpp"
#include "tests/support/allocation_faults.hpp"
#include "tests/support/torture.hpp"

namespace aisle::support {

inline script& script::event(base::event_time at, const std::vector<base::value>& fields,
                             source from) {
  const auto stamped = from.seen != base::beginning_of_time;
  const auto seen = stamped ? from.seen : std::max(at, seen_);
  base::check(seen >= at, "an event is seen when it happens, or later");
  inputs_.push_back({input::kind::event, at, seen, from.stream, row{fields}});
  seen_ = std::max(seen_, seen);
  return *this;
}

inline script& script::advance(base::event_time to) {
  inputs_.push_back({input::kind::advance, to, to, 0, {}});
  if (!by_arrival_) {
    seen_ = std::max(seen_, to);
  }
  return *this;
}

inline script& script::in_arrival_order() {
  by_arrival_ = true;
  return *this;
}

inline script& script::knows(std::vector<std::vector<base::value>> rows) {
  tables_.clear();
  for (const auto& fields : rows) {
    tables_.emplace_back(fields);
  }
  return *this;
}

inline script& script::key(std::string bytes) {
  key_ = std::move(bytes);
  return *this;
}

/// The state of one behaviour, in its own block of memory.
class state_block {
 public:
  explicit state_block(const entity::behaviour& of)
      : of_{&of}, memory_{::operator new(of.state_shape().size, alignment())} {
    try {
      of.create(memory_);
    } catch (...) {
      release();
      throw;
    }
  }
  state_block(state_block&& other) noexcept
      : of_{other.of_}, memory_{std::exchange(other.memory_, nullptr)} {}
  state_block& operator=(state_block&& other) noexcept {
    std::swap(of_, other.of_);
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~state_block() {
    if (memory_ != nullptr) {
      of_->destroy(memory_);
      release();
    }
  }

  [[nodiscard]] const entity::behaviour& behaviour() const { return *of_; }
  [[nodiscard]] void* get() { return memory_; }
  [[nodiscard]] const void* get() const { return memory_; }
  [[nodiscard]] base::event_time due() const { return of_->due(memory_); }
  /// What the state says it owns outside its block, and what it turns out to own when it is
  /// destroyed. It is not to be used afterwards.
  [[nodiscard]] std::pair<std::size_t, std::size_t> weigh_and_end() {
    const auto said = of_->heap_bytes(memory_);
    const auto before = allocation_faults::released();
    of_->destroy(memory_);
    const auto owned = allocation_faults::released() - before;
    release();
    memory_ = nullptr;
    return {said, owned};
  }

  [[nodiscard]] std::string saved() const {
    std::string bytes;
    base::packer to{bytes};
    of_->save(memory_, to);
    return bytes;
  }
  [[nodiscard]] std::string shown() const {
    std::string json;
    of_->describe(memory_, json);
    return json;
  }
  /// True when the bytes were what the behaviour expects, to the last one.
  bool load(std::string_view bytes) {
    base::unpacker from{bytes};
    of_->load(memory_, of_->version(), from);
    return from.done();
  }

 private:
  [[nodiscard]] std::align_val_t alignment() const {
    return std::align_val_t{std::max<std::size_t>(of_->state_shape().align, alignof(void*))};
  }
  void release() { ::operator delete(memory_, alignment()); }

  const entity::behaviour* of_;
  void* memory_;
};

/// How far a test goes with each call of a behaviour.
enum class handling {
  plain,
  /// Asks everything that may be asked, before and after the call.
  nosy,
  /// Refuses each single allocation of the call before it lets it through.
  starved,
};

/// An actor as a host would run it, with nothing around it.
class fake_actor final : entity::context {
 public:
  fake_actor(const std::vector<member>& members, const script& life, handling how)
      : members_{members}, life_{life}, how_{how} {
    for (const auto& m : members) {
      blocks_.emplace_back(*m.behaviour);
    }
    for (const auto& table : life.tables()) {
      tables_.push_back(table.ref());
    }
  }

  void play(std::size_t first, std::size_t last) {
    for (auto i = first; i < last; ++i) {
      step(life_.inputs()[i]);
    }
  }
  void step(const script::input& in) {
    const auto watermark = in.kind == script::input::kind::advance;
    if (watermark || !life_.by_arrival()) {
      fire_until(watermark ? in.at : in.seen, false);
    }
    if (watermark && how_ == handling::nosy) {
      fire_until(in.at, false);
    } else if (!watermark) {
      hand_over(in);
    }
  }
  /// Bounded input is over: who closes books closes them.
  void end() {
    // As in a shard: the timers up to the highest event time first, then those that close.
    auto highest = base::beginning_of_time;
    for (const auto& in : life_.inputs()) {
      if (in.kind != script::input::kind::advance) {
        highest = std::max(highest, in.at);
      }
    }
    fire_until(highest, false);
    ended_at_ = highest;
    fire_until(base::end_of_time - base::duration{1}, true);
  }

  [[nodiscard]] std::vector<std::string> saved() const {
    std::vector<std::string> all;
    for (const auto& block : blocks_) {
      all.push_back(block.saved());
    }
    return all;
  }
  [[nodiscard]] std::vector<std::string> shown() const {
    std::vector<std::string> all;
    for (const auto& block : blocks_) {
      all.push_back(block.shown());
    }
    return all;
  }
  /// Puts freshly created states, loaded from the bytes, in the place of all.
  void load(const std::vector<std::string>& bytes) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      state_block fresh{*members_[i].behaviour};
      CHECK_MESSAGE(fresh.load(bytes[i]), "member ", i, " loads what it saved");
      blocks_[i] = std::move(fresh);
    }
  }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  void remember(std::vector<std::string> lines) { lines_ = std::move(lines); }
  [[nodiscard]] state_block& block(std::size_t i) { return blocks_[i]; }

 private:
  void hand_over(const script::input& in) {
    record::event_head head;
    head.at = in.at;
    head.seen = in.seen;
    head.position.offset = base::offset{&in - life_.inputs().data()};
    now_ = in.seen;
    set_rows(in.fields.ref());
    const entity::event e{&head, in.stream, rows_};
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const auto& b = blocks_[i].behaviour();
      if (!b.reads(in.stream)) {
        continue;
      }
      if (b.judges_lateness() && b.is_late(in.stream, in.at, in.seen)) {
        note("late for member " + std::to_string(i));
        continue;
      }
      perform(i, [&](void* state) { b.on_event(state, e, *this); });
    }
  }

  void fire_until(base::event_time last, bool only_books) {
    for (;;) {
      std::optional<std::size_t> next;
      for (std::size_t i = 0; i < blocks_.size(); ++i) {
        const auto counts = !only_books || blocks_[i].behaviour().closes_at_end();
        if (counts && blocks_[i].due() <= last &&
            (!next || blocks_[i].due() < blocks_[*next].due())) {
          next = i;
        }
      }
      if (!next) {
        return;
      }
      fire(*next);
    }
  }

  void fire(std::size_t i) {
    now_ = blocks_[i].due();
    set_rows({});
    const auto went_through =
        perform(i, [&](void* state) { blocks_[i].behaviour().on_timer(state, *this); });
    REQUIRE_MESSAGE(went_through, "a timer's call throws: nothing can become of it");
    REQUIRE_MESSAGE(blocks_[i].due() > now_, "after a timer the next one is later");
  }

  void set_rows(expr::row_ref event) {
    rows_.assign(1, event);
    rows_.insert(rows_.end(), tables_.begin(), tables_.end());
  }

  /// True when the call went through; an exception of its own is a line like any output.
  template <class Call>
  bool perform(std::size_t i, const Call& call) {
    at_ = i;
    for (long granted = how_ == handling::starved ? 0 : allocation_faults::off;; ++granted) {
      const auto before = how_ == handling::plain ? std::string{} : blocks_[i].saved();
      const auto due = blocks_[i].due();
      const auto mark = lines_.size();
      std::string thrown;
      try {
        const allocation_faults faults{granted};
        call(blocks_[i].get());
      } catch (const std::bad_alloc&) {
        thrown = "bad_alloc";
      } catch (const std::exception& e) {
        thrown = e.what();
      }
      if (thrown.empty()) {
        ask(i);
        return true;
      }
      lines_.resize(mark);
      if (how_ != handling::plain) {
        CHECK_MESSAGE((blocks_[i].saved() == before),
                      "a call that throws leaves the state as it was");
        CHECK_MESSAGE(blocks_[i].due() == due, "a call that throws leaves its timer as it was");
      }
      if (how_ != handling::starved || !allocation_faults::has_fired()) {
        note("threw " + thrown);
        return false;
      }
    }
  }

  void ask(std::size_t i) {
    if (how_ != handling::nosy) {
      return;
    }
    const auto& b = blocks_[i].behaviour();
    const auto first = blocks_[i].saved();
    const auto due = blocks_[i].due();
    const auto bytes = b.heap_bytes(blocks_[i].get());
    for (int again = 0; again < 2; ++again) {
      CHECK_MESSAGE(blocks_[i].due() == due, "due is a question, not a change");
      CHECK_MESSAGE(b.heap_bytes(blocks_[i].get()) == bytes, "so is heap_bytes");
      CHECK_MESSAGE((blocks_[i].saved() == first), "so is save");
    }
  }

  void note(const std::string& what) { lines_.push_back(base::to_rfc3339(now_) + ' ' + what); }
  static void append(std::string& line, const std::vector<entity::named_value>& values) {
    line += '{';
    for (const auto& [name, value] : values) {
      line += line.back() == '{' ? "\"" : ",\"";
      line.append(name).append("\":");
      base::append_json(line, value);
    }
    line += '}';
  }

  [[nodiscard]] base::event_time now() const override { return now_; }
  [[nodiscard]] std::span<const expr::row_ref> rows() const override { return rows_; }
  [[nodiscard]] std::optional<base::event_time> ended_at() const override { return ended_at_; }
  [[nodiscard]] std::string_view key() const override { return life_.key(); }
  [[nodiscard]] const void* input_state(std::size_t i) const override {
    return blocks_.at(members_[at_].inputs.at(i)).get();
  }

  void emit(const entity::decision& d) override {
    std::string line = "decision ";
    line.append(d.code).append(" severity ") += std::to_string(static_cast<int>(d.severity));
    line += d.until ? " until " + base::to_rfc3339(*d.until) + ' ' : " ";
    append(line, d.value);
    line += " because " + d.why.text + ' ';
    append(line, d.why.inputs);
    line += " against ";
    base::append_json(line, d.why.threshold);
    line.append(" by ").append(d.why.rule);
    note(line);
  }
  void emit(const entity::window_result& r) override {
    std::string line = "window ";
    line.append(r.window).append(" [") += base::to_rfc3339(r.start);
    line += ", " + base::to_rfc3339(r.end) + ") " + std::to_string(r.revision);
    line += r.final ? " final " : " ";
    append(line, r.values);
    note(line);
  }
  void emit(const entity::report& r) override {
    std::string line = "report ";
    for (const auto& m : r.members) {
      line.append(m.name) += '=';
      if (m.members.empty()) {
        base::append_json(line, m.value);
      } else {
        append(line, m.members);
      }
      line += ' ';
    }
    note(line);
  }

  const std::vector<member>& members_;
  const script& life_;
  handling how_;
  std::vector<state_block> blocks_;
  std::vector<expr::row_ref> tables_;
  std::vector<expr::row_ref> rows_;
  std::vector<std::string> lines_;
  base::event_time now_ = base::beginning_of_time;
  std::optional<base::event_time> ended_at_;
  std::size_t at_ = 0;
};

/// What a run came to: all outputs, and what was saved after the last input and after the end.
struct outcome {
  std::vector<std::string> lines;
  std::vector<std::string> saved;
  std::vector<std::string> saved_at_end;

  friend bool operator==(const outcome&, const outcome&) = default;
};

inline outcome finish(fake_actor& actor) {
  outcome o;
  o.saved = actor.saved();
  actor.end();
  o.saved_at_end = actor.saved();
  o.lines = actor.lines();
  return o;
}

inline void compare(const outcome& got, const outcome& wanted, const std::string& way) {
  CAPTURE(way);
  REQUIRE(got.lines.size() == wanted.lines.size());
  for (std::size_t i = 0; i < got.lines.size(); ++i) {
    REQUIRE(got.lines[i] == wanted.lines[i]);
  }
  CHECK_MESSAGE((got.saved == wanted.saved), "saved bytes after the last input");
  CHECK_MESSAGE((got.saved_at_end == wanted.saved_at_end), "saved bytes after the end");
}

inline outcome play_whole(const std::vector<member>& actor, const script& life, handling how) {
  fake_actor a{actor, life, how};
  a.play(0, life.inputs().size());
  return finish(a);
}

inline outcome play_reloaded(const std::vector<member>& actor, const script& life) {
  fake_actor a{actor, life, handling::plain};
  a.load(a.saved());
  for (const auto& in : life.inputs()) {
    a.step(in);
    const auto bytes = a.saved();
    const auto shown = a.shown();
    a.load(bytes);
    CHECK_MESSAGE((a.saved() == bytes), "a loaded state saves the bytes it was loaded from");
    CHECK_MESSAGE((a.shown() == shown), "a loaded state is shown like the one it was saved from");
  }
  return finish(a);
}

inline std::vector<std::string> play(const std::vector<member>& actor, const script& life) {
  return play_whole(actor, life, handling::plain).lines;
}

inline std::vector<std::string> play(const entity::behaviour& b, const script& life) {
  return play(std::vector<member>{{&b, {}}}, life);
}

/// Every copy lives on to the end: as many copies as there are inputs, 64 of them evenly spread in
/// long scripts.
inline void check_copies(const std::vector<member>& actor, const script& life,
                         const outcome& wanted) {
  const auto inputs = life.inputs().size();
  const auto stride = std::max<std::size_t>(1, inputs / 64);
  fake_actor original{actor, life, handling::plain};
  for (std::size_t i = 0; i < inputs; ++i) {
    if (i % stride == 0) {
      fake_actor copy{actor, life, handling::plain};
      copy.load(original.saved());
      copy.remember(original.lines());
      copy.play(i, inputs);
      compare(finish(copy), wanted, "a copy made before input " + std::to_string(i));
    }
    original.step(life.inputs()[i]);
  }
}

/// Sixteen lives that end early, each as long after the other; the last goes to the end of the
/// script.
inline void check_weight(const std::vector<member>& actor, const script& life) {
  constexpr std::size_t lives = 16;
  const auto inputs = life.inputs().size();
  for (std::size_t n = 1; n <= lives; ++n) {
    fake_actor a{actor, life, handling::plain};
    a.play(0, inputs * n / lives);
    for (std::size_t i = 0; i < actor.size(); ++i) {
      const auto [said, owned] = a.block(i).weigh_and_end();
      const auto apart = said > owned ? said - owned : owned - said;
      CHECK_MESSAGE(apart <= owned / 8 + 64, "member ", i, " says it owns ", said,
                    " bytes and owns ", owned, ", after ", inputs * n / lives, " inputs");
    }
  }
}

inline void check_starved_load(const entity::behaviour& b, const std::string& bytes) {
  for (long granted = 0;; ++granted) {
    state_block fresh{b};
    bool loaded = false;
    try {
      const allocation_faults faults{granted};
      loaded = fresh.load(bytes);
    } catch (const std::bad_alloc&) {
      continue;
    }
    CHECK_MESSAGE(loaded, "a state loads once it gets its memory");
    return;
  }
}

/// Asks a state that came from bytes nobody can vouch for everything a host asks before it gives it
/// up.
inline void check_usable(state_block& state) {
  static_cast<void>(state.due());
  static_cast<void>(state.behaviour().heap_bytes(state.get()));
  static_cast<void>(state.saved());
}

inline void check_hostile_load(const entity::behaviour& b, const std::string& bytes) {
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    state_block fresh{b};
    CHECK_MESSAGE(!fresh.load(std::string_view{bytes}.substr(0, length)), "a state cut to ", length,
                  " of ", bytes.size(), " bytes is refused");
    check_usable(fresh);
  }
  const auto stride = std::max<std::size_t>(1, bytes.size() / 512);
  for (std::size_t at = 0; at < bytes.size(); at += stride) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU, 0x55U}) {
      auto damaged = bytes;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      state_block fresh{b};
      static_cast<void>(fresh.load(damaged));
      check_usable(fresh);
    }
  }
}

inline void torture(const std::vector<member>& actor, const script& life) {
  const auto wanted = play_whole(actor, life, handling::plain);
  compare(play_whole(actor, life, handling::plain), wanted, "a second time");
  compare(play_whole(actor, life, handling::nosy), wanted, "asked again and again");
  compare(play_reloaded(actor, life), wanted, "saved and loaded between any two inputs");
  check_copies(actor, life, wanted);
  check_weight(actor, life);
  compare(play_whole(actor, life, handling::starved), wanted, "each allocation refused once");
  for (std::size_t i = 0; i < actor.size(); ++i) {
    CAPTURE(i);
    CHECK_MESSAGE(actor[i].behaviour->version() > 0, "a saved state has a version");
    check_starved_load(*actor[i].behaviour, wanted.saved[i]);
    check_hostile_load(*actor[i].behaviour, wanted.saved[i]);
  }
}

inline void torture(const entity::behaviour& b, const script& life) {
  torture(std::vector<member>{{&b, {}}}, life);
}

}  // namespace aisle::support
