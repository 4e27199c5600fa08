// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/partition_cursor.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/hash.hpp"

namespace aisle::kafka {
namespace {

constexpr std::size_t batch_max = 256;
// So few are left in the client's queue that it should fetch on, if so many were taken since.
constexpr std::size_t low = 512;
constexpr std::uint64_t much = 1000;

std::int64_t stamp_of(const rd_kafka_message_t& message) {
  return rd_kafka_message_timestamp(&message, nullptr);
}

// Tells a record from another at its offset.
std::uint64_t mark_of(const rd_kafka_message_t& message, std::int64_t stamp) {
  const std::string_view value{static_cast<const char*>(message.payload), message.len};
  return base::hash64(value, static_cast<std::uint64_t>(stamp));
}

}  // namespace

partition_cursor::partition_cursor(queue_handle fetched, const io::read_position& at,
                                   std::optional<base::offset> until)
    : fetched_{std::move(fetched)}, next_{at.ordinal}, mark_{at.byte}, until_{until} {
  if (at.file > 0) {
    last_ = base::offset{static_cast<std::int64_t>(at.file) - 1};
    compares_ = true;
  }
}

base::offset partition_cursor::fetch_from() const { return compares_ ? *last_ : next_; }

result<void> partition_cursor::refill() {
  if (trouble_) return std::unexpected{*trouble_};
  if (has_record() || ended()) return {};
  std::array<rd_kafka_message_t*, batch_max> some;
  const auto got = rd_kafka_consume_batch_queue(fetched_.get(), 0, some.data(), some.size());
  batch_.clear();
  at_ = 0;
  for (std::size_t m = 0; m < static_cast<std::size_t>(std::max<ssize_t>(got, 0)); ++m) {
    batch_.emplace_back(some[m]);
  }
  settle();
  if (trouble_) return std::unexpected{*trouble_};
  return {};
}

// Comes to the next record that is to be handed out, or to what is in its way.
void partition_cursor::settle() {
  for (; at_ < batch_.size(); ++at_) {
    const auto wanted = is_wanted(*batch_[at_]);
    if (!wanted) {
      trouble_ = wanted.error();
      batch_.clear();
      return;
    }
    if (*wanted) {
      time_ = base::event_time{base::duration{stamp_of(*batch_[at_])}};
      return;
    }
    batch_[at_].reset();
  }
}

result<bool> partition_cursor::is_wanted(const rd_kafka_message_t& message) {
  const base::offset offset{message.offset};
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // Behind the marks of transactions, which are no records.
    next_ = std::max(next_, offset);
    begun_ = true;
    return false;
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto code = code_of(message.err);
    // That it cannot be reached, or has moved, passes; that it is gone is the scout's to say.
    if (may_pass(code) || code == errc::not_found) return false;
    return std::unexpected{failure("cannot fetch", message.err, rd_kafka_message_errstr(&message))};
  }
  if (compares_ && offset == *last_ && mark_of(message, stamp_of(message)) != mark_) {
    return base::fail(errc::changed,
                      fmt::format("the record at offset {} is not the one that was read there: "
                                  "the topic was deleted and made anew, or its end was cut off",
                                  offset.get()));
  }
  compares_ = compares_ && offset < *last_;
  if (offset < next_) return false;
  next_ = offset;
  begun_ = true;
  return !ended();
}

message_handle partition_cursor::take() {
  auto read = std::move(batch_[at_++]);
  last_ = base::offset{read->offset};
  mark_ = mark_of(*read, time_.time_since_epoch().count());
  next_ = last_->next();
  bytes_ += read->len;
  ++records_;
  settle();
  return read;
}

io::read_position partition_cursor::position(base::partition_id as) const {
  return {.partition = as,
          .file = last_ ? static_cast<std::uint64_t>(last_->get() + 1) : 0,
          .byte = last_ ? mark_ : 0,
          .ordinal = next_};
}

bool partition_cursor::runs_low() {
  if (records_ - records_when_low_ < much || rd_kafka_queue_length(fetched_.get()) >= low) {
    return false;
  }
  records_when_low_ = records_;
  return true;
}

void partition_cursor::jump(queue_handle fetched, base::offset to) {
  fetched_ = std::move(fetched);
  batch_.clear();
  at_ = 0;
  next_ = to;
  compares_ = false;
  trouble_.reset();
}

}  // namespace aisle::kafka
