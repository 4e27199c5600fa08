// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/view/run_status.hpp"

namespace aisle::tool {

/// One line about a run as it stands: `retail  412,380 read (81,204/s)  2026-03-03 14:05  …`, at
/// most `columns` wide.
[[nodiscard]] std::string progress_line(const std::string& topology, const view::run_status& status,
                                        std::uint64_t per_second, std::size_t columns);

/// What a run did, for the end: a line per source and per stage, then the outputs.
[[nodiscard]] std::string closing_text(const view::run_status& status,
                                       std::chrono::milliseconds took);

/// 1,234,567
[[nodiscard]] std::string with_commas(std::uint64_t number);

/// Keeps one line on the terminal up to date while a run goes on; its own thread. Nothing at all
/// when stderr is no terminal.
class progress {
 public:
  /// `status` must outlive it.
  progress(std::string topology, const view::run_status& status);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Prints a line of its own above the progress.
  void say(const std::string& text);

 private:
  void run(const std::stop_token& stop);
  void draw(std::uint64_t per_second);

  std::string topology_;
  const view::run_status& status_;
  bool terminal_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace aisle::tool
