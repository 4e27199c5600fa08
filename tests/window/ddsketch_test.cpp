// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/ddsketch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace aisle;
using window::ddsketch;

ddsketch sketch_of(const std::vector<double>& numbers) {
  ddsketch sketch;
  for (const auto n : numbers) {
    sketch.reserve(n);
    sketch.add(n);
  }
  return sketch;
}

std::string saved(const ddsketch& sketch) {
  std::string bytes;
  base::packer to{bytes};
  sketch.save(to);
  return bytes;
}

std::vector<double> amounts(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random{seed};
  std::vector<double> numbers;
  while (numbers.size() < count) {
    const auto uniform = static_cast<double>(random() % 1'000'000 + 1) / 1e6;
    const auto size = std::exp(12 * uniform) / 100;  // 0.01 … 1,600
    numbers.push_back(random() % 5 == 0 ? -size : random() % 20 == 0 ? 0 : size);
  }
  return numbers;
}

TEST_CASE("100 lies in bin 231, which answers 100.49457") {
  CHECK(ddsketch::bin_of(100) == 231);
  CHECK(ddsketch::value_of(231) == doctest::Approx(100.49457).epsilon(1e-7));
}

TEST_CASE("from 0.01 to 100,000 it is 806 bins") {
  CHECK(ddsketch::bin_of(100'000) - ddsketch::bin_of(0.01) == 806);
}

TEST_CASE("every bin answers within 1 % of its edges") {
  for (int bin = -2'000; bin <= 2'000; ++bin) {
    const auto value = ddsketch::value_of(bin);
    const auto upper = value / 0.99;  // 2g^i/(g+1) = g^i (1 - a)
    const auto lower = value / 1.01;
    REQUIRE(ddsketch::bin_of(upper * (1 - 1e-12)) == bin);
    REQUIRE(ddsketch::bin_of(lower * (1 + 1e-12)) == bin);
    REQUIRE(ddsketch::bin_of(value) == bin);
  }
}

TEST_CASE("the smallest and the largest doubles have bins") {
  for (const auto x : {std::numeric_limits<double>::denorm_min(),
                       std::numeric_limits<double>::min(), std::numeric_limits<double>::max()}) {
    const auto sketch = sketch_of({x});
    REQUIRE(sketch.quantile(0.5));
    CHECK(std::isfinite(*sketch.quantile(0.5)));
  }
}

TEST_CASE("quantiles are within 1 % of the exact ones, negative and zero values too") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    auto numbers = amounts(seed, 1'000 + seed);
    const auto sketch = sketch_of(numbers);
    std::ranges::sort(numbers);
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.75, 0.95, 0.999, 1.0}) {
      const auto exact =
          numbers[static_cast<std::size_t>(q * static_cast<double>(numbers.size() - 1))];
      const auto got = *sketch.quantile(q);
      CAPTURE(seed);
      CAPTURE(q);
      REQUIRE(std::abs(got - exact) <= std::abs(exact) * (ddsketch::relative_error + 1e-9));
    }
  }
}

TEST_CASE("no values, no quantile") {
  CHECK_FALSE(ddsketch{}.quantile(0.5));
  CHECK(*sketch_of({0, 0}).quantile(1) == 0);
}

TEST_CASE("order and grouping change no bit, also when bins collapse") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    auto numbers = amounts(seed, 300);
    std::mt19937_64 random{seed};
    if (seed % 2 == 0) {
      for (int i = 0; i < 50; ++i) {
        numbers.push_back(std::pow(10.0, static_cast<double>(random() % 60) - 30));
        numbers.push_back(-std::pow(10.0, static_cast<double>(random() % 60) - 30));
      }
    }
    const auto straight = saved(sketch_of(numbers));
    std::ranges::shuffle(numbers, random);
    const auto cut = numbers.begin() + static_cast<std::ptrdiff_t>(random() % numbers.size());
    auto left = sketch_of(std::vector<double>(numbers.begin(), cut));
    left.merge(sketch_of(std::vector<double>(cut, numbers.end())));
    REQUIRE(saved(left) == straight);
  }
}

TEST_CASE("only what lies 2,048 bins below the largest loses precision") {
  const auto sketch = sketch_of({1e-12, 1e-9, 5.0, 1e10});
  CHECK(sketch.count() == 4);
  CHECK(*sketch.quantile(1) == doctest::Approx(1e10).epsilon(0.0101));
  CHECK(*sketch.quantile(0.7) == doctest::Approx(5.0).epsilon(0.0101));
  const auto lowest = ddsketch::value_of(ddsketch::bin_of(1e10) - ddsketch::bins_max + 1);
  CHECK(*sketch.quantile(0) == lowest);
  CHECK(*sketch.quantile(0.34) == lowest);
}

TEST_CASE("a sketch is small when it holds little, and bounded when it holds much") {
  CHECK(sketch_of({12.5, 12.5, 12.6, 80}).heap_bytes() <= 48);
  ddsketch sketch;
  for (int i = -300; i <= 300; ++i) {
    for (int step = 0; step < 40; ++step) {
      const double x = std::pow(10.0, i / 2.0 + step / 80.0);
      sketch.reserve(x);
      sketch.add(x);
    }
  }
  CHECK(sketch.heap_bytes() <= 2 * (ddsketch::bins_max * 8 + 16));
}

TEST_CASE("a saved sketch loads, whole or not at all") {
  const auto bytes = saved(sketch_of(amounts(3, 200)));
  base::unpacker from{bytes};
  ddsketch loaded;
  loaded.load(from);
  CHECK(from.done());
  CHECK(saved(loaded) == bytes);

  std::string backwards;
  base::packer to{backwards};
  to.integer(0);
  to.array(0);
  to.array(4);
  for (const std::int64_t n : {5, 1, 4, 1}) {
    to.integer(n);
  }
  base::unpacker hostile{backwards};
  ddsketch untouched;
  untouched.load(hostile);
  CHECK_FALSE(hostile.ok());
  CHECK(untouched.count() == 0);
}

}  // namespace
