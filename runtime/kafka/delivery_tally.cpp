// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/delivery_tally.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace aisle::kafka {

namespace {

std::string words_of(int code) {
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  // Since 3.6, and by default an hour.
  return error == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP
             ? "its time is too far from the broker's clock (the topic's "
               "message.timestamp.after.max.ms and message.timestamp.before.max.ms say how far)"
             : rd_kafka_err2str(error);
}

}  // namespace

void delivery_tally::note(const rd_kafka_message_s& record) {
  const std::scoped_lock held{lock_};
  if (record.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++delivered_;
    last_offset_ = record.offset;
    return;
  }
  if (failed_++ == 0) {
    first_failure_ = fmt::format("a record of {} bytes for topic {} was not taken: {}",
                                 record.len + record.key_len, rd_kafka_topic_name(record.rkt),
                                 words_of(record.err));
  }
}

std::uint64_t delivery_tally::delivered() const {
  const std::scoped_lock held{lock_};
  return delivered_;
}

std::uint64_t delivery_tally::failed() const {
  const std::scoped_lock held{lock_};
  return failed_;
}

std::int64_t delivery_tally::last_offset() const {
  const std::scoped_lock held{lock_};
  return last_offset_;
}

std::string delivery_tally::first_failure() const {
  const std::scoped_lock held{lock_};
  return first_failure_;
}

}  // namespace aisle::kafka
