// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/exact_sum.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace aisle::window {
namespace {

using wide = term::magnitude_type;
constexpr int limb_bits = 64;
/// A square of a double is below 2^2048 and a multiple of 2^-2148; 2^64 terms of it need one limb
/// more at the top, and the square of the sum twice as much, which is never saved.
constexpr int limbs_saved_max = (2048 + 2148) / limb_bits + 4;
constexpr int low_saved_min = -2148 / limb_bits - 1;

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

bool is_sign(std::uint64_t limb) { return limb == 0 || limb == all_ones; }

int floor_to_limb(int exponent) { return exponent >> 6; }

int bits_of(wide magnitude) {
  const auto high = static_cast<std::uint64_t>(magnitude >> limb_bits);
  return high != 0 ? 128 - std::countl_zero(high)
                   : limb_bits - std::countl_zero(static_cast<std::uint64_t>(magnitude));
}

/// Zeros at the end make no limb: 3.0 needs none behind the point.
term normal(wide magnitude, int exponent, bool negative) {
  if (magnitude == 0) {
    return {};
  }
  const auto low = static_cast<std::uint64_t>(magnitude);
  const int zeros =
      low != 0 ? std::countr_zero(low)
               : limb_bits + std::countr_zero(static_cast<std::uint64_t>(magnitude >> limb_bits));
  return {magnitude >> zeros, exponent + zeros, negative};
}

std::uint64_t magnitude_of(std::int64_t integer) {
  const auto bits = static_cast<std::uint64_t>(integer);
  return integer < 0 ? 0 - bits : bits;
}

struct parts {
  std::uint64_t mantissa = 0;
  int exponent = 0;
};

parts parts_of(double number) {
  int exponent = 0;
  const double fraction = std::frexp(std::abs(number), &exponent);
  return {static_cast<std::uint64_t>(std::ldexp(fraction, 53)), exponent - 53};
}

/// The limbs of a term, as they lie from limb `low` on.
struct placed {
  std::array<std::uint64_t, 3> limbs{};
  int low = 0;
};

placed place(const term& t) {
  placed p{.low = floor_to_limb(t.exponent)};
  const int shift = t.exponent - p.low * limb_bits;
  const wide lower = t.magnitude << shift;
  const wide carried = shift == 0 ? 0 : t.magnitude >> (128 - shift);
  p.limbs = {static_cast<std::uint64_t>(lower), static_cast<std::uint64_t>(lower >> limb_bits),
             static_cast<std::uint64_t>(carried)};
  return p;
}

}  // namespace

term term::of(std::int64_t integer) { return normal(magnitude_of(integer), 0, integer < 0); }

term term::of(double number) {
  const auto [mantissa, exponent] = parts_of(number);
  return normal(mantissa, exponent, number < 0);
}

term term::square_of(std::int64_t integer) {
  const wide magnitude = magnitude_of(integer);
  return normal(magnitude * magnitude, 0, false);
}

term term::square_of(double number) {
  const auto [mantissa, exponent] = parts_of(number);
  return normal(wide{mantissa} * mantissa, 2 * exponent, false);
}

exact_sum::exact_sum(const exact_sum& other) : low_{other.low_}, size_{other.size_} {
  if (size_ > 0) {
    limbs_ = std::make_unique_for_overwrite<std::uint64_t[]>(size_);
    std::copy_n(other.limbs_.get(), size_, limbs_.get());
  }
}

exact_sum& exact_sum::operator=(exact_sum other) noexcept {
  limbs_ = std::move(other.limbs_);
  low_ = other.low_;
  size_ = other.size_;
  return *this;
}

std::uint64_t exact_sum::sign_limb() const {
  return size_ > 0 && limbs_[size_ - 1U] >> 63 != 0 ? all_ones : 0;
}

