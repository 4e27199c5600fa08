// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/pack.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/window/accumulator.hpp"
#include "runtime/window/window.hpp"

namespace aisle::window {

/// One accumulator per aggregate of a window: what a pane or a window holds.
using cells = std::vector<accumulator>;

/// What the aggregates make of one event. Computed before anything changes; texts are the event's.
class inputs {
 public:
  inputs() {}
  void push(const base::value& v) { std::construct_at(&values_[size_++], v); }
  [[nodiscard]] const base::value& operator[](std::size_t i) const { return values_[i]; }

 private:
  // Not set before they are pushed: sixty-four nulls per event would cost more than the window.
  union {
    base::value values_[aggregates_max];
  };
  std::size_t size_ = 0;
};

/// Which window a record is about, and which state of it.
struct occasion {
  base::event_time start;
  base::event_time end;
  std::uint32_t revision = 0;
  bool final = false;
};

/// The aggregates of a window, as its panes hold and its records tell them. Never changes after
/// planning.
class columns {
 public:
  columns(std::string window, std::vector<aggregate> aggregates);

  /// True when events of this stream count.
  [[nodiscard]] bool reads(entity::stream_index stream) const;

  /// Throws entity::evaluation_failed when an expression has no value, or no finite one.
  void evaluate(const entity::event& e, inputs& into) const;

  [[nodiscard]] cells empty() const;
  /// Makes room in the cells, so that adding the same next cannot fail.
  void reserve(cells& in, const inputs& of, std::uint64_t sequence) const;
  void add(cells& in, const inputs& of, std::uint64_t sequence) const noexcept;
  /// Cells with this one event in.
  [[nodiscard]] cells with(cells before, const inputs& of, std::uint64_t sequence) const;
  static void merge(cells& into, const cells& from);

  void emit(const occasion& about, const cells& of, entity::context& out) const;

  /// Appends what the aggregates come to so far, as a JSON object.
  void show(const cells& of, std::string& json) const;

  [[nodiscard]] static std::size_t heap_bytes(const cells& of);
  static void save(const cells& of, base::packer& to);
  [[nodiscard]] cells load(base::unpacker& from) const;

 private:
  struct column {
    window::aggregate aggregate;
    /// Of what is aggregated.
    base::value_type type;
  };
  [[nodiscard]] static accumulator fresh(const column& c);

  std::string window_;
  std::vector<column> columns_;
  bool any_expression_ = false;
};

}  // namespace aisle::window
