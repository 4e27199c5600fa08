// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace aisle::kafka {

/// Watches calls into librdkafka that are known to hang for ever, whatever time-out they were
/// given: `begin_transaction` and `destroy` after a fatal error. A thread that hangs there cannot
/// be taken back, so the process has to end; that is always safe, because what it had under way is
/// decided by the marker.
class watchdog {
 public:
  using clock = std::chrono::steady_clock;

  /// `stuck` is called by the watchdog's thread, once for each call that is overdue. `every`:
  /// between two looks at a call that wants them.
  explicit watchdog(std::function<void(const std::string& what)> stuck,
                    clock::duration every = std::chrono::seconds{1});
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog();

  /// While it lives, a call is under way that has to be back in time.
  class guard {
   public:
    guard(watchdog& of, std::uint64_t call) : of_{&of}, call_{call} {}
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    ~guard() { of_->is_back(call_); }

   private:
    watchdog* of_;
    std::uint64_t call_;
  };
  /// `meanwhile` is called now and then by the watchdog's thread while the call is under way, and
  /// never behind it. It must not block: others wait for it.
  [[nodiscard]] guard watch(clock::duration within, std::string what,
                            std::function<void()> meanwhile = {});

 private:
  struct call {
    clock::time_point deadline;
    std::string what;
    std::function<void()> meanwhile;
    /// When `meanwhile` is called next; the deadline without one.
    clock::time_point look;
  };

  void run();
  void look_at(call& one, clock::time_point now) const;
  void is_back(std::uint64_t call);

  std::function<void(const std::string&)> stuck_;
  clock::duration every_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::map<std::uint64_t, call> calls_;
  std::uint64_t next_ = 0;
  bool ends_ = false;
  /// Last, so that everything is there when it starts.
  std::thread thread_;
};

/// The process's own: it writes what hangs to standard error and ends the process with exit code 3.
[[nodiscard]] watchdog& process_watchdog();

}  // namespace aisle::kafka
