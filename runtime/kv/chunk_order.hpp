// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/kv/ledger.hpp"

namespace aisle::kv {

/// Rows of base and deltas come chunk by chunk; says whether they make whole rows.
class chunk_order {
 public:
  /// Empty when it fits behind what came before.
  std::string_view take(std::string_view row, std::uint16_t number, const chunk_view& chunk) {
    const bool first = number == 0;
    if (first != (chunk.head.kind != value_kind::more)) return "a chunk is not of its kind";
    if (first) {
      const auto cut = end();
      row_.assign(row);
      left_ = chunk.head.payload_bytes;
      of_ = chunk.head.of;
      next_ = 0;
      if (!cut.empty()) return cut;
    }
    if (row != row_ || number != next_ || chunk.head.of != of_ || chunk.bytes.size() > left_) {
      return "a chunk does not follow the one before";
    }
    ++next_;
    left_ -= chunk.bytes.size();
    return {};
  }
  [[nodiscard]] std::string_view end() {
    return std::exchange(left_, 0) == 0 ? std::string_view{} : "the row before it is cut off";
  }

 private:
  std::string row_;
  std::size_t left_ = 0;
  attempt of_;
  std::uint16_t next_ = 0;
};

}  // namespace aisle::kv
