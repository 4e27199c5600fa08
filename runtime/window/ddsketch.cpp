// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/ddsketch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

#include "runtime/base/check.hpp"
#include "runtime/base/heap.hpp"

namespace aisle::window {
namespace {

constexpr double gamma = (1 + ddsketch::relative_error) / (1 - ddsketch::relative_error);
/// ln 1.01/0.99
constexpr double log_gamma = 0.020000666706669435;
/// The bins of the smallest and the largest double.
constexpr std::int32_t index_max = 40'000;
/// Ranks are computed in doubles, which hold every count of bins and this one exactly.
constexpr std::int64_t count_max = 1LL << 48;

/// gamma^exponent by repeated squaring: the same bits wherever doubles are IEEE 754.
double power(std::int32_t exponent) {
  auto left = static_cast<std::uint32_t>(std::abs(exponent));
  double result = 1;
  for (double factor = gamma; left != 0; left >>= 1, factor *= factor) {
    result *= (left & 1) != 0 ? factor : 1;
  }
  return exponent < 0 ? 1 / result : result;
}

std::uint32_t saturated(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::int32_t ddsketch::bin_of(double positive) {
  const double exact = std::log(positive) / log_gamma;
  const double nearest = std::round(exact);
  // Libraries differ in the last bits of a logarithm. So close to a bin's edge the edge itself
  // decides.
  constexpr double doubtful = 1e-8;
  if (std::abs(exact - nearest) < doubtful) {
    const auto edge = static_cast<std::int32_t>(nearest);
    return positive <= power(edge) ? edge : edge + 1;
  }
  return static_cast<std::int32_t>(std::ceil(exact));
}

double ddsketch::value_of(std::int32_t bin) {
  return std::min(2 / (gamma + 1) * power(bin), std::numeric_limits<double>::max());
}

void ddsketch::side::reserve(std::int32_t index) {
  const auto at = std::ranges::lower_bound(bins_, index, {}, &bin::index);
  const bool is_there = at != bins_.end() && at->index == index;
  if (!is_there && bins_.size() == bins_.capacity()) {
    bins_.reserve(std::max<std::size_t>(4, bins_.size() + bins_.size() / 2));
  }
}

void ddsketch::side::add(std::int32_t index) noexcept {
  if (!bins_.empty()) {
    index = std::max(index, bins_.back().index - bins_max + 1);
  }
  const auto at = std::ranges::lower_bound(bins_, index, {}, &bin::index);
  if (at != bins_.end() && at->index == index) {
    at->count = saturated(std::uint64_t{at->count} + 1);
    return;
  }
  bins_.insert(at, bin{index, 1});
  collapse();
}

void ddsketch::side::collapse() noexcept {
  const auto lowest = bins_.back().index - bins_max + 1;
  if (bins_.front().index >= lowest) {
    return;
  }
  std::uint64_t below = 0;
  auto first_kept = bins_.begin();
  for (; first_kept->index < lowest; ++first_kept) {
    below += first_kept->count;
  }
  if (first_kept->index == lowest) {
    first_kept->count = saturated(first_kept->count + below);
  } else {
    --first_kept;
    *first_kept = {lowest, saturated(below)};
  }
  bins_.erase(bins_.begin(), first_kept);
}

void ddsketch::side::merge(const side& other) {
  std::vector<bin> merged;
  merged.reserve(bins_.size() + other.bins_.size());
  auto a = bins_.begin();
  auto b = other.bins_.begin();
  while (a != bins_.end() && b != other.bins_.end()) {
    if (a->index == b->index) {
      merged.push_back({a->index, saturated(std::uint64_t{a->count} + b->count)});
      ++a, ++b;
    } else {
      merged.push_back(a->index < b->index ? *a++ : *b++);
    }
  }
  merged.insert(merged.end(), a, bins_.end());
  merged.insert(merged.end(), b, other.bins_.end());
  bins_ = std::move(merged);
  if (!bins_.empty()) {
    collapse();
  }
}

void ddsketch::reserve(double number) {
  if (number > 0) {
    positive_.reserve(bin_of(number));
  } else if (number < 0) {
    negative_.reserve(bin_of(-number));
  }
}

void ddsketch::add(double number) noexcept {
  if (number > 0) {
    positive_.add(bin_of(number));
  } else if (number < 0) {
    negative_.add(bin_of(-number));
  } else {
    ++zeros_;
  }
}

void ddsketch::merge(const ddsketch& other) {
  auto positive = positive_;
  positive.merge(other.positive_);
  negative_.merge(other.negative_);
  positive_ = std::move(positive);
  zeros_ += other.zeros_;
}

std::uint64_t ddsketch::count() const {
  auto n = zeros_;
  for (const auto* side : {&positive_, &negative_}) {
    for (const auto& b : side->bins()) {
      n += b.count;
    }
  }
  return n;
}

std::optional<double> ddsketch::quantile(double q) const {
  const auto n = count();
  if (n == 0) {
    return std::nullopt;
  }
  auto left = static_cast<std::uint64_t>(q * static_cast<double>(n - 1));
  for (const auto& b : negative_.bins() | std::views::reverse) {
    if (left < b.count) {
      return -value_of(b.index);
    }
    left -= b.count;
  }
  if (left < zeros_) {
    return 0;
  }
  left -= zeros_;
  for (const auto& b : positive_.bins()) {
    if (left < b.count) {
      return value_of(b.index);
    }
    left -= b.count;
  }
  base::die("a rank lies below the count");
}

std::size_t ddsketch::heap_bytes() const {
  return base::heap_of(positive_.bins()) + base::heap_of(negative_.bins());
}

void ddsketch::side::save(base::packer& to) const {
  to.array(static_cast<std::uint32_t>(bins_.size() * 2));
  for (const auto& b : bins_) {
    to.integer(b.index);
    to.integer(b.count);
  }
}

void ddsketch::side::load(base::unpacker& from) {
  const auto items = from.array(2 * bins_max);
  std::vector<bin> loaded(items / 2);
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    const auto index = from.integer();
    const auto count = from.integer();
    const bool fits = index >= -index_max && index <= index_max && count > 0 &&
                      count <= std::numeric_limits<std::uint32_t>::max() &&
                      (i == 0 || index > loaded[i - 1].index);
    if (!from.ok() || !fits) {
      from.fail();
      return;
    }
    loaded[i] = {static_cast<std::int32_t>(index), static_cast<std::uint32_t>(count)};
  }
  const bool too_wide = !loaded.empty() && loaded.back().index - loaded.front().index >= bins_max;
  if (!from.ok() || items % 2 != 0 || too_wide) {
    from.fail();
    return;
  }
  bins_ = std::move(loaded);
}

void ddsketch::save(base::packer& to) const {
  to.integer(static_cast<std::int64_t>(zeros_));
  negative_.save(to);
  positive_.save(to);
}

void ddsketch::load(base::unpacker& from) {
  ddsketch loaded;
  const auto zeros = from.integer();
  if (zeros < 0 || zeros > count_max) {
    from.fail();
    return;
  }
  loaded.zeros_ = static_cast<std::uint64_t>(zeros);
  loaded.negative_.load(from);
  loaded.positive_.load(from);
  if (from.ok()) {
    *this = std::move(loaded);
  }
}

}  // namespace aisle::window
