// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/log/partition_writer.hpp"
#include "runtime/log/segment_walker.hpp"

namespace aisle::log {

/// A partition as its writer knows it: the segment being written, where it ends, who has written.
/// Every call is made by the holder of the partition's lock.
///
/// `refresh` makes this true again after others may have written. After an error nothing that is
/// remembered is relied upon: the next `refresh` reads the segment anew.
class partition_writer::open_partition {
 public:
  open_partition(const topic& of, base::partition_id partition, const base::clock& clock,
                 io::disk& on);

  [[nodiscard]] result<void> refresh();
  /// Writes the requests, from `from` on, that fit into a group; syncs, publishes, and answers
  /// them in `answers`. Returns the first request that is left.
  [[nodiscard]] std::size_t append_group(std::span<const append_request> requests, std::size_t from,
                                         std::vector<result<acknowledged>>& answers);
  [[nodiscard]] result<void> fence(const producer_stamp& by);
  [[nodiscard]] result<std::size_t> remove_old_segments();

  [[nodiscard]] const producer_table& producers() const { return producers_; }
  [[nodiscard]] const end_mark& end() const { return end_; }

 private:
  /// What is to be written at the end of the segment, and what is true once it is.
  struct group {
    std::string bytes;
    base::offset next{};
    producer_table producers;
  };

  [[nodiscard]] result<void> load();
  [[nodiscard]] result<void> catch_up(segment_walker& from, std::uint64_t file_bytes,
                                      std::uint64_t acknowledged_bytes);
  [[nodiscard]] result<void> note(const segment_walker& at, const batch_view& batch);
  [[nodiscard]] result<void> cut_off_torn_end(segment_walker& at, std::uint64_t file_bytes);
  [[nodiscard]] result<void> adopt(std::uint64_t from, std::uint64_t to);
  [[nodiscard]] result<void> settle(segment_walker& at, std::uint64_t file_bytes);
  [[nodiscard]] result<segment_walker> open_segment(base::offset base);
  [[nodiscard]] result<void> open_for_writing(const segment_header& header);
  [[nodiscard]] bool somebody_began_a_segment();

  [[nodiscard]] result<acknowledged> add(const append_request& request, group& to);
  [[nodiscard]] group empty_group() const;
  [[nodiscard]] result<void> commit(group written);
  [[nodiscard]] result<void> write(const group& written);
  [[nodiscard]] result<void> publish();
  [[nodiscard]] result<void> make_room(std::size_t bytes);
  [[nodiscard]] result<void> begin_segment();
  [[nodiscard]] std::filesystem::path path_of(base::offset segment) const;

  const topic& of_;
  base::partition_id partition_;
  const base::clock* clock_;
  io::disk* disk_;
  std::filesystem::path folder_;
  std::unique_ptr<io::open_file> end_file_;
  std::unique_ptr<io::open_file> segment_file_;
  segment_header segment_;
  end_mark end_;
  producer_table producers_;
  bool loaded_ = false;
};

}  // namespace aisle::log
