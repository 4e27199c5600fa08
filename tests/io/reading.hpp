// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/io/record_reader.hpp"

namespace aisle::io {

/// What a reader gave, copied.
struct records_read {
  std::vector<std::string> records;
  std::vector<std::uint64_t> lengths;
  std::vector<std::int64_t> ordinals;
  /// Before each record, and one behind the last.
  std::vector<read_position> positions;
  /// Empty when the end was reached.
  std::string message;
  errc code{};
};

inline records_read read_on(record_reader& reader) {
  records_read all;
  raw_record record;
  while (true) {
    all.positions.push_back(reader.position({}));
    const auto more = reader.next(record);
    if (!more) {
      all.message = more.error().message;
      all.code = more.error().code;
      return all;
    }
    if (*more != reading::record) return all;
    all.records.emplace_back(record.bytes);
    all.lengths.push_back(record.length);
    all.ordinals.push_back(record.ordinal.get());
  }
}

using paths = std::vector<std::filesystem::path>;

inline std::unique_ptr<file_reader> opened(paths files, const reader_options& options = {},
                                           disk& on = real_disk()) {
  auto reader = open_files(std::move(files), options, on);
  REQUIRE_MESSAGE(reader.has_value(), reader.error().message);
  return std::move(*reader);
}

inline records_read read_all(paths files, const reader_options& options = {},
                             disk& on = real_disk()) {
  return read_on(*opened(std::move(files), options, on));
}

/// Why the files cannot be opened.
inline error refusal_of(paths files, const reader_options& options = {}, disk& on = real_disk()) {
  auto reader = open_files(std::move(files), options, on);
  REQUIRE_FALSE(reader.has_value());
  return reader.error();
}

inline reader_options csv_of_at_most(std::size_t record_bytes_max) {
  return {framing::csv, record_bytes_max};
}

using strings = std::vector<std::string>;

}  // namespace aisle::io
