// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"

namespace aisle::base {

/// What the clock on the wall shows: no moment until a zone is known.
using local_time = std::chrono::local_time<duration>;

/// A time zone of the IANA database (`Europe/Berlin`), from 1900 to 2200. Immutable; safe from many
/// threads.
class zone {
 public:
  /// The zone of this name, or null when the system's database has none. The first call for a name
  /// reads the database (about 1 ms), later ones are one look-up under a lock. Lives as long as the
  /// process.
  [[nodiscard]] static const zone* find(std::string_view name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] local_time to_local(event_time time) const;
  /// The moment at which the wall shows `local`. The one rule for the hours that a change of the
  /// clock takes or repeats: the offset from before the change holds. So of an hour that stands
  /// twice the first is meant, and a time that never was is read as that much after the change
  /// (02:30 in a gap from 2 to 3 is 03:30).
  [[nodiscard]] event_time to_utc(local_time local) const;

 private:
  explicit zone(std::string_view name);

  std::string name_;
  /// Offset i holds from begins_[i], in UTC, until the next. local_begins_[i] is where to_utc
  /// starts to use it.
  std::vector<event_time> begins_;
  std::vector<local_time> local_begins_;
  std::vector<duration> offsets_;
};

}  // namespace aisle::base
