// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace aisle::kv {

/// How a child process ended.
struct child_end {
  /// -1 when a signal ended it.
  int exit_code = -1;
  int signal = 0;
  /// What it wrote to standard error.
  std::string said;
  /// How often it called `progress`.
  std::size_t steps = 0;
};

/// A sanitizer makes each child many times as dear: fewer of them there.
#ifdef __SANITIZE_ADDRESS__
inline constexpr int fewer = 10;
#else
inline constexpr int fewer = 1;
#endif

/// Of a child in which something was thrown, as REQUIRE does.
inline constexpr int thrown_exit_code = 98;

/// Runs `what` in a child process, which exits with what it answers. `what` is given a function
/// that tells the parent, at once, that one more step is done.
[[nodiscard]] child_end run_in_child(const std::function<int(const std::function<void()>&)>& what);

}  // namespace aisle::kv
