// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "tools/world/calendar.hpp"
#include "tools/world/money.hpp"

namespace aisle::world {

/// Appends `value` with at least `width` digits, filled with zeros.
void put_digits(std::string& to, std::uint64_t value, int width);
/// Appends a whole number.
void put_whole(std::string& to, std::int64_t value);
/// Appends "12.34" or "-0.05".
void put_money(std::string& to, money value);
/// Appends "2026-01-05".
void put_date(std::string& to, calendar_day date);
/// Appends the moment as a clock `offset` ahead of UTC shows it: "2026-01-05T10:12:33.123+01:00".
void put_local_time(std::string& to, instant moment, milliseconds offset);
/// Appends the moment in UTC: "2026-01-05T09:12:33.123Z".
void put_utc_time(std::string& to, instant moment);

std::string as_text(money value);
std::string as_text(calendar_day date);

}  // namespace aisle::world
