// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/fault.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

#include "runtime/base/check.hpp"

namespace aisle::base {
namespace detail {
namespace {

armed_fault the_fault;

armed_fault* armed_by_environment() {
  // Once, before main: no other thread can change the environment yet.
  const char* const text = std::getenv("AISLE_FAULT");  // NOLINT(concurrency-mt-unsafe)
  if (text != nullptr && *text != '\0') arm_fault(text);
  return armed;
}

}  // namespace

constinit armed_fault* armed = nullptr;

[[maybe_unused]] const armed_fault* const at_start = armed_by_environment();

bool count_down() { return armed->passes > 0 && --armed->passes == 0; }

}  // namespace detail

void arm_fault(std::string_view text) {
  detail::armed = nullptr;
  if (text.empty()) return;
  constexpr std::string_view stop = ":stop";
  const bool stops = text.ends_with(stop);
  const auto where = stops ? text.substr(0, text.size() - stop.size()) : text;
  const auto colon = where.find(':');
  const auto* const found = std::ranges::find(fault_points, where.substr(0, colon));
  std::uint32_t passes = 1;
  if (colon != std::string_view::npos) {
    const auto number = where.substr(colon + 1);
    const auto read = std::from_chars(number.data(), number.data() + number.size(), passes);
    if (read.ec != std::errc{} || read.ptr != number.data() + number.size()) passes = 0;
  }
  if (found == fault_points.end() || passes == 0) {
    std::string known;
    for (const auto name : fault_points) {
      known.append(known.empty() ? "" : ", ").append(name);
    }
    die("AISLE_FAULT is " + std::string{text} +
        "; expected POINT, POINT:N or POINT:N:stop, one of " + known);
  }
  detail::the_fault = {.at = static_cast<fault_point>(found - fault_points.begin()),
                       .passes = passes,
                       .stops = stops};
  detail::armed = &detail::the_fault;
}

void die_of_fault() {
  if (detail::armed->stops) static_cast<void>(std::raise(SIGSTOP));
  static_cast<void>(std::raise(SIGKILL));
  std::abort();
}

void strike_fault() {
  if (!detail::armed->stops) die_of_fault();
  static_cast<void>(std::raise(SIGSTOP));
}

}  // namespace aisle::base
