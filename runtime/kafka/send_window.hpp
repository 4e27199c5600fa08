// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "runtime/kafka/outgoing.hpp"

namespace aisle::kafka {

/// What a producer has been given and the broker has not confirmed yet: never more than fits into
/// one batch of each partition. What librdkafka 2.0.2 may not send, because a batch of an
/// idempotent producer is on its way to that partition, it looks at without a pause: a broker that
/// hangs would take a whole core of ours. So whoever writes fills the window, flushes, and waits
/// until it is empty; more than that would not be on its way at once anyway.
class send_window {
 public:
  /// `topic_takes`: bytes of a batch.
  explicit send_window(std::size_t topic_takes = batch_bytes_default);

  /// Whether the record is to wait until what is in the window has come through.
  [[nodiscard]] bool is_full_for(const outgoing& record) const;
  void take(const outgoing& record);
  /// All has come through, or never will.
  void empty() { bytes_ = records_ = 0; }
  [[nodiscard]] bool is_empty() const { return records_ == 0; }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::size_t records_ = 0;
};

}  // namespace aisle::kafka
