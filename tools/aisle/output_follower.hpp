// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/log/reader.hpp"

namespace aisle::tool {

/// Reads what a node appends to one of its topics, whenever it is asked to. The topic need not be
/// there yet; what was in it when the follower was made is left out.
class output_follower {
 public:
  output_follower(std::filesystem::path log, std::string topic);

  /// Hands over what has come since the last call, each partition in its order. The error says why
  /// the topic cannot be read.
  [[nodiscard]] std::expected<void, std::string> read(
      const std::function<void(const nlohmann::json&)>& take);

 private:
  enum class begin_at : std::uint8_t { start, end };
  log::result<void> open(begin_at where);

  std::filesystem::path log_;
  std::string topic_;
  std::vector<log::reader> partitions_;
  std::vector<log::record> batch_;
};

}  // namespace aisle::tool
