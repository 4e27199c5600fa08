// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "runtime/base/pack.hpp"
#include "runtime/base/value.hpp"
#include "runtime/window/ddsketch.hpp"
#include "runtime/window/exact_sum.hpp"

namespace aisle::window {

/// What an accumulator is given: a value, not null, and which of the actor's events it came with
/// (1, 2, 3 …).
struct input {
  base::value value;
  std::uint64_t sequence = 0;
};

// Every accumulator below has the same face:
//   reserve(input)  makes room, so that add of the same input next cannot fail; may throw, changes
//   nothing add(input)      takes the input in merge(other)    takes in all that the other took;
//   may throw, and is then good for nothing save, load      equal contents are saved as equal bytes
// What they come to does not depend on the order or the grouping of inputs (first and last go by
// sequence).

/// count
struct counter {
  std::uint64_t n = 0;

  void reserve(const input&) {}
  void add(const input&) noexcept { ++n; }
  void merge(const counter& other) { n += other.n; }
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);
};

/// sum and mean of integers, decimals and durations: units in 128 bits, which 2^64 events cannot
/// overflow.
struct unit_total {
  std::uint64_t n = 0;
  std::uint64_t low = 0;
  std::int64_t high = 0;

  [[nodiscard]] base::int128 units() const;
  void reserve(const input&) {}
  void add(const input& in) noexcept;
  void merge(const unit_total& other);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);

 private:
  void add_units(base::int128 units) noexcept;
};

/// sum and mean of numbers.
struct number_total {
  std::uint64_t n = 0;
  exact_sum sum;

  void reserve(const input& in) { sum.reserve(term::of(in.value.as_number())); }
  void add(const input& in) noexcept;
  void merge(const number_total& other);
  [[nodiscard]] std::size_t heap_bytes() const { return sum.heap_bytes(); }
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);
};

/// stddev, of anything numeric; of a decimal's units.
class moments {
 public:
  void reserve(const input& in);
  void add(const input& in) noexcept;
  void merge(const moments& other);
  /// The sample's standard deviation (n - 1) in units, from n·Σx² - (Σx)² without cancellation;
  /// needs two values.
  [[nodiscard]] double deviation() const;
  [[nodiscard]] std::uint64_t n() const { return n_; }
  [[nodiscard]] std::size_t heap_bytes() const;
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);

  moments() = default;
  moments(const moments& other);
  moments(moments&&) noexcept = default;
  moments& operator=(moments other) noexcept;
  ~moments() = default;

 private:
  struct sums {
    exact_sum of_values;
    exact_sum of_squares;
  };
  std::uint64_t n_ = 0;
  std::unique_ptr<sums> sums_;
};

/// One value of any type or none, its text owned. Sixteen bytes, because every key has some.
class kept {
 public:
  kept() = default;
  kept(const kept& other);
  kept(kept&& other) noexcept;
  kept& operator=(kept other) noexcept;
  ~kept();

  [[nodiscard]] bool any() const { return any_; }
  void reserve(const base::value& v);
  /// After `reserve` of the same value. All values of one object have one type.
  void assign(const base::value& v) noexcept;
  /// A text lives as long as this, unchanged. Null when there is none.
  [[nodiscard]] base::value get() const;
  [[nodiscard]] std::size_t heap_bytes() const;
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);

 private:
  void hold_text(std::string text);

  union content {
    std::int64_t word = 0;
    /// Of strings; owned, and there as soon as `type_` says so.
    std::string* text;
  };

  void swap(kept& other) noexcept;

  base::value_type type_;
  bool any_ = false;
  content held_;
};

/// min (sign -1) and max (sign 1).
template <int sign>
struct extreme {
  window::kept kept;

  void reserve(const input& in) { kept.reserve(in.value); }
  void add(const input& in) noexcept;
  void merge(const extreme& other);
  [[nodiscard]] std::size_t heap_bytes() const { return kept.heap_bytes(); }
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);
};
using least = extreme<-1>;
using greatest = extreme<1>;

/// first (sign -1) and last (sign 1), in the order in which the stage handed the events over.
template <int sign>
struct edge {
  /// 0: none.
  std::uint64_t sequence = 0;
  window::kept kept;

  void reserve(const input& in) { kept.reserve(in.value); }
  void add(const input& in) noexcept;
  void merge(const edge& other);
  [[nodiscard]] std::size_t heap_bytes() const { return kept.heap_bytes(); }
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);
};
using earliest = edge<-1>;
using latest = edge<1>;

/// quantile
class sketch {
 public:
  void reserve(const input& in);
  void add(const input& in) noexcept;
  void merge(const sketch& other);
  [[nodiscard]] std::optional<double> quantile(double q) const;
  [[nodiscard]] std::size_t heap_bytes() const;
  void save(base::packer& to) const;
  void load(base::unpacker& from, base::value_type type);

  sketch() = default;
  sketch(const sketch& other);
  sketch(sketch&&) noexcept = default;
  sketch& operator=(sketch other) noexcept;
  ~sketch() = default;

 private:
  std::unique_ptr<ddsketch> bins_;
};

static_assert(sizeof(unit_total) == 24 && sizeof(edge<1>) == 24 && sizeof(number_total) == 24,
              "an accumulator takes 32 bytes");

using accumulator = std::variant<counter, unit_total, number_total, moments, least, greatest,
                                 earliest, latest, sketch>;

}  // namespace aisle::window
