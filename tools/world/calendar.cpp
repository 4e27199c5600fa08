// SPDX-License-Identifier: Apache-2.0
#include "tools/world/calendar.hpp"

#include <algorithm>
#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

namespace aisle::world {
namespace {

instant midnight(const date::time_zone& zone, calendar_day day) {
  const date::local_days local{day.time_since_epoch()};
  return zone.to_sys(std::chrono::time_point_cast<milliseconds>(local), date::choose::earliest);
}

date::sys_info clock_at(const date::time_zone& zone, instant moment) {
  return zone.get_info(std::chrono::floor<std::chrono::seconds>(moment));
}

}  // namespace

milliseconds local_day::offset_at(instant moment) const {
  return moment < turn ? offset_before : offset_after;
}

instant local_day::at(milliseconds clock) const {
  const instant unshifted = date + clock;
  const auto early = unshifted - offset_before;
  return early < turn ? early : std::max(unshifted - offset_after, turn);
}

std::expected<calendar, world_error> calendar::open(std::span<const std::string_view> zones) {
  calendar opened;
  for (const auto name : zones) {
    try {
      opened.zones_.push_back(date::locate_zone(name));
    } catch (const std::exception&) {
      return std::unexpected(world_error{
          errc::no_time_zones,
          fmt::format("the time zone {} is not known on this machine; install its time zone data "
                      "(Debian: apt-get install tzdata)",
                      name)});
    }
  }
  return opened;
}

local_day calendar::day(std::size_t zone, calendar_day date) const {
  const auto& place = *zones_[zone];
  local_day day;
  day.date = date;
  day.begin = midnight(place, date);
  day.end = midnight(place, date + std::chrono::days{1});
  const auto clock = clock_at(place, day.begin);
  day.turn = std::min<instant>(clock.end, day.end);
  day.offset_before = clock.offset;
  day.offset_after = day.turn < day.end ? clock_at(place, day.turn).offset : clock.offset;
  return day;
}

unsigned day_of_week(calendar_day date) { return std::chrono::weekday{date}.iso_encoding() - 1; }

}  // namespace aisle::world
