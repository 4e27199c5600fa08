// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/e2e/world.hpp"
#include "tests/fault/findings.hpp"

namespace aisle::fault {

/// Who said a line: sink, stage and key of its record. Empty when the record names no key, so that
/// nothing is promised about its order.
[[nodiscard]] std::string author_of(std::string_view sink, const e2e::json& record);

/// The undisturbed run's results.
struct oracle {
  /// Of each sink, all lines, sorted.
  std::map<std::string, std::vector<std::string>> sorted;
  /// How often each line occurs in its sink; `sink line`.
  std::unordered_map<std::string, std::uint32_t> times;
  /// Each author's lines, in order.
  std::unordered_map<std::string, std::vector<std::string>> in_order;
  std::string summary;

  /// From the folder of a run that has ended.
  [[nodiscard]] static oracle of(const std::filesystem::path& out);
};

/// What holds for results at any moment of a run, whatever was killed: ids are unique, revisions
/// count up to the final one, each author speaks in order; and, by the oracle: no line is there
/// that does not belong there, or once too often, and each author's lines are the first of those
/// that it is to say.
class result_laws {
 public:
  /// `expected` must outlive it.
  explicit result_laws(const oracle& expected) : expected_{expected} {}

  void take(std::string_view sink, const std::string& line);
  [[nodiscard]] const findings& wrong() const { return wrong_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  struct revisions {
    std::int64_t last = -1;
    bool final = false;
  };
  void take_decision(const std::string& author, const e2e::json& record, const std::string& line);
  void take_window(const std::string& author, const e2e::json& record, const std::string& line);
  void compare(std::string_view sink, const std::string& author, const std::string& line);

  const oracle& expected_;
  std::uint64_t lines_ = 0;
  std::set<std::string> ids_;
  std::unordered_map<std::string, std::string> last_at_;
  std::unordered_map<std::string, revisions> windows_;
  std::unordered_map<std::string, std::uint32_t> times_;
  std::unordered_map<std::string, std::size_t> said_;
  findings wrong_;
};

}  // namespace aisle::fault
