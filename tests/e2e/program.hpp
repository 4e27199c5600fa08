// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/folder.hpp"

namespace aisle::e2e {

using strings = std::vector<std::string>;

/// What a program left behind.
struct finished {
  /// Its exit code; 128 and the signal's number when a signal ended it.
  int code = -1;
  std::string out;
  std::string err;
};

struct how_to_run {
  /// The working directory; empty: the test's own.
  std::filesystem::path in{};
  /// Put on stdin; otherwise stdin is empty.
  std::string input{};
  /// No file may grow beyond this, as on a disk that is full; 0: no bound.
  std::uint64_t file_bytes_max = 0;
  /// NAME=VALUE each, added to the environment.
  strings environment{};
};

/// A program that runs, without a terminal. Killed when the test forgets it.
class running {
 public:
  explicit running(const strings& command, const how_to_run& how = {});
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running();

  void send(int signal) const;
  [[nodiscard]] int id() const { return child_; }
  /// Lets files grow again.
  void make_room() const;
  /// What it has said on stderr so far.
  [[nodiscard]] std::string said() const;
  /// What it has put on stdout so far.
  [[nodiscard]] std::string printed() const;
  /// Waits for its end.
  finished wait();
  /// It stands still, by SIGSTOP.
  [[nodiscard]] bool is_stopped() const;
  /// How it ended; nothing while it runs.
  std::optional<finished> ended();

 private:
  finished take_end(int status);

  temp_folder streams_;
  int child_ = -1;
};

/// Waits, for a minute at most, until something is so; false when it never was.
bool eventually(const std::function<bool()>& is_so);

/// Runs a program to its end.
finished run(const strings& command, const how_to_run& how = {});

/// The command line of the program under test.
strings aisle_command(const strings& arguments);

/// Runs `aisle` to its end.
finished aisle(const strings& arguments, const how_to_run& how = {});

/// The same, and it must exit with 0.
finished aisle_done(const strings& arguments, const how_to_run& how = {});

}  // namespace aisle::e2e
