// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/zone.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

#include <date/tz.h>

namespace aisle::base {
namespace {

/// The index of the last element that is not after `time`; 0 when there is none.
template <class Time>
std::size_t last_begun(const std::vector<Time>& begins, Time time) {
  const auto after = std::ranges::upper_bound(begins, time);
  return after == begins.begin() ? 0 : static_cast<std::size_t>(after - begins.begin()) - 1;
}

const date::time_zone* locate(std::string_view name) {
  try {
    return date::locate_zone(std::string{name});
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

}  // namespace

// All changes of the clock lie in one flat list, so that a conversion is one binary search: the
// library's own look-up costs several times as much and would be paid per event.
zone::zone(std::string_view name) : name_{name} {
  const auto* const source = locate(name);
  if (source == nullptr) {
    return;
  }
  for (auto at = earliest_event_time; at < latest_event_time;) {
    const auto info = source->get_info(std::chrono::floor<std::chrono::seconds>(at));
    const auto before = offsets_.empty() ? duration{info.offset} : offsets_.back();
    if (offsets_.empty() || info.offset != before) {
      begins_.push_back(at);
      local_begins_.push_back(
          local_time{at.time_since_epoch() + std::max(before, duration{info.offset})});
      offsets_.push_back(info.offset);
    }
    at = info.end < latest_event_time ? event_time{info.end} : latest_event_time;
  }
}

const zone* zone::find(std::string_view name) {
  static std::mutex guard;
  static std::map<std::string, std::unique_ptr<const zone>, std::less<>> known;
  const std::scoped_lock lock{guard};
  auto found = known.find(name);
  if (found == known.end()) {
    std::unique_ptr<const zone> made{new zone{name}};
    if (made->offsets_.empty()) {
      return nullptr;
    }
    found = known.emplace(name, std::move(made)).first;
  }
  return found->second.get();
}

local_time zone::to_local(event_time time) const {
  return local_time{time.time_since_epoch() + offsets_[last_begun(begins_, time)]};
}

event_time zone::to_utc(local_time local) const {
  return event_time{local.time_since_epoch() - offsets_[last_begun(local_begins_, local)]};
}

}  // namespace aisle::base
