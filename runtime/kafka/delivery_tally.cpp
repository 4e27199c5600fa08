// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/delivery_tally.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace aisle::kafka {

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
                                 rd_kafka_err2str(record.err));
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