void exact_sum::cover(int low, int top) {
  const int old_low = size_ > 0 ? low_ : low;
  const int old_top = old_low + size_;
  const bool is_full = size_ > 0 && !is_sign(limbs_[size_ - 1U]);
  const int new_low = std::min(old_low, low);
  const int new_top = std::max(top + 1, old_top + (is_full ? 1 : 0));
  if (new_low == old_low && new_top <= old_top) {
    return;
  }
  const auto size = static_cast<std::size_t>(std::max(new_top, old_top) - new_low);
  auto grown = std::make_unique_for_overwrite<std::uint64_t[]>(size);
  const auto zeros = static_cast<std::size_t>(old_low - new_low);
  std::fill_n(grown.get(), zeros, 0);
  std::copy_n(limbs_.get(), size_, grown.get() + zeros);
  std::fill_n(grown.get() + zeros + size_, size - zeros - size_, sign_limb());
  limbs_ = std::move(grown);
  low_ = static_cast<std::int16_t>(new_low);
  size_ = static_cast<std::uint16_t>(size);
}

void exact_sum::reserve(const term& t) {
  if (t.magnitude != 0) {
    cover(floor_to_limb(t.exponent), floor_to_limb(t.exponent + bits_of(t.magnitude) - 1) + 1);
  }
}

void exact_sum::add(const term& t) noexcept {
  if (t.magnitude == 0) {
    return;
  }
  auto p = place(t);
  if (t.negative) {
    bool carry = true;
    for (auto& limb : p.limbs) {
      limb = ~limb + (carry ? 1 : 0);
      carry = carry && limb == 0;
    }
  }
  add_limbs(p.limbs, p.low, t.negative ? all_ones : 0);
}

void exact_sum::add_limbs(std::span<const std::uint64_t> limbs, int low,
                          std::uint64_t extension) noexcept {
  wide carry = 0;
  const auto first = static_cast<std::size_t>(low - low_);
  for (std::size_t i = first; i < size_; ++i) {
    const auto addend = i - first < limbs.size() ? limbs[i - first] : extension;
    carry += wide{limbs_[i]} + addend;
    limbs_[i] = static_cast<std::uint64_t>(carry);
    carry >>= limb_bits;
  }
}

void exact_sum::merge(const exact_sum& other) {
  if (other.size_ == 0) {
    return;
  }
  // The other's highest limb counts as one more to cover unless it holds nothing but the sign.
  const int full = is_sign(other.limbs_[other.size_ - 1U]) ? 0 : 1;
  cover(other.low_, other.low_ + other.size_ - 1 + full);
  add_limbs({other.limbs_.get(), other.size_}, other.low_, other.sign_limb());
}

std::vector<std::uint64_t> exact_sum::magnitude() const {
  std::vector<std::uint64_t> limbs(limbs_.get(), limbs_.get() + size_);
  if (is_negative()) {
    bool carry = true;
    for (auto& limb : limbs) {
      limb = ~limb + (carry ? 1 : 0);
      carry = carry && limb == 0;
    }
  }
  return limbs;
}

exact_sum::rounded exact_sum::round() const {
  const auto limbs = magnitude();
  auto top = limbs.size();
  while (top > 0 && limbs[top - 1] == 0) {
    --top;
  }
  if (top == 0) {
    return {};
  }
  // 64 bits from the first set one on; the last stands for all that follow, so that ties stay ties.
  const int shift = std::countl_zero(limbs[top - 1]);
  std::uint64_t head = limbs[top - 1] << shift;
  std::uint64_t rest = 0;
  if (top > 1) {
    head |= shift == 0 ? 0 : limbs[top - 2] >> (limb_bits - shift);
    rest = limbs[top - 2] << shift;
  }
  const bool more =
      rest != 0 ||
      (top > 2 && std::any_of(limbs.begin(), limbs.begin() + static_cast<long>(top) - 2,
                              [](std::uint64_t limb) { return limb != 0; }));
  const auto nearest = static_cast<double>(head | (more ? 1 : 0));
  int exponent = 0;
  const double fraction = std::frexp(nearest, &exponent);
  const int lowest_bit = (low_ + static_cast<int>(top) - 1) * limb_bits - shift;
  return {(is_negative() ? -2 : 2) * fraction, lowest_bit + exponent - 1};
}

