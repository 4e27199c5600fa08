// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/send_window.hpp"

#include <algorithm>

namespace aisle::kafka {
namespace {

/// librdkafka's `batch.num.messages`; a batch goes out by itself when it has as many.
constexpr std::size_t records_max = 9'999;

}  // namespace

send_window::send_window(std::size_t topic_takes)
    : bytes_max_{std::min(topic_takes, batch_bytes_default)} {}

bool send_window::is_full_for(const outgoing& record) const {
  return records_ > 0 && (records_ == records_max || bytes_ + batch_bytes_of(record) > bytes_max_);
}

void send_window::take(const outgoing& record) {
  bytes_ += batch_bytes_of(record);
  ++records_;
}

}  // namespace aisle::kafka
