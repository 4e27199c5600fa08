// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/io/disk.hpp"
#include "runtime/log/batch.hpp"
#include "runtime/log/errors.hpp"
#include "runtime/log/segment_walker.hpp"
#include "runtime/log/topic.hpp"

namespace aisle::log {

/// Reads the records of one partition in the order of their offsets, as far as they are
/// acknowledged, whichever process appends them. Never waits and never locks anybody out: to wait
/// for more, watch `end_file()` with an io::file_watch, or ask again after a while.
///
/// Each batch is checked against its checksum. What is damaged or missing is an error that names
/// file and byte, and the reader stays in front of it: nothing is left out in silence. Not
/// thread-safe.
class reader {
 public:
  /// Opens a partition in front of `from`, an offset between its start and its end (`start()`,
  /// `end()`; errc::out_of_range otherwise). What an appender that died has left is settled first,
  /// where this process may write and nobody is appending. `on` must outlive the reader.
  [[nodiscard]] static result<reader> open(const topic& of, base::partition_id partition,
                                           base::offset from, io::disk& on = io::real_disk());
  /// The same in front of the oldest record that is kept.
  [[nodiscard]] static result<reader> open_at_start(const topic& of, base::partition_id partition,
                                                    io::disk& on = io::real_disk());

  /// Replaces `into` by the records of the next batch, from the position on. Their bytes lie in the
  /// reader's memory and are good until the next call of poll or seek; `io::record_padding` bytes
  /// behind each can be read. False, and no records: all that is acknowledged has been read.
  [[nodiscard]] result<bool> poll(std::vector<record>& into);

  /// The offset that the next record read will have.
  [[nodiscard]] base::offset position() const { return position_; }
  /// Goes on in front of another offset; errc::out_of_range as for `open`.
  [[nodiscard]] result<void> seek(base::offset to);
  /// The offset of the oldest record that is kept, and the one the next append will have.
  [[nodiscard]] result<base::offset> start() const;
  [[nodiscard]] result<base::offset> end() const;
  /// Bytes between the position and the end.
  [[nodiscard]] result<std::uint64_t> bytes_behind() const;
  /// The file that is written whenever there is more to read.
  [[nodiscard]] std::filesystem::path end_file() const;

 private:
  reader(topic of, base::partition_id partition, io::disk& on);

  [[nodiscard]] result<void> open_end_mark();
  [[nodiscard]] result<end_mark> look_at_end() const;
  [[nodiscard]] result<void> open_segment(base::offset base);
  [[nodiscard]] result<bool> go_to_next_segment();
  [[nodiscard]] result<segment_walker::found> next_batch(batch_view& into);

  topic of_;
  base::partition_id partition_;
  io::disk* disk_;
  std::unique_ptr<io::open_file> end_file_;
  std::optional<segment_walker> segment_;
  base::offset position_{};
  // As of the last look; reading looks again only when it comes here.
  end_mark end_;
};

}  // namespace aisle::log
