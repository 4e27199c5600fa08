// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/exact_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace aisle;
using window::exact_sum;
using window::term;

template <class Number>
exact_sum sum_of(const std::vector<Number>& numbers) {
  exact_sum sum;
  for (const auto n : numbers) {
    sum.reserve(term::of(n));
    sum.add(term::of(n));
  }
  return sum;
}

std::string saved(const exact_sum& sum) {
  std::string bytes;
  base::packer to{bytes};
  sum.save(to);
  return bytes;
}

std::vector<double> wild(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random{seed};
  std::vector<double> numbers;
  while (numbers.size() < count) {
    const auto exponent = static_cast<int>(random() % 600) - 300;
    const auto mantissa = static_cast<double>(static_cast<std::int64_t>(random()));
    numbers.push_back(std::ldexp(mantissa, exponent));
  }
  return numbers;
}

TEST_CASE("sums of doubles lose nothing") {
  CHECK(sum_of<double>({}).to_double() == 0);
  CHECK(sum_of<double>({0.0, -0.0}).to_double() == 0);
  CHECK(sum_of<double>({1.5}).to_double() == 1.5);
  CHECK(sum_of<double>({1e308, 1.0, -1e308}).to_double() == 1);
  CHECK(sum_of<double>({1e16, 1.0, 1.0, -1e16}).to_double() == 2);
  CHECK(sum_of<double>({5e-324, -5e-324, 5e-324}).to_double() == 5e-324);
  CHECK(sum_of<double>({1e308, 1e308}).to_double() == std::numeric_limits<double>::infinity());
  CHECK(sum_of<double>({1e308, 1e308, -1e308}).to_double() == 1e308);
  CHECK(sum_of<double>({-3.25, 1.0}).to_double() == -2.25);
  CHECK(sum_of(std::vector<double>(10, 0.1)).to_double() == 1.0);
}

TEST_CASE("the result is the nearest double, ties to even") {
  const double one_and_half_bit = std::ldexp(1.0, -53);
  CHECK(sum_of<double>({1.0, one_and_half_bit}).to_double() == 1.0);
  CHECK(sum_of<double>({1.0, one_and_half_bit, 1e-300}).to_double() == std::nextafter(1.0, 2.0));
  const double odd = std::nextafter(1.0, 2.0);
  CHECK(sum_of<double>({odd, one_and_half_bit}).to_double() == std::nextafter(odd, 2.0));
  CHECK(sum_of<double>({-odd, -one_and_half_bit}).to_double() == -std::nextafter(odd, 2.0));
}

TEST_CASE("integers of any size are added exactly") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  CHECK(sum_of<std::int64_t>({most, most, most}).to_double() == 3 * 0x1p63);
  CHECK(sum_of<std::int64_t>({least, most}).to_double() == -1);
  CHECK(sum_of<std::int64_t>({least, least, most, most, 2}).to_double() == 0);
}

TEST_CASE("order and grouping change no bit") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    auto numbers = wild(seed, 60);
    const auto straight = saved(sum_of(numbers));
    std::mt19937_64 random{seed};
    std::ranges::shuffle(numbers, random);
    const auto cut = numbers.begin() + static_cast<std::ptrdiff_t>(random() % numbers.size());
    auto left = sum_of(std::vector<double>(numbers.begin(), cut));
    left.merge(sum_of(std::vector<double>(cut, numbers.end())));
    REQUIRE(saved(left) == straight);
  }
}

TEST_CASE("what was added can be taken away to the last bit") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    auto numbers = wild(seed, 40);
    const auto kept = std::vector<double>(numbers.begin(), numbers.begin() + 10);
    for (std::size_t i = 10; i < 40; ++i) {
      numbers.push_back(-numbers[i]);
    }
    REQUIRE(saved(sum_of(numbers)) == saved(sum_of(kept)));
    REQUIRE(saved(sum_of(numbers).minus(sum_of(kept))) == saved(exact_sum{}));
  }
}

TEST_CASE("products are exact") {
  const auto five = sum_of<double>({2.5, 2.5});
  CHECK(five.squared().to_double() == 25);
  CHECK(five.times(3).to_double() == 15);
  CHECK(exact_sum{}.minus(five).times(4).to_double() == -20);
  CHECK(exact_sum{}.minus(five).squared().to_double() == 25);
  // (2^60 + 1)^2 - 2^120 = 2^61 + 1
  const auto big = sum_of<std::int64_t>({1LL << 60, 1});
  auto power = sum_of<double>({0x1p120});
  CHECK(saved(big.squared().minus(power)) == saved(sum_of<std::int64_t>({1LL << 61, 1})));
}

TEST_CASE("squares of numbers are exact") {
  exact_sum squares;
  for (const auto t : {term::square_of(0.1), term::square_of(std::int64_t{-3})}) {
    squares.reserve(t);
    squares.add(t);
  }
  const auto tenth = sum_of<double>({0.1});
  CHECK(saved(squares.minus(sum_of<std::int64_t>({9}))) == saved(tenth.squared()));
}

TEST_CASE("a saved sum loads, whole or not at all") {
  for (const auto& sum : {exact_sum{}, sum_of<double>({-1e300, 3e-300}), sum_of<double>({-0.5})}) {
    const auto bytes = saved(sum);
    base::unpacker from{bytes};
    exact_sum loaded;
    loaded.load(from);
    CHECK(from.done());
    CHECK(saved(loaded) == bytes);
  }
  base::unpacker none{"\x91\xC0"};
  exact_sum loaded;
  loaded.load(none);
  CHECK_FALSE(none.ok());
}

TEST_CASE("everyday numbers need few bytes") {
  std::vector<double> amounts;
  for (int i = 1; i <= 10'000; ++i) {
    amounts.push_back(i * 0.37);
  }
  CHECK(sum_of(amounts).heap_bytes() <= 32);
}

}  // namespace
