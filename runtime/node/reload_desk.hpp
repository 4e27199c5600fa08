// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <expected>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace aisle::node {

/// What was decided about a topology that is to take the place of the one that runs.
struct reload_decision {
  /// It will: the run ends at the next epoch, and the new one begins there.
  bool accepted = false;
  /// For who asked.
  std::vector<std::string> lines;
};

/// Where a reload is asked for, by a signal or a question, and where the run looks. Nobody waits at
/// it but who asked a question.
class reload_desk {
 public:
  using answer = std::expected<std::vector<std::string>, std::string>;

  /// From a signal handler.
  void signal() noexcept { signalled_ = true; }
  /// From a thread that may wait: until the run has decided. An error when it was refused, with the
  /// lines that say why, or when the run ended first.
  [[nodiscard]] answer ask();
  /// By the run, now and then. Decides if somebody asked; true when that was accepted.
  [[nodiscard]] bool serve(const std::function<reload_decision()>& decide);
  /// By the run at its end: who still waits is told so.
  void close();

 private:
  static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");
  std::atomic<bool> signalled_ = false;
  std::mutex mutex_;
  std::optional<std::promise<answer>> asked_;
};

}  // namespace aisle::node
