// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/decimal.hpp"

#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

namespace aisle::base {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

std::string read(std::string_view text, std::uint8_t scale) {
  const auto parsed = parse_decimal(text, scale);
  return parsed ? to_text(parsed->value) + (parsed->rounded ? " rounded" : "") : "no decimal";
}

TEST_CASE("a decimal is written with all digits of its scale") {
  CHECK(to_text(decimal{12340, 3}) == "12.340");
  CHECK(to_text(decimal{5, 3}) == "0.005");
  CHECK(to_text(decimal{-5, 3}) == "-0.005");
  CHECK(to_text(decimal{0, 2}) == "0.00");
  CHECK(to_text(decimal{-1250, 2}) == "-12.50");
  CHECK(to_text(decimal{7, 0}) == "7");
  CHECK(to_text(decimal{most, 0}) == "9223372036854775807");
  CHECK(to_text(decimal{least, 2}) == "-92233720368547758.08");
}

TEST_CASE("every way of writing a number is read: signs, points, exponents, zeros") {
  CHECK(read("12.34", 2) == "12.34");
  CHECK(read("-12.34", 2) == "-12.34");
  CHECK(read("+7", 2) == "7.00");
  CHECK(read(".5", 2) == "0.50");
  CHECK(read("5.", 2) == "5.00");
  CHECK(read("00012.3400", 2) == "12.34");
  CHECK(read("1e3", 2) == "1000.00");
  CHECK(read("1.5E+2", 2) == "150.00");
  CHECK(read("150e-2", 2) == "1.50");
  CHECK(read("-0", 2) == "0.00");
  CHECK(read("0e999999999999", 2) == "0.00");
  CHECK(read(std::string(1'000, '0') + "1", 0) == "1");
  CHECK(read("0." + std::string(1'000, '0'), 2) == "0.00");
}

TEST_CASE("what is no number is none") {
  for (const auto* const text : {"", "-", "+", ".", "e5", "1e", "1e+", "1.2.3", "1,5", " 1", "1 ",
                                 "--1", "0x10", "1e5.0", "nan", "inf", "12a", "1_000"}) {
    CAPTURE(text);
    CHECK(read(text, 2) == "no decimal");
  }
}

TEST_CASE("more digits than the scale are rounded half to even, and that is told") {
  CHECK(read("0.125", 2) == "0.12 rounded");
  CHECK(read("0.135", 2) == "0.14 rounded");
  CHECK(read("-0.125", 2) == "-0.12 rounded");
  CHECK(read("-0.135", 2) == "-0.14 rounded");
  CHECK(read("0.1251", 2) == "0.13 rounded");
  CHECK(read("0.1249", 2) == "0.12 rounded");
  CHECK(read("2.5", 0) == "2 rounded");
  CHECK(read("3.5", 0) == "4 rounded");
  CHECK(read("0.5", 0) == "0 rounded");
  CHECK(read("1e-1000", 2) == "0.00 rounded");
  CHECK(read("12.3400", 2) == "12.34");
}

TEST_CASE("a digit far behind the others breaks a tie all the same") {
  const std::string far(200, '0');
  CHECK(read("0.125" + far + "1", 2) == "0.13 rounded");
  CHECK(read("0.125" + far, 2) == "0.12 rounded");
  CHECK(read("2.5" + far + "1", 0) == "3 rounded");
}

TEST_CASE("the largest numbers are read, and one more is none") {
  CHECK(read("9223372036854775807", 0) == "9223372036854775807");
  CHECK(read("-9223372036854775808", 0) == "-9223372036854775808");
  CHECK(read("9223372036854775808", 0) == "no decimal");
  CHECK(read("-9223372036854775809", 0) == "no decimal");
  CHECK(read("92233720368547758.07", 2) == "92233720368547758.07");
  CHECK(read("92233720368547758.08", 2) == "no decimal");
  CHECK(read("92233720368547758.075", 2) == "no decimal");
  CHECK(read("1e18", 0) == "1000000000000000000");
  CHECK(read("1e19", 0) == "no decimal");
  CHECK(read("1e999999999999", 0) == "no decimal");
  CHECK(read("1" + std::string(1'000, '0'), 2) == "no decimal");
}

TEST_CASE("what is written is read back, at every scale") {
  std::mt19937_64 chance{1};
  for (int i = 0; i < 20'000; ++i) {
    const auto scale = static_cast<std::uint8_t>(chance() % (decimal_scale_max + 1));
    const decimal value{static_cast<std::int64_t>(chance()) >> (chance() % 64), scale};
    const auto parsed = parse_decimal(to_text(value), scale);
    REQUIRE(parsed.has_value());
    CHECK(parsed->value == value);
    CHECK_FALSE(parsed->rounded);
  }
}

TEST_CASE("rounding agrees with long division") {
  std::mt19937_64 chance{2};
  for (int i = 0; i < 20'000; ++i) {
    const auto units = static_cast<std::int64_t>(chance() % 2'000'001) - 1'000'000;
    const auto drop = static_cast<int>(1 + chance() % 4);
    const auto by = power_of_ten(drop);
    const auto got = rescale({units, 6}, static_cast<std::uint8_t>(6 - drop));
    REQUIRE(got.has_value());
    // Twice the distance is never more than one unit; at exactly that, the result is even.
    const auto distance = std::abs(2 * (got->units * by - units));
    CHECK(distance <= by);
    CHECK((distance < by || got->units % 2 == 0));
  }
}

TEST_CASE("a rescale that does not fit is none") {
  CHECK(rescale({most, 0}, 1) == std::nullopt);
  CHECK(rescale({least, 0}, 1) == std::nullopt);
  CHECK(rescale({most / 10, 0}, 1) == decimal{most / 10 * 10, 1});
  CHECK(rescale({1234, 2}, 2) == decimal{1234, 2});
  CHECK(rescale({least, 1}, 0) == decimal{-922337203685477581, 0});
}

TEST_CASE("a double is the nearest one as long as the units fit its 53 bits") {
  CHECK(to_double({1, 1}) == 0.1);
  CHECK(to_double({1995, 2}) == 19.95);
  CHECK(to_double({-333, 3}) == -0.333);
  CHECK(to_double({9007199254740991, 3}) == 9007199254740.991);
  std::mt19937_64 chance{3};
  for (int i = 0; i < 5'000; ++i) {
    const decimal value{static_cast<std::int64_t>(chance() >> 11),
                        static_cast<std::uint8_t>(chance() % 13)};
    CHECK(to_double(value) == std::stod(to_text(value)));
  }
}

TEST_CASE("halves go to the even neighbour on both sides of zero") {
  CHECK(divide_half_even(5, 2) == 2);
  CHECK(divide_half_even(7, 2) == 4);
  CHECK(divide_half_even(-5, 2) == -2);
  CHECK(divide_half_even(-7, 2) == -4);
  CHECK(divide_half_even(4, 3) == 1);
  CHECK(divide_half_even(5, 3) == 2);
  CHECK(divide_half_even(0, 3) == 0);
}

}  // namespace
}  // namespace aisle::base
