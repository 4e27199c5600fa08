// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aisle::io {

/// Something that one thread sets and another waits for with a file_watch (an eventfd). Setting it
/// twice is setting it once. Thread-safe.
class wake_event {
 public:
  wake_event();
  ~wake_event();
  wake_event(const wake_event&) = delete;
  wake_event& operator=(const wake_event&) = delete;

  /// For a library that sets it by writing a 64-bit 1 into it; negative when the system has none
  /// left, and then it is never set.
  [[nodiscard]] int descriptor() const { return fd_; }
  void set() const;
  void clear() const;

 private:
  int fd_;
};

}  // namespace aisle::io
