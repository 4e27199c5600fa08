// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/io/wake_event.hpp"

namespace aisle::io {

/// Waits until one of several files is written to, by whatever process of this machine (inotify),
/// or one of several events is set, so that waiting costs no processor time and a write is noticed
/// within microseconds. It is a hint and not a promise: file systems of other machines send none,
/// and the system may be out of watches; whoever waits looks again after every wait, and keeps the
/// waits short where not `watches()`.
class file_watch {
 public:
  file_watch();
  ~file_watch();
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

  /// Watches this file too. False when it cannot be watched.
  bool add(const std::filesystem::path& file);
  /// Wakes for this event too.
  bool add(std::shared_ptr<const wake_event> event);
  /// True while every file and event that was added is watched.
  [[nodiscard]] bool watches() const { return complete_; }
  /// Returns when a watched file was written to or an event set since the last wait, true then, or
  /// after `at_most`.
  bool wait(base::duration at_most);

 private:
  int fd_;
  bool complete_;
  std::vector<std::shared_ptr<const wake_event>> events_;
};

}  // namespace aisle::io
