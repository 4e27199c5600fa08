// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/flow/record_frame.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/io/errors.hpp"
#include "runtime/io/file_watch.hpp"

namespace aisle::io {

/// Readable bytes behind every record, so that a SIMD decoder may read past its end without a copy.
inline constexpr std::size_t record_padding = 64;

/// One record as it stands in its file.
struct raw_record {
  /// Without the line end. Valid until the next call of the reader; `record_padding` more bytes
  /// behind it can be read, whatever they hold.
  std::string_view bytes;
  /// The place of the record in its partition; for files 0, 1, 2 … over all files of the source.
  base::offset ordinal;
  /// Bytes of the record in the file. More than bytes.size() for a record that is longer than the
  /// reader's bound: only its beginning is handed out then.
  std::uint64_t length = 0;
  /// The partition it came from, of a source that has partitions of its own.
  base::partition_id partition{};
  /// Of a source whose records have keys: as long as `bytes`, without padding. Empty: it has none.
  std::string_view key{};
  /// It says that its key is gone (a record without a value, which is not an empty one).
  bool tombstone = false;

  [[nodiscard]] bool oversized() const { return length > bytes.size(); }
};

/// Where a partition goes on: what has to be kept in order to read on there after a restart.
struct read_position {
  base::partition_id partition{};
  /// The place of the file in the list of the source's files; 0 for a log. For Kafka the offset
  /// behind the last record that was read, which is `ordinal` or before it; 0: none was.
  std::uint64_t file = 0;
  /// In the decompressed bytes of the file; 0 for a log. For Kafka a hash of that last record, by
  /// which a topic that was made anew is told from the one that was read.
  std::uint64_t byte = 0;
  /// The ordinal of the next record: in a log its offset.
  base::offset ordinal{0};

  friend auto operator<=>(const read_position&, const read_position&) = default;
};

/// What a reader found when it was asked for a record.
enum class reading : std::uint8_t {
  /// A record.
  record,
  /// Nothing at present: all there is has been read. More may come; ask again in a while.
  caught_up,
  /// Nothing at present, and nobody knows whether all is read: more is on its way, or what is read
  /// from cannot be reached. Ask again as with caught_up; but nothing is idle.
  cut_off,
  /// The end of a bounded source. Nothing will come any more.
  end,
};

/// What a partition that can grow holds beyond its position, as of the reader's last look. A source
/// that does not count its records says only how many bytes.
struct backlog {
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> records;

  /// Read to the end of the partition.
  [[nodiscard]] bool empty() const { return bytes == 0; }
};

/// The records of a source, one after the other: of files read to their end, of files that grow, of
/// a log. Not thread-safe.
class record_reader : public flow::header_source {
 public:
  /// Fills `into` when it answers reading::record; never waits for records to come. After an error
  /// `into` is unspecified, and the error comes again until `seek` is called: seeking to position()
  /// tries again.
  [[nodiscard]] virtual result<reading> next(raw_record& into) = 0;
  /// Of the record that was handed out last.
  [[nodiscard]] std::vector<flow::record_header> headers() const override { return {}; }
  /// Partitions of the source itself, as a log has them: 0, 1, … 0: it has none; its records are
  /// split by the contract's partition key, and it has one position, that of partition 0. Records
  /// of different partitions may come in any order, those of one in the order of their ordinals.
  [[nodiscard]] virtual std::uint32_t partitions() const { return 0; }
  /// Where the next record of a partition begins.
  [[nodiscard]] virtual read_position position(base::partition_id of) const = 0;
  /// Goes on at a position that `position` gave, of this reader or of an earlier one over the same
  /// source; other partitions stay where they are. errc::changed when no record can begin there any
  /// more.
  [[nodiscard]] virtual result<void> seek(const read_position& to) = 0;
  /// Puts the files that are written to whenever more has come under a watch. False when there are
  /// none, or not all can be watched: then one has to look again and again.
  virtual bool watch(file_watch& /*by*/) const { return false; }
  /// How far a partition's position is behind its end. Nothing for a bounded source, which has an
  /// end to come to and no lag.
  [[nodiscard]] virtual std::optional<backlog> behind(base::partition_id /*of*/) const {
    return std::nullopt;
  }
  /// Why reading is cut off, for a person; empty while it is not, or nobody knows.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  /// Records that were gone before they could be read, since the source was opened; only of one
  /// that goes on without them.
  [[nodiscard]] virtual std::uint64_t lost() const { return 0; }
  /// Partitions the source has by now. More than `partitions()` when it grew since it was opened:
  /// the new ones are not read; open it anew at the positions of this one. They come from their
  /// beginning then.
  [[nodiscard]] virtual std::uint32_t partitions_now() const { return partitions(); }
  /// A checkpoint that stands on these positions, one for each partition, is complete. For whoever
  /// shows others how far reading is; nothing here depends on it.
  virtual void completed(std::span<const read_position> /*at*/) {}
};

/// What a record is in a text file.
enum class framing : std::uint8_t {
  /// A line (NDJSON).
  line,
  /// A line, or several while a quote is open; the first record of each file is its header (CSV).
  csv,
};

struct reader_options {
  io::framing framing = framing::line;
  /// Longer records are handed out as their first `record_bytes_max` bytes.
  std::size_t record_bytes_max = 1 << 20;
  /// Between CSV cells: a quote opens only where a cell begins.
  char separator = ',';
  /// The last file grows and has no end: the reader follows it.
  bool follow = false;
};

/// The records of several files in the given order.
///
/// Lines end with LF or CRLF, the last one also with the end of the file. An empty line is an empty
/// record; nothing behind the last line end is none. NUL bytes are kept. A UTF-8 byte order mark at
/// the beginning of a file is skipped. `.gz` and `.zst` are decompressed; when such a file is
/// damaged or cut off, the whole records before the damage come first, then errc::corrupt.
///
/// CSV: a quote that is not closed within `record_bytes_max` bytes or in its file is taken for a
/// stray one: the record ends with its first line, so that it costs one record and not all that
/// follow.
///
/// When the last file is followed, a line without its end is no record yet, nor is one with a quote
/// that may still be closed; the file may only grow: one that shrinks, is replaced or removed is
/// errc::changed. A compressed file is complete; behind it nothing comes.
///
/// Memory: at most record_bytes_max and 256 KiB, whatever a line's length, beside the
/// decompressor's.
class file_reader : public record_reader {
 public:
  /// The header record of the files; empty for framing::line. It lives as long as the reader.
  [[nodiscard]] virtual const std::string& header() const = 0;
};

/// Opens every file once to see that it can be read and, for CSV, has the same header as the
/// others, so that what is wrong with the list is said before anything is read. `on` must outlive
/// the reader.
[[nodiscard]] result<std::unique_ptr<file_reader>> open_files(
    std::vector<std::filesystem::path> files, const reader_options& options,
    disk& on = real_disk());

}  // namespace aisle::io
