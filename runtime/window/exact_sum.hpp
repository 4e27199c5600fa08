// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "runtime/base/decimal.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/base/pack.hpp"

namespace aisle::window {

/// One term of an exact_sum: ±magnitude · 2^exponent.
struct term {
  __extension__ using magnitude_type = unsigned __int128;

  magnitude_type magnitude = 0;
  int exponent = 0;
  bool negative = false;

  [[nodiscard]] static term of(std::int64_t integer);
  /// `number` is finite.
  [[nodiscard]] static term of(double number);
  [[nodiscard]] static term square_of(std::int64_t integer);
  [[nodiscard]] static term square_of(double number);
};

/// A sum of integers, doubles and their squares without any rounding, and so the same whatever the
/// order and the grouping of its terms: an integer in two's complement times 2^(64·low). It grows
/// with the spread of its terms: two or three limbs of 8 bytes for everyday numbers, at most some
/// 70 for any doubles.
class exact_sum {
 public:
  exact_sum() = default;
  exact_sum(const exact_sum& other);
  exact_sum(exact_sum&& other) noexcept
      : limbs_{std::move(other.limbs_)},
        low_{std::exchange(other.low_, std::int16_t{0})},
        size_{std::exchange(other.size_, std::uint16_t{0})} {}
  exact_sum& operator=(exact_sum other) noexcept;
  ~exact_sum() = default;

  /// Makes room, so that adding the term next cannot fail. The sum stays what it is, also when this
  /// throws.
  void reserve(const term& t);
  /// After `reserve` of the same term.
  void add(const term& t) noexcept;
  void merge(const exact_sum& other);

  /// The nearest double (ties to even) as m · 2^exponent with 1 ≤ |m| < 2, or 0.
  struct rounded {
    double m = 0;
    int exponent = 0;
  };
  [[nodiscard]] rounded round() const;
  /// The nearest double; an infinity when it is beyond all doubles.
  [[nodiscard]] double to_double() const;

  /// factor · this. `factor` is below 2^63.
  [[nodiscard]] exact_sum times(std::uint64_t factor) const;
  [[nodiscard]] exact_sum squared() const;
  [[nodiscard]] exact_sum minus(const exact_sum& other) const;

  [[nodiscard]] std::size_t heap_bytes() const {
    return base::heap_block(size_ * sizeof(std::uint64_t));
  }
  /// Equal sums are saved as equal bytes.
  void save(base::packer& to) const;
  void load(base::unpacker& from);

 private:
  [[nodiscard]] std::uint64_t sign_limb() const;
  [[nodiscard]] bool is_negative() const { return sign_limb() != 0; }
  /// Room for limbs [low, top), and one above that holds nothing but the sign.
  void cover(int low, int top);
  void add_limbs(std::span<const std::uint64_t> limbs, int low, std::uint64_t extension) noexcept;
  [[nodiscard]] std::vector<std::uint64_t> magnitude() const;
  static exact_sum of_magnitude(const std::vector<std::uint64_t>& limbs, int low);

  std::unique_ptr<std::uint64_t[]> limbs_;
  std::int16_t low_ = 0;
  std::uint16_t size_ = 0;
};

}  // namespace aisle::window
