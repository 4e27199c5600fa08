// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/log/reader.hpp"
#include "tests/fault/findings.hpp"
#include "tests/fault/result_laws.hpp"

namespace aisle::fault {

/// Reads results while they are written, by whoever is killed meanwhile.
class result_follower {
 public:
  virtual ~result_follower() = default;
  /// Takes what has come since the last look.
  virtual void look(result_laws& into, findings& wrong) = 0;
  /// Reads all of it again: what was read once must still be there, byte by byte.
  virtual void look_back(findings& wrong) = 0;
};

/// Of file sinks: `OUT/SINK/part-*.ndjson`.
class file_follower final : public result_follower {
 public:
  explicit file_follower(std::filesystem::path out) : out_{std::move(out)} {}
  void look(result_laws& into, findings& wrong) override;
  void look_back(findings& wrong) override;

 private:
  struct part {
    std::string sink;
    /// All that was read, and how much of it as whole lines.
    std::string bytes;
    std::size_t lines_to = 0;
  };
  std::filesystem::path out_;
  std::map<std::string, part> parts_;
};

/// Of topics that a topology writes.
class topic_follower final : public result_follower {
 public:
  topic_follower(std::filesystem::path log, std::vector<std::string> topics)
      : log_{std::move(log)}, topics_{std::move(topics)} {}
  void look(result_laws& into, findings& wrong) override;
  void look_back(findings& wrong) override;

 private:
  struct partition {
    std::string topic;
    aisle::log::reader reader;
    std::vector<std::string> lines;
  };
  void open(const std::string& topic, findings& wrong);
  static bool take(partition& from, std::vector<std::string>& into, findings& wrong);

  std::filesystem::path log_;
  std::vector<std::string> topics_;
  std::map<std::string, std::vector<partition>> open_;
};

}  // namespace aisle::fault
