// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/log/partition_writer.hpp"
#include "runtime/log/reader.hpp"
#include "runtime/log/topic.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::log {

/// Says what time it is when it is told.
class set_clock final : public base::clock {
 public:
  base::event_time time{base::duration{1'000'000}};
  [[nodiscard]] base::event_time now() const override { return time; }
};

inline constexpr base::partition_id first_partition{0};

/// A log in a folder of its own, with a topic of one partition.
struct log_folder {
  io::temp_folder temp;
  set_clock clock;
  std::filesystem::path folder = temp.path() / "log";
  topic made;

  explicit log_folder(const topic_settings& settings = {}) {
    auto opened = make_topic(folder, "events", settings, clock);
    REQUIRE(opened);
    made = std::move(*opened);
  }

  [[nodiscard]] partition_writer writer(io::disk& on = io::real_disk()) const {
    return {made, first_partition, clock, on};
  }
  [[nodiscard]] std::filesystem::path segment(std::int64_t base = 0) const {
    return made.partition_folder(first_partition) / segment_name(base::offset{base});
  }
  [[nodiscard]] std::filesystem::path end_file() const {
    return made.partition_folder(first_partition) / "end";
  }
};

/// Appends values, each a record, as one batch.
inline result<acknowledged> append(partition_writer& to, const std::vector<std::string>& values,
                                   const producer_stamp& by = {}, std::string_view marker = {}) {
  std::vector<new_record> records(values.size());
  for (std::size_t at = 0; at < values.size(); ++at) {
    records[at].value = values[at];
  }
  return to.append({.records = records, .by = by, .marker = marker});
}

/// All values from where the reader stands to the end; what stopped it otherwise in `stopped`.
struct values_read {
  std::vector<std::string> values;
  std::string stopped;
  errc code{};
};
inline values_read read_on(reader& from) {
  values_read all;
  std::vector<record> records;
  for (;;) {
    const auto more = from.poll(records);
    if (!more) {
      all.stopped = more.error().message;
      all.code = more.error().code;
      return all;
    }
    if (!*more) return all;
    for (const auto& one : records) {
      all.values.emplace_back(one.value.value_or("(tombstone)"));
    }
  }
}
inline values_read read_all(const topic& of) {
  auto opened = reader::open_at_start(of, first_partition);
  if (!opened) {
    return {.values = {}, .stopped = opened.error().message, .code = opened.error().code};
  }
  return read_on(*opened);
}

/// Changes one byte of a file.
inline void flip(const std::filesystem::path& file, std::uint64_t at) {
  auto bytes = io::content_of(file);
  REQUIRE(at < bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  std::ofstream{file, std::ios::binary}.write(bytes.data(),
                                              static_cast<std::streamsize>(bytes.size()));
}

}  // namespace aisle::log
