// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

struct rd_kafka_message_s;

namespace aisle::kafka {

/// What became of the records that a producer was given. Told by whichever thread serves the
/// producer's callbacks.
class delivery_tally {
 public:
  void note(const rd_kafka_message_s& record);

  [[nodiscard]] std::uint64_t delivered() const;
  [[nodiscard]] std::uint64_t failed() const;
  /// Of the record that was delivered last; -1 when none was, or the broker has not told.
  [[nodiscard]] std::int64_t last_offset() const;
  /// Why the first one failed; empty when none has.
  [[nodiscard]] std::string first_failure() const;

 private:
  mutable std::mutex lock_;
  std::uint64_t delivered_ = 0;
  std::uint64_t failed_ = 0;
  std::int64_t last_offset_ = -1;
  std::string first_failure_;
};

}  // namespace aisle::kafka
