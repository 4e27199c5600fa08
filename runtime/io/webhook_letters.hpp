// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/io/errors.hpp"

namespace aisle::io {

/// A record that could not be posted.
struct undelivered {
  std::string_view id;
  /// `refused`, `gave_up` or `stopped`.
  std::string_view reason;
  /// Of the last answer; 0: none came.
  int status = 0;
  std::uint32_t attempts = 0;
  std::string_view message;
  /// The beginning of the last answer's body.
  std::string_view answer;
  /// The record as it was posted.
  std::string_view original;
};

/// {id, reason, status, attempts, message, answer, original | original_base64}, without a line end.
/// Says nothing of when and where: two runs with the same fate write the same.
[[nodiscard]] std::string to_json(const undelivered& letter);

/// `undelivered-0000.ndjson`, `undelivered-0001.ndjson`, …
[[nodiscard]] std::filesystem::path undelivered_name(base::lane_id lane);

/// The file of what could not be posted. It is made with its first line, and goes on behind what
/// earlier runs wrote; what a crash left of a line is cut off.
class undelivered_file {
 public:
  /// `on` must outlive it.
  undelivered_file(std::filesystem::path path, disk& on) : path_{std::move(path)}, on_{on} {}

  /// Returns when the line is safe. After an error it may be there or not: append it again.
  [[nodiscard]] result<void> append(std::string_view line);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  [[nodiscard]] result<void> open();

  std::filesystem::path path_;
  disk& on_;
  std::unique_ptr<open_file> file_;
  std::uint64_t end_ = 0;
};

}  // namespace aisle::io
