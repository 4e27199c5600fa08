// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/log/batch.hpp"
#include "runtime/log/errors.hpp"
#include "runtime/log/producers.hpp"
#include "runtime/log/topic.hpp"

namespace aisle::log {

/// Records that go into a partition together or not at all.
struct append_request {
  std::span<const new_record> records;
  producer_stamp by;
  /// Opaque bytes that the partition remembers of the producer's last batch that had any: what a
  /// sink writes there is in the partition exactly when the batch's records are.
  std::string_view marker;
};

/// An append that is in the partition, and synced.
struct acknowledged {
  /// The offset of the first record appended; where the partition ends when none was.
  base::offset first{};
  std::uint32_t appended = 0;
  /// Records at the front of the request that were there already: an earlier append of the same
  /// producer, epoch and sequence had brought them.
  std::uint32_t repeated = 0;
};

/// Appends to one partition. Any number of these may exist for one partition, in any number of
/// threads and processes: each append takes the partition's file lock, which the system takes back
/// from an owner that dies, and first looks at what others have appended since.
///
/// An append that is acknowledged is synced, and no reader sees one that is not. An append that
/// fails is not there, or is there as a whole (when the failure came after the write): append it
/// again with the same stamp and it will be there once. Not thread-safe.
class partition_writer {
 public:
  /// Opens nothing yet; the first append does. `clock` and `on` must outlive the writer.
  partition_writer(topic of, base::partition_id partition, const base::clock& clock,
                   io::disk& on = io::real_disk());
  ~partition_writer();
  partition_writer(partition_writer&&) noexcept;
  partition_writer& operator=(partition_writer&&) noexcept;

  /// Appends all requests with one write and one sync. One answer for each, in order: a request
  /// that is refused (fenced, gap, too large) does not hold up the others. At most group_bytes_max
  /// are written at once; beyond it, in several writes.
  [[nodiscard]] std::vector<result<acknowledged>> append(std::span<const append_request> requests);
  [[nodiscard]] result<acknowledged> append(const append_request& request);

  /// Takes over a producer: raises its epoch by one, so that whoever wrote under the old one is
  /// fenced from here on, and only then answers what the producer has left here. A producer that
  /// was never here begins with epoch 1.
  [[nodiscard]] result<producer_state> take_over(std::uint64_t producer);

  /// What the partition remembers of a producer.
  [[nodiscard]] result<std::optional<producer_state>> find_producer(std::uint64_t producer);

  /// Brings to an end what an owner that died has left: adopts what is whole, cuts off what is
  /// torn. Every append begins with this.
  [[nodiscard]] result<end_mark> recover();
  /// The same, unless somebody is appending at this moment: nothing then.
  [[nodiscard]] result<std::optional<end_mark>> recover_if_idle();

  /// Removes the segments that the topic's retention no longer keeps; how many. Appends do it too,
  /// whenever they begin a segment.
  [[nodiscard]] result<std::size_t> remove_old_segments();

 private:
  class open_partition;

  // Null when somebody else holds it and `how` does not wait. What is known of the partition is
  // true when this returns.
  [[nodiscard]] result<std::unique_ptr<io::file_lock>> lock(io::disk::patience how);

  // On the heap, as the open partition refers to it and a writer can be moved.
  std::unique_ptr<topic> of_;
  base::partition_id partition_;
  io::disk* disk_;
  std::unique_ptr<open_partition> open_;
};

}  // namespace aisle::log