double exact_sum::to_double() const {
  const auto r = round();
  return std::ldexp(r.m, r.exponent);
}

exact_sum exact_sum::of_magnitude(const std::vector<std::uint64_t>& limbs, int low) {
  exact_sum made;
  made.cover(low, low + static_cast<int>(limbs.size()));
  std::fill_n(made.limbs_.get(), made.size_, 0);
  std::ranges::copy(limbs, made.limbs_.get());
  return made;
}

exact_sum exact_sum::times(std::uint64_t factor) const {
  auto limbs = magnitude();
  wide carry = 0;
  for (auto& limb : limbs) {
    carry += wide{limb} * factor;
    limb = static_cast<std::uint64_t>(carry);
    carry >>= limb_bits;
  }
  limbs.push_back(static_cast<std::uint64_t>(carry));
  const auto product = of_magnitude(limbs, low_);
  return is_negative() ? exact_sum{}.minus(product) : product;
}

exact_sum exact_sum::squared() const {
  const auto limbs = magnitude();
  std::vector<std::uint64_t> product(limbs.size() * 2);
  for (std::size_t i = 0; i < limbs.size(); ++i) {
    wide carry = 0;
    for (std::size_t j = 0; j < limbs.size(); ++j) {
      carry += wide{limbs[i]} * limbs[j] + product[i + j];
      product[i + j] = static_cast<std::uint64_t>(carry);
      carry >>= limb_bits;
    }
    product[i + limbs.size()] = static_cast<std::uint64_t>(carry);
  }
  return of_magnitude(product, 2 * low_);
}

exact_sum exact_sum::minus(const exact_sum& other) const {
  exact_sum negated{other};
  if (negated.size_ > 0) {
    negated.cover(negated.low_, negated.low_ + negated.size_);
    bool carry = true;
    for (std::size_t i = 0; i < negated.size_; ++i) {
      negated.limbs_[i] = ~negated.limbs_[i] + (carry ? 1 : 0);
      carry = carry && negated.limbs_[i] == 0;
    }
  }
  negated.merge(*this);
  return negated;
}

void exact_sum::save(base::packer& to) const {
  std::size_t first = 0;
  std::size_t last = size_;
  const auto repeats_sign = [&] {
    const auto below = limbs_[last - 2] >> 63 != 0 ? all_ones : 0;
    return limbs_[last - 1] == below;
  };
  while (first < last && limbs_[first] == 0) {
    ++first;
  }
  while (last > first + 1 && repeats_sign()) {
    --last;
  }
  to.array(static_cast<std::uint32_t>(last - first + 1));
  to.integer(first == last ? 0 : low_ + static_cast<int>(first));
  for (auto i = first; i < last; ++i) {
    to.integer(static_cast<std::int64_t>(limbs_[i]));
  }
}

void exact_sum::load(base::unpacker& from) {
  const auto items = from.array(limbs_saved_max + 1);
  const auto low = from.integer();
  if (!from.ok() || items == 0 || low < low_saved_min || low > low_saved_min + limbs_saved_max) {
    from.fail();
    return;
  }
  exact_sum loaded;
  if (items > 1) {
    loaded.limbs_ = std::make_unique<std::uint64_t[]>(items - 1);
    loaded.low_ = static_cast<std::int16_t>(low);
    loaded.size_ = static_cast<std::uint16_t>(items - 1);
  }
  for (std::size_t i = 0; i < loaded.size_; ++i) {
    loaded.limbs_[i] = static_cast<std::uint64_t>(from.integer());
  }
  if (from.ok()) {
    *this = std::move(loaded);
  }
}

}  // namespace aisle::window
