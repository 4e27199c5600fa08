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

/// A second line, about sources that are followed: how far each is behind the end of what there is,
/// or `waiting`, `idle`, `held back`, and how far its event time is behind `now`. Empty when none
/// is followed.
[[nodiscard]] std::string lag_line(const view::run_status& status, base::event_time now,
                                   std::size_t columns);

/// The status as one line of JSON; `took` is the time since the start, `over` says that it is the
/// last one.
[[nodiscard]] std::string status_json(const std::string& topology, const view::run_status& status,
                                      std::chrono::milliseconds took, bool over);

enum class progress_form : std::uint8_t {
  /// One or two lines on a terminal, drawn again and again; nothing elsewhere.
  text,
  /// A line of JSON on stdout every second.
  json,
};

/// What a run did, for the end: a line per source and per stage, then the outputs.
[[nodiscard]] std::string closing_text(const view::run_status& status,
                                       std::chrono::milliseconds took);

/// 1,234,567
[[nodiscard]] std::string with_commas(std::uint64_t number);

/// Says how a run goes on while it does; its own thread.
class progress {
 public:
  /// `status` must outlive it.
  progress(std::string topology, const view::run_status& status, progress_form form);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Prints a line of its own above the progress.
  void say(const std::string& text);

 private:
  void run(const std::stop_token& stop);
  void tell(std::chrono::milliseconds took);
  void draw(std::uint64_t per_second);
  void wipe();

  std::string topology_;
  const view::run_status& status_;
  progress_form form_;
  bool terminal_;
  bool two_lines_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace aisle::tool
