// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace aisle::fault {

/// Where in Kafka the lines of a file lie: what a dead letter says of its record's place is the
/// only thing in which results from there differ from those from files.
class kafka_places {
 public:
  /// `topic` has the lines of the file, of equal ones any; `source` reads it.
  void add(const std::string& source, const std::filesystem::path& file, const std::string& topic,
           const std::string& servers);

  /// Such a result with partition and offset as they are in Kafka; one that names no source stays
  /// as it is.
  [[nodiscard]] std::string moved(const std::string& result) const;

 private:
  using place = std::pair<std::int32_t, std::int64_t>;
  /// Of each source, by number of the line.
  std::map<std::string, std::vector<place>> places_;
};

}  // namespace aisle::fault
