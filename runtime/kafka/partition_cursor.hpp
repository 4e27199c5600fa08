// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {

/// One partition that is being read: the records that librdkafka has fetched, and where reading is.
/// Not thread-safe.
class partition_cursor {
 public:
  /// `until`: the first offset that is not read any more; none: it is followed.
  partition_cursor() = default;
  partition_cursor(queue_handle fetched, const io::read_position& at,
                   std::optional<base::offset> until);

  /// The offset to fetch from first: before the position where the last record that was read is to
  /// be compared with the one that is there.
  [[nodiscard]] base::offset fetch_from() const;
  /// Takes what has come when nothing is left of what came before. An error is of the partition: it
  /// cannot be read on, and comes again until `jump`.
  [[nodiscard]] result<void> refill();

  [[nodiscard]] rd_kafka_queue_t* queue() const { return fetched_.get(); }

  /// When the next record was stamped; only when has_record().
  [[nodiscard]] base::event_time time() const { return time_; }
  [[nodiscard]] bool has_record() const { return at_ < batch_.size() && !ended(); }
  /// Gives the record away, and goes on behind it.
  [[nodiscard]] message_handle take();

  /// Nothing will come any more.
  [[nodiscard]] bool ended() const { return until_ && next() >= *until_; }
  /// The offset of the next record, or one before it behind which there is none.
  [[nodiscard]] base::offset next() const { return next_; }
  [[nodiscard]] io::read_position position(base::partition_id as) const;
  /// Bytes of all records so far, for an average.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  /// Much was taken and little is left: the client should fetch on. Once each time.
  [[nodiscard]] bool runs_low();
  /// Something has come of it: a record, or word that there is none.
  [[nodiscard]] bool has_begun() const { return begun_; }
  /// Goes on at another offset, with what is fetched from there; what was fetched is dropped.
  void jump(queue_handle fetched, base::offset to);

 private:
  void settle();
  [[nodiscard]] result<bool> is_wanted(const rd_kafka_message_t& message);

  queue_handle fetched_;
  std::vector<message_handle> batch_;
  std::size_t at_ = 0;
  base::event_time time_{};
  base::offset next_;
  // The last record that was read, to be known again: its offset and a hash of it.
  std::optional<base::offset> last_;
  std::uint64_t mark_ = 0;
  // The client hands out that record again, to be compared.
  bool compares_ = false;
  bool begun_ = false;
  std::optional<base::offset> until_;
  std::optional<error> trouble_;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t records_when_low_ = 0;
};

}  // namespace aisle::kafka
