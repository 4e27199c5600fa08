// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/pack.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/decision.hpp"
#include "runtime/expr/row.hpp"
#include "runtime/record/batch.hpp"

namespace aisle::entity {

/// Which of the stage's `reads` an event came by, in the order they are written.
using stream_index = std::uint8_t;

/// An event as a behaviour sees it.
struct event {
  const record::event_head* head = nullptr;
  stream_index stream = 0;
  /// Row 0 is the event, rows 1 … the rows of the tables the stage knows, for this actor's key
  /// (null records where the table has none).
  std::span<const expr::row_ref> rows;
};

/// What a behaviour lets the other behaviours of the same actor read. Interfaces derive from it; a
/// reader names the interface it needs, and planning checks that the writer has it. Called only
/// between the writer's own calls, with the writer's state.
class published {
 public:
  virtual ~published() = default;
};

/// What a behaviour may do during one call. Everything it emits is dropped when the call throws.
class context {
 public:
  virtual ~context() = default;

  /// `seen` of the event, or the moment the timer was due. In `order: event_time` it never goes
  /// back for one actor; in the order of arrival it may, by as much as sources are apart.
  [[nodiscard]] virtual base::event_time now() const = 0;
  /// Rows as in event::rows; during a timer row 0 is a null record.
  [[nodiscard]] virtual std::span<const expr::row_ref> rows() const = 0;
  /// The highest event time of what the stage reads, once that has come to its end; before,
  /// nothing.
  [[nodiscard]] virtual std::optional<base::event_time> ended_at() const = 0;
  /// The actor's key in its encoded form: equal keys, equal bytes, on every run.
  [[nodiscard]] virtual std::string_view key() const = 0;
  /// State of the behaviour this one named as its input `i` (catalog order of input parameters).
  [[nodiscard]] virtual const void* input_state(std::size_t i) const = 0;

  virtual void emit(const decision& proposed) = 0;
  virtual void emit(const window_result& result) = 0;
  virtual void emit(const report& record) = 0;
};

/// One piece of an actor's logic. The object is shared by all actors of a stage and never changes
/// after planning; what belongs to one key is its state, which the host keeps in the actor's block
/// of memory.
///
/// The host calls from one thread at a time. Events of one actor come in the stage's order; a timer
/// due at t fires before events seen at t. Every call is all or nothing: compute, then assign; when
/// a call throws, the state is as before it. `due` is asked after every call and must be cheap.
class behaviour {
 public:
  struct shape {
    std::size_t size = 0;
    std::size_t align = 1;
  };

  behaviour() = default;
  behaviour(const behaviour&) = delete;
  behaviour& operator=(const behaviour&) = delete;
  virtual ~behaviour() = default;

  [[nodiscard]] virtual shape state_shape() const = 0;
  virtual void create(void* at) const = 0;
  virtual void destroy(void* state) const noexcept = 0;
  /// Bytes the state owns outside its block, for the memory budget.
  [[nodiscard]] virtual std::size_t heap_bytes(const void* /*state*/) const { return 0; }

  /// True for behaviours that close their books: an event they judge late is not theirs any more.
  [[nodiscard]] virtual bool judges_lateness() const { return false; }
  /// True for behaviours whose timers fire to the last at the end of bounded input, however far
  /// ahead they are due; those of all others fire up to the highest event time only.
  [[nodiscard]] virtual bool closes_at_end() const { return judges_lateness(); }
  /// True when the behaviour takes nothing of an event of this stream with these times. Asked
  /// before `on_event`, only of behaviours that judge lateness, and never depends on state.
  [[nodiscard]] virtual bool is_late(stream_index /*stream*/, base::event_time /*at*/,
                                     base::event_time /*seen*/) const {
    return false;
  }
  /// True when events of this stream mean something to the behaviour.
  [[nodiscard]] virtual bool reads(stream_index stream) const = 0;

  virtual void on_event(void* state, const event& e, context& out) const = 0;
  /// When the behaviour next wants to be called; base::end_of_time for never.
  [[nodiscard]] virtual base::event_time due(const void* /*state*/) const {
    return base::end_of_time;
  }
  /// Called with now() == due(state); afterwards due(state) must be later.
  virtual void on_timer(void* /*state*/, context& /*out*/) const {}

  /// The interface other behaviours may read, or null. Lives as long as the behaviour.
  [[nodiscard]] virtual const published* publishes() const { return nullptr; }

  /// Version of what `save` writes; grows with every change of it, and `load` reads all that ever
  /// were.
  [[nodiscard]] virtual std::uint32_t version() const = 0;
  virtual void save(const void* state, base::packer& to) const = 0;
  /// Fills a freshly created state. A misfit shows in `from.ok()`.
  virtual void load(void* state, std::uint32_t version, base::unpacker& from) const = 0;
  /// Appends the state as one JSON value, for people who look at an actor: an object with a name
  /// for everything. Who does not say how shows the values that `save` writes, in an array.
  virtual void describe(const void* state, std::string& json) const;
};

/// A behaviour whose state is a `State`: the typed face that every behaviour derives from.
template <class State>
class behaviour_of : public behaviour {
 public:
  [[nodiscard]] shape state_shape() const final { return {sizeof(State), alignof(State)}; }
  void create(void* at) const final { ::new (at) State(initial()); }
  void destroy(void* state) const noexcept final { cast(state).~State(); }
  [[nodiscard]] std::size_t heap_bytes(const void* state) const final {
    return heap_of(cast(state));
  }
  void on_event(void* state, const event& e, context& out) const final {
    handle(cast(state), e, out);
  }
  [[nodiscard]] base::event_time due(const void* state) const final { return next(cast(state)); }
  void on_timer(void* state, context& out) const final { wake(cast(state), out); }
  void save(const void* state, base::packer& to) const final { write(cast(state), to); }
  void load(void* state, std::uint32_t version, base::unpacker& from) const final {
    read(cast(state), version, from);
  }
  void describe(const void* state, std::string& json) const final { show(cast(state), json); }

 protected:
  static State& cast(void* state) { return *static_cast<State*>(state); }
  static const State& cast(const void* state) { return *static_cast<const State*>(state); }

  /// The state of an actor that has seen nothing.
  [[nodiscard]] virtual State initial() const { return State{}; }
  [[nodiscard]] virtual std::size_t heap_of(const State& /*state*/) const { return 0; }
  /// on_event, due, on_timer, save, load and describe of `behaviour`, on the typed state.
  virtual void handle(State& state, const event& e, context& out) const = 0;
  [[nodiscard]] virtual base::event_time next(const State& /*state*/) const {
    return base::end_of_time;
  }
  virtual void wake(State& /*state*/, context& /*out*/) const {}
  virtual void write(const State& state, base::packer& to) const = 0;
  virtual void read(State& state, std::uint32_t version, base::unpacker& from) const = 0;
  virtual void show(const State& state, std::string& json) const {
    behaviour::describe(&state, json);
  }
};

}  // namespace aisle::entity
