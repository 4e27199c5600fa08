// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/io/record_reader.hpp"

namespace aisle::sim {

/// Records that stand in memory: all of them from the beginning, or as many as have arrived.
class memory_reader final : public io::record_reader {
 public:
  /// `records` must outlive the reader. When `arrived` is given, the reader catches up with it; it
  /// ends where all have arrived.
  explicit memory_reader(const std::vector<std::string>& records,
                         std::shared_ptr<const std::size_t> arrived = nullptr)
      : records_{records}, arrived_{std::move(arrived)} {}

  [[nodiscard]] io::result<io::reading> next(io::raw_record& into) override {
    if (at_ == records_.size()) {
      return io::reading::end;
    }
    if (arrived_ && at_ >= *arrived_) {
      return io::reading::caught_up;
    }
    const auto size = records_[at_].size();
    padded_.assign(records_[at_]).append(io::record_padding, '\0');
    into = {.bytes = std::string_view{padded_}.substr(0, size),
            .ordinal = base::offset{static_cast<std::int64_t>(at_)},
            .length = size};
    ++at_;
    return io::reading::record;
  }
  [[nodiscard]] io::read_position position(base::partition_id of) const override {
    return {.partition = of,
            .file = 0,
            .byte = 0,
            .ordinal = base::offset{static_cast<std::int64_t>(at_)}};
  }
  [[nodiscard]] io::result<void> seek(const io::read_position& to) override {
    at_ = static_cast<std::size_t>(to.ordinal.get());
    return {};
  }

 private:
  const std::vector<std::string>& records_;
  std::shared_ptr<const std::size_t> arrived_;
  std::size_t at_ = 0;
  std::string padded_;
};

}  // namespace aisle::sim
