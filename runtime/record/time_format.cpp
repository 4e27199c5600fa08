// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/time_format.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/core.h>

#include "runtime/base/decimal.hpp"

namespace aisle::record {
namespace {

constexpr std::string_view directives = "YmdHMSfz%";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads `least` to `most` digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  int number = 0;
  std::size_t taken = 0;
  for (; taken < most && taken < text.size() && is_digit(text[taken]); ++taken) {
    number = number * 10 + (text[taken] - '0');
  }
  text.remove_prefix(taken);
  return taken < least ? std::nullopt : std::optional{number};
}

std::optional<int> take_fraction_ms(std::string_view& text) {
  const auto before = text.size();
  const auto number = take_digits(text, 1, 9);
  if (!number) {
    return std::nullopt;
  }
  const auto digits = static_cast<int>(before - text.size());
  return static_cast<int>(digits > 3 ? *number / base::power_of_ten(digits - 3)
                                     : *number * base::power_of_ten(3 - digits));
}

/// Minutes east of UTC.
std::optional<int> take_utc_offset(std::string_view& text) {
  if (text.starts_with('Z')) {
    text.remove_prefix(1);
    return 0;
  }
  if (!text.starts_with('+') && !text.starts_with('-')) {
    return std::nullopt;
  }
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2, 2);
  text.remove_prefix(text.starts_with(':') ? 1 : 0);
  const auto minutes = take_digits(text, 2, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  return sign * (*hours * 60 + *minutes);
}

/// A time as it is written, part by part.
struct parts {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int ms = 0;
  int east_minutes = 0;
};

/// Reads one directive's part. False when the text has none here.
bool take_part(std::string_view& text, char directive, parts& into) {
  const auto store = [](int& to, std::optional<int> number) {
    to = number.value_or(0);
    return number.has_value();
  };
  switch (directive) {
    case 'Y':
      return store(into.year, take_digits(text, 4, 4));
    case 'm':
      return store(into.month, take_digits(text, 1, 2));
    case 'd':
      return store(into.day, take_digits(text, 1, 2));
    case 'H':
      return store(into.hour, take_digits(text, 1, 2));
    case 'M':
      return store(into.minute, take_digits(text, 1, 2));
    case 'S':
      return store(into.second, take_digits(text, 1, 2));
    case 'f':
      return store(into.ms, take_fraction_ms(text));
    default:
      return store(into.east_minutes, take_utc_offset(text));
  }
}

/// A leap second (:60) is the first moment of the next minute, as in RFC 3339 times.
std::optional<base::local_time> joined(const parts& p) {
  const std::chrono::year_month_day date{std::chrono::year{p.year},
                                         std::chrono::month{static_cast<unsigned>(p.month)},
                                         std::chrono::day{static_cast<unsigned>(p.day)}};
  if (!date.ok() || p.hour > 23 || p.minute > 59 || p.second > 60) {
    return std::nullopt;
  }
  return std::chrono::local_days{date} + std::chrono::hours{p.hour} +
         std::chrono::minutes{p.minute} + std::chrono::seconds{p.second} + base::duration{p.ms};
}

}  // namespace

std::expected<time_format, std::string> time_format::compile(std::string_view text,
                                                             const base::zone* where) {
  time_format made;
  made.text_ = text;
  made.where_ = where;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool directive = text[at] == '%';
    at += directive ? 1 : 0;
    if (directive && (at == text.size() || !directives.contains(text[at]))) {
      return std::unexpected{fmt::format(
          "\"%{}\" is no directive; there are %Y %m %d %H %M %S %f %z %%", text.substr(at, 1))};
    }
    made.items_.push_back({text[at], directive && text[at] != '%'});
  }
  const auto count = [&](char sign) {
    return std::ranges::count_if(made.items_,
                                 [&](const item& i) { return i.directive && i.sign == sign; });
  };
  for (const char sign : std::string_view{"YmdHMSfz"}) {
    const bool needed = std::string_view{"Ymd"}.contains(sign);
    if (count(sign) > 1 || (needed && count(sign) == 0)) {
      return std::unexpected{
          fmt::format("%{} must stand in the format {}", sign, needed ? "once" : "at most once")};
    }
  }
  if ((count('z') == 1) == (where != nullptr)) {
    return std::unexpected{std::string{"a format has either a %z or a zone beside it"}};
  }
  return made;
}

std::optional<base::event_time> time_format::parse(std::string_view text) const {
  parts read;
  for (const auto& [sign, directive] : items_) {
    if (directive) {
      if (!take_part(text, sign, read)) {
        return std::nullopt;
      }
    } else if (text.starts_with(sign)) {
      text.remove_prefix(1);
    } else {
      return std::nullopt;
    }
  }
  const auto local = text.empty() ? joined(read) : std::nullopt;
  if (!local) {
    return std::nullopt;
  }
  if (where_ != nullptr) {
    return where_->to_utc(*local);
  }
  return base::event_time{local->time_since_epoch() - std::chrono::minutes{read.east_minutes}};
}

}  // namespace aisle::record
