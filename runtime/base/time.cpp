// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/time.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace aisle::base {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

struct unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array units{unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000},
                           unit{"s", 1'000}, unit{"ms", 1}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads exactly `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) {
    return std::nullopt;
  }
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) {
      return std::nullopt;
    }
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

bool take_any(std::string_view& text, std::string_view expected) {
  if (text.empty() || expected.find(text.front()) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) {
    return std::nullopt;
  }
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) {
    return std::nullopt;
  }
  const auto day = take_digits(text, 2);
  if (!day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  return date.ok() ? std::optional{sys_days{date}} : std::nullopt;
}

/// Digits beyond the third are read and dropped: times are cut to the millisecond they fall in.
std::optional<duration> take_fraction(std::string_view& text) {
  if (!take(text, '.')) {
    return duration{0};
  }
  int ms = 0;
  int scale = 100;
  std::size_t digits = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
    ms += (text.front() - '0') * scale;
    scale /= 10;
  }
  return digits == 0 ? std::nullopt : std::optional{duration{ms}};
}

std::optional<duration> take_time_of_day(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) {
    return std::nullopt;
  }
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) {
    return std::nullopt;
  }
  // A leap second (:60) is taken as the first moment of the next minute, as POSIX time has it.
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  const auto fraction = take_fraction(text);
  if (!fraction) {
    return std::nullopt;
  }
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second} +
         *fraction;
}

std::optional<duration> take_utc_offset(std::string_view& text) {
  if (take_any(text, "Zz")) {
    return duration{0};
  }
  const bool minus = !text.empty() && text.front() == '-';
  if (!take_any(text, "+-")) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) {
    return std::nullopt;
  }
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const duration span = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return minus ? -span : span;
}

void append_padded(std::string& to, unsigned number, int width) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  to.append(digits, static_cast<std::size_t>(width));
}

}  // namespace

void append_rfc3339(std::string& to, event_time time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const auto ms = static_cast<unsigned>((time - day).count());
  append_padded(to, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  to += '-';
  append_padded(to, static_cast<unsigned>(date.month()), 2);
  to += '-';
  append_padded(to, static_cast<unsigned>(date.day()), 2);
  to += 'T';
  append_padded(to, ms / 3'600'000, 2);
  to += ':';
  append_padded(to, ms / 60'000 % 60, 2);
  to += ':';
  append_padded(to, ms / 1'000 % 60, 2);
  to += '.';
  append_padded(to, ms % 1'000, 3);
  to += 'Z';
}

std::string to_rfc3339(event_time time) {
  std::string text;
  text.reserve(24);
  append_rfc3339(text, time);
  return text;
}

std::optional<event_time> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take_any(text, "Tt ")) {
    return std::nullopt;
  }
  const auto time_of_day = take_time_of_day(text);
  if (!time_of_day) {
    return std::nullopt;
  }
  const auto utc_offset = take_utc_offset(text);
  if (!utc_offset || !text.empty()) {
    return std::nullopt;
  }
  return event_time{*date} + *time_of_day - *utc_offset;
}

std::optional<duration> parse_duration(std::string_view text) {
  constexpr std::int64_t longest_ms = 36'525LL * 86'400'000;  // a century; more is a mistake
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  if (text.empty()) {
    return std::nullopt;
  }
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t digits = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
      number = number * 10 + (text.front() - '0');
      if (number > longest_ms) {
        return std::nullopt;
      }
    }
    const auto name = text.substr(0, text.find_first_of("0123456789"));
    text.remove_prefix(name.size());
    while (next_unit < units.size() && units[next_unit].name != name) {
      ++next_unit;
    }
    if (digits == 0 || next_unit == units.size()) {
      return std::nullopt;
    }
    if (number > longest_ms / units[next_unit].ms) {
      return std::nullopt;
    }
    total += number * units[next_unit++].ms;
    if (total > longest_ms) {
      return std::nullopt;
    }
  }
  return duration{total};
}

std::string to_text(duration span) {
  if (span.count() == 0) {
    return "0s";
  }
  std::string text = span.count() < 0 ? "-" : "";
  auto rest = span.count();
  for (const auto& unit : units) {
    if (const auto whole = rest / unit.ms; whole != 0) {
      text += std::to_string(whole < 0 ? -whole : whole);
      text += unit.name;
      rest %= unit.ms;
    }
  }
  return text;
}

}  // namespace aisle::base
