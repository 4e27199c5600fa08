// SPDX-License-Identifier: Apache-2.0
#include "tools/world/text.hpp"

#include <array>
#include <charconv>

namespace aisle::world {
namespace {

void put_clock(std::string& to, instant shown) {
  const auto date = std::chrono::floor<std::chrono::days>(shown);
  const auto clock = static_cast<std::uint64_t>((shown - instant{date}).count());
  put_date(to, date);
  to += 'T';
  put_digits(to, clock / 3'600'000, 2);
  to += ':';
  put_digits(to, clock / 60'000 % 60, 2);
  to += ':';
  put_digits(to, clock / 1'000 % 60, 2);
  to += '.';
  put_digits(to, clock % 1'000, 3);
}

}  // namespace

void put_digits(std::string& to, std::uint64_t value, int width) {
  std::array<char, 24> digits;
  auto at = digits.size();
  for (; value > 0 || width > 0; value /= 10, --width) {
    digits[--at] = static_cast<char>('0' + value % 10);
  }
  to.append(digits.data() + at, digits.size() - at);
}

void put_whole(std::string& to, std::int64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  to.append(digits.data(), end);
}

void put_money(std::string& to, money value) {
  if (value.cents < 0) {
    to += '-';
    value.cents = -value.cents;
  }
  put_whole(to, value.cents / 100);
  to += '.';
  put_digits(to, static_cast<std::uint64_t>(value.cents % 100), 2);
}

void put_date(std::string& to, calendar_day date) {
  const std::chrono::year_month_day day{date};
  put_digits(to, static_cast<std::uint64_t>(static_cast<int>(day.year())), 4);
  to += '-';
  put_digits(to, static_cast<unsigned>(day.month()), 2);
  to += '-';
  put_digits(to, static_cast<unsigned>(day.day()), 2);
}

void put_local_time(std::string& to, instant moment, milliseconds offset) {
  put_clock(to, moment + offset);
  const auto minutes = std::chrono::floor<std::chrono::minutes>(offset).count();
  const auto size = static_cast<std::uint64_t>(minutes < 0 ? -minutes : minutes);
  to += minutes < 0 ? '-' : '+';
  put_digits(to, size / 60, 2);
  to += ':';
  put_digits(to, size % 60, 2);
}

void put_utc_time(std::string& to, instant moment) {
  put_clock(to, moment);
  to += 'Z';
}

std::string as_text(money value) {
  std::string text;
  put_money(text, value);
  return text;
}

std::string as_text(calendar_day date) {
  std::string text;
  put_date(text, date);
  return text;
}

}  // namespace aisle::world
