// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/io/file_watch.hpp"
#include "runtime/kafka/topic_reader.hpp"

namespace aisle::kafka {

using strings = std::vector<std::string>;

inline settings to_servers(const std::string& servers) {
  return {.brokers = servers, .properties = {}};
}

/// A reader that is waited with; what fails ends the test.
class waiting_reader {
 public:
  waiting_reader(const std::string& servers, const topic_options& options)
      : reader_{open(servers, options)} {
    CHECK(reader_->watch(watch_));
  }

  io::record_reader& operator*() { return *reader_; }
  io::record_reader* operator->() { return reader_.get(); }

  /// Each as "partition/offset=value", until it answers one of `until` or there are `most`.
  strings read(std::vector<io::reading> until, std::size_t most = 1'000'000) {
    moves();
    strings all;
    io::raw_record record;
    while (all.size() < most) {
      const auto found = next(record);
      REQUIRE_MESSAGE(found, found.error().message);
      if (*found == io::reading::record) {
        all.push_back(
            fmt::format("{}/{}={}", record.partition.get(), record.ordinal.get(), record.bytes));
      } else if (std::ranges::find(until, *found) != until.end()) {
        return all;
      } else {
        watch_.wait(base::duration{100});
      }
    }
    return all;
  }
  strings to_end() { return read({io::reading::end}); }
  strings to_present() { return read({io::reading::caught_up}); }

  void read_one(io::raw_record& into) {
    moves();
    for (auto found = next(into); found.value() != io::reading::record; found = next(into)) {
      watch_.wait(base::duration{100});
    }
  }

  /// Reads until it fails; what comes before is dropped.
  io::error failure() {
    moves();
    io::raw_record record;
    for (;;) {
      const auto found = next(record);
      if (!found) return found.error();
      REQUIRE(*found != io::reading::end);
      if (*found != io::reading::record) watch_.wait(base::duration{100});
    }
  }

  /// Positions of all partitions, as a checkpoint keeps them.
  [[nodiscard]] std::vector<io::read_position> positions() const {
    std::vector<io::read_position> all;
    for (std::uint32_t p = 0; p < reader_->partitions(); ++p) {
      all.push_back(reader_->position(base::partition_id{p}));
    }
    return all;
  }
  io::file_watch& watch() { return watch_; }

 private:
  static std::unique_ptr<io::record_reader> open(const std::string& servers,
                                                 const topic_options& options) {
    auto opened = open_topic_reader(to_servers(servers), options);
    REQUIRE_MESSAGE(opened, opened.error().message);
    return std::move(*opened);
  }

  // A test that hangs fails.
  io::result<io::reading> next(io::raw_record& into) {
    auto found = reader_->next(into);
    if (found && *found != io::reading::record) {
      REQUIRE(std::chrono::steady_clock::now() - moved_ < std::chrono::minutes{1});
    } else {
      moves();
    }
    return found;
  }
  void moves() { moved_ = std::chrono::steady_clock::now(); }

  std::unique_ptr<io::record_reader> reader_;
  io::file_watch watch_;
  /// When the last record came, or reading began behind it.
  std::chrono::steady_clock::time_point moved_;
};

}  // namespace aisle::kafka
