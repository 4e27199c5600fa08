// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/time.hpp"
#include "runtime/base/value.hpp"

// Numbers as a merchandiser reads them, for the texts of decisions.
namespace aisle::shop {

/// `12.50`, `0.125`, `74215`: exact for decimals (two digits behind the point, more if it has them)
/// and whole numbers, others as money_text().
[[nodiscard]] std::string amount_text(const base::value& v);
/// `1204.37`: two digits behind the point; three significant ones below 0.1.
[[nodiscard]] std::string money_text(double amount);
/// `18`, `2.4`, `0.31`: two significant digits, whole from 10 on.
[[nodiscard]] std::string figure_text(double number);
/// `97 %`, `99.5 %`
[[nodiscard]] std::string percent_text(double share);
/// `2 h 44 min`, `3 min`, `40 s`
[[nodiscard]] std::string span_text(base::duration span);
/// `1 day`, `12 days`
[[nodiscard]] std::string count_text(std::int64_t count, std::string_view one,
                                     std::string_view many);
/// `2011-01-18`
[[nodiscard]] std::string day_text(base::event_time at);

}  // namespace aisle::shop
