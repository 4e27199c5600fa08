// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/settings.hpp"

struct rd_kafka_message_s;

namespace aisle::kafka {

class partition_stream;

/// A record as it stands in a partition.
struct stored_record {
  std::int64_t at = 0;
  std::string value;
};

/// The one partition of a topic, read from any offset to where it ends at this moment. Only what is
/// committed is seen. Behind an error it begins anew with the next call. Used by one thread, which
/// it blocks, though never for longer than its patience.
class committed_reader {
 public:
  committed_reader(settings to, std::string topic, base::duration patience);
  committed_reader(const committed_reader&) = delete;
  committed_reader& operator=(const committed_reader&) = delete;
  ~committed_reader();

  /// Up to `count_max` records from `from` on, in order. None only when none was committed there
  /// before the call; otherwise perhaps fewer than there are, so read again until none comes.
  /// errc::changed when the partition ends before a record that was read already.
  [[nodiscard]] result<std::vector<stored_record>> read(std::int64_t from, std::size_t count_max);

  /// Returns when there may be a record behind the last one that was read, or after `at_most`.
  void wait(base::duration at_most);

  /// Behind everything that is committed, and also shown from now on. Where a transaction is open,
  /// committed records behind its first one are not shown yet: its end is waited for, and
  /// errc::timed_out when it does not come.
  [[nodiscard]] result<std::int64_t> end();

 private:
  using steady = std::chrono::steady_clock;

  [[nodiscard]] result<std::int64_t> shown_end();
  [[nodiscard]] result<std::int64_t> written_end() const;
  [[nodiscard]] result<std::int64_t> end_by(client& with, steady::time_point until) const;
  [[nodiscard]] result<void> start(std::int64_t from);
  [[nodiscard]] result<void> take(const rd_kafka_message_s& one);
  [[nodiscard]] result<void> read_until(std::int64_t end);
  [[nodiscard]] std::vector<stored_record> hand_out(std::size_t count_max);
  [[nodiscard]] bool goes_on_at(std::int64_t from) const;
  [[nodiscard]] std::unexpected<error> fail(error why);

  settings to_;
  std::string topic_;
  base::duration patience_;
  std::unique_ptr<client> reading_;
  /// Looks for the end. A broker answers a connection's requests one after the other, and one that
  /// reads has always one there that waits for records.
  std::unique_ptr<client> looking_;
  std::unique_ptr<partition_stream> stream_;
  /// Read and not handed out.
  std::deque<stored_record> ready_;
  /// Where the next record that is handed out is looked for.
  std::int64_t hand_out_at_ = 0;
  /// The stream has no record before this that it has not shown.
  std::int64_t shown_to_ = 0;
  /// Behind the last record that was ever read here.
  std::int64_t seen_to_ = 0;
};

}  // namespace aisle::kafka
