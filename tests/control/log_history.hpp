// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "tests/control/scribe.hpp"

namespace aisle::control {

/// What all writers of a test were told and all readers saw, to be held against the log as it is in
/// the end: PROTOCOL's first two invariants.
class log_history {
 public:
  void add(const std::vector<attempted_append>& attempts) {
    attempts_.insert(attempts_.end(), attempts.begin(), attempts.end());
  }
  void saw(const std::vector<log_entry>& entries) {
    seen_.insert(seen_.end(), entries.begin(), entries.end());
  }

  [[nodiscard]] std::size_t seen() const { return seen_.size(); }
  [[nodiscard]] std::size_t appended() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(attempts_, [](const auto& it) { return it.answer.has_value(); }));
  }
  [[nodiscard]] std::size_t failed(append_failure how) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(attempts_, [&](const auto& it) { return ended(it, how); }));
  }
  /// Of the appends with an unknown result, how many are there.
  [[nodiscard]] std::size_t landed(const std::vector<log_entry>& all) const {
    return static_cast<std::size_t>(std::ranges::count_if(attempts_, [&](const auto& it) {
      return ended(it, append_failure::unknown) && find(all, it.what) != nullptr;
    }));
  }

  /// Empty when the log, from its first record to its last, agrees with everything that was said
  /// of it.
  [[nodiscard]] std::string wrong_with(const std::vector<log_entry>& all) const {
    log_follower follower{compaction::never, {}};
    for (const auto& entry : all) {
      if (const auto read = follower.read(entry); !read) return read.error().message;
      if (!somebody_wrote(entry)) return at("nobody wrote what stands", entry.at);
    }
    for (const auto& it : attempts_) {
      const auto* there = find(all, it.what);
      if (it.answer && (there == nullptr || there->at != *it.answer || there->after != it.after)) {
        return at("a record is gone that was appended", *it.answer);
      }
      if (ended(it, append_failure::fenced) && there != nullptr) {
        return at("a record whose writer was told that it had been fenced stands", there->at);
      }
    }
    for (const auto& entry : seen_) {
      if (std::ranges::find(all, entry) == all.end()) {
        return at("a reader saw what is not there, a record", entry.at);
      }
    }
    return "";
  }

 private:
  static std::string at(const char* what, log_offset where) {
    return fmt::format("{} at {}", what, where.get());
  }
  static bool ended(const attempted_append& it, append_failure how) {
    return !it.answer && it.answer.error() == how;
  }
  static const log_entry* find(const std::vector<log_entry>& all, const record& what) {
    const auto found = std::ranges::find(all, what, &log_entry::what);
    return found == all.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool somebody_wrote(const log_entry& entry) const {
    return std::ranges::any_of(attempts_, [&](const auto& it) {
      return it.what == entry.what && it.after == entry.after && !ended(it, append_failure::fenced);
    });
  }

  std::vector<attempted_append> attempts_;
  std::vector<log_entry> seen_;
};

}  // namespace aisle::control
