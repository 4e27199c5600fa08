// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/world.hpp"
#include "tests/support/kafka_records.hpp"

namespace aisle::e2e {

/// A hit of a page, `at` seconds after 2026-03-02T00:00:00Z.
struct hit {
  int id = 0;
  int at = 0;
  std::string page{};
  int units = 1;
};

/// The page whose hits only close the windows of the others, and are not counted here.
inline constexpr std::string_view closing = "closing";

/// What the topology says.
struct tally_settings {
  /// In seconds.
  int disorder = 0;
  int lateness = 0;
  std::string idle = "never";
  /// Results go to files below OUT, and not to topics: those are beside the source, and what keeps
  /// it away would keep them away.
  bool into_files = false;
  /// Where finished windows are posted as well; empty: nowhere.
  std::string webhook{};
};

/// Where a record stands: partition, offset.
using place = std::pair<int, std::int64_t>;

/// A window of a minute: its page, and the minute in which it begins.
using minute_of_page = std::pair<std::string, int>;

struct cell {
  std::int64_t n = 0;
  std::int64_t units = 0;
  friend bool operator==(const cell&, const cell&) = default;
};

/// What a run has to find: worked out here by the words of the manual alone. The watermark of a
/// partition is the highest time so far less the disorder; what is older is seen at the watermark;
/// a window takes what is seen before its end and its lateness are over; a repeated id is dropped.
class tally_book {
 public:
  explicit tally_book(const tally_settings& by) : by_{by} {}

  /// The next record of its partition.
  void take(int partition, const hit& what);
  void take_broken(int partition) { refused.emplace(partition, next_[partition]++); }
  /// Nothing of the partition is seen before this any more: it was idle, and the others are there.
  void see_from(int partition, int at) { floor_[partition] = at; }
  /// Partitions that are new stand where the slowest of the others does.
  void grow(int from, int to);

  [[nodiscard]] std::int64_t records() const;
  [[nodiscard]] std::int64_t counted() const;

  std::map<minute_of_page, cell> windows;
  std::set<place> late;
  std::set<place> refused;
  std::int64_t repeats = 0;
  /// Those of `closing`.
  std::int64_t closers = 0;

 private:
  tally_settings by_;
  std::map<int, std::int64_t> next_;
  std::map<int, int> floor_;
  std::map<int, std::set<int>> known_;
};

/// What a run has written. Whatever is there twice ends the test.
struct tally_found {
  std::map<minute_of_page, cell> windows;
  std::set<minute_of_page> begun;
  std::set<place> late;
  std::set<place> refused;

  [[nodiscard]] std::int64_t counted() const;
};

/// A topic of a test's own with hits, a topology that counts them by page and minute, and the
/// test's own book of it.
class tally {
 public:
  tally(std::string servers, int partitions, tally_settings by = {});

  /// Puts records behind those of the partition, in the book and, with `append`, in the topic.
  void put(int partition, const hit& what);
  void put_broken(int partition);
  /// One hit for each of `partitions`, late enough to close every window of the others.
  void put_closers(int partitions);
  /// Returns when the brokers have everything.
  void append();
  /// From one number of partitions to another.
  void grow(int from, int to);

  /// `aisle run` of it, with a state, without an end.
  [[nodiscard]] strings command(const strings& more = {}) const;
  /// What is written so far; in topics as a consumer sees it that reads committed records alone.
  [[nodiscard]] tally_found found() const;
  /// OUT/summary.json; empty before the first epoch is complete.
  [[nodiscard]] json summary() const;
  /// Records that complete epochs have read.
  [[nodiscard]] std::int64_t read() const;
  /// Of those, what windows have taken.
  [[nodiscard]] std::int64_t applied() const;
  /// How often a partition was declared idle.
  [[nodiscard]] std::int64_t declared_idle() const;

  /// Everything is read, and every window of the book is final.
  [[nodiscard]] bool is_done() const;
  /// What was found and what the program says of itself are what the book says.
  void check_agrees() const;
  /// The accounts, for a person.
  [[nodiscard]] std::string accounts() const;

  tally_book book;

 private:
  /// Records of a sink: those of its topic, or of its folder.
  [[nodiscard]] std::vector<json> records_of_sink(const std::string& sink) const;
  [[nodiscard]] std::string output(const std::string& sink) const;

  tally_settings by_;
  std::string servers_;
  temp_folder folder_;
  std::string name_;
  std::string topology_;
  std::string config_;
  std::vector<test_support::kafka_record> waiting_;
};

/// What `run --json` has told last; empty before the first line.
[[nodiscard]] json last_line_of(const running& run);

/// Of its source, by that line; 0 while it has not looked.
[[nodiscard]] int partitions_told(const running& run);

}  // namespace aisle::e2e
