// SPDX-License-Identifier: Apache-2.0
#include "actors/wording.hpp"

#include <cmath>

#include <fmt/format.h>

namespace aisle::shop {

std::string amount_text(const base::value& v) {
  switch (v.type().kind) {
    case base::kind::integer:
      return fmt::format("{}", v.as_integer());
    case base::kind::decimal: {
      auto text = base::to_text(v.as_decimal());
      for (auto scale = v.type().scale; scale > 2 && text.back() == '0'; --scale) {
        text.pop_back();
      }
      return text;
    }
    default:
      return money_text(v.to_number());
  }
}

std::string money_text(double amount) {
  return std::abs(amount) < 0.1 && amount != 0 ? fmt::format("{:.3g}", amount)
                                               : fmt::format("{:.2f}", amount);
}

std::string figure_text(double number) {
  const auto size = std::abs(number);
  return size >= 9.95 || size == 0 ? fmt::format("{:.0f}", number) : fmt::format("{:.2g}", number);
}

std::string percent_text(double share) {
  const auto percent = 100 * share;
  const auto whole = std::round(percent);
  return std::abs(percent - whole) < 0.005 ? fmt::format("{:.0f} %", whole)
                                           : fmt::format("{:.4g} %", percent);
}

std::string span_text(base::duration span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  if (seconds < 60) {
    return fmt::format("{} s", seconds);
  }
  const auto minutes = seconds / 60;
  if (minutes < 60) {
    return fmt::format("{} min", minutes);
  }
  const auto hours = minutes / 60;
  return minutes % 60 == 0 ? fmt::format("{} h", hours)
                           : fmt::format("{} h {} min", hours, minutes % 60);
}

std::string count_text(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string day_text(base::event_time at) { return base::to_rfc3339(at).substr(0, 10); }

}  // namespace aisle::shop
