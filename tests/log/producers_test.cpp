// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/producers.hpp"

#include <doctest/doctest.h>

#include "runtime/log/retention.hpp"
#include "tests/log/log_folder.hpp"

namespace aisle::log {
namespace {

using strings = std::vector<std::string>;

TEST_CASE("a producer's repeats are dropped record by record") {
  const log_folder log;
  auto writer = log.writer();
  REQUIRE(append(writer, {"0", "1"}, {.id = 5, .epoch = 1, .sequence = 0}));
  const auto all = append(writer, {"0", "1"}, {.id = 5, .epoch = 1, .sequence = 0});
  CHECK(all->repeated == 2);
  CHECK(all->appended == 0);
  const auto some = append(writer, {"1", "2"}, {.id = 5, .epoch = 1, .sequence = 1});
  CHECK(some->repeated == 1);
  CHECK(some->first == base::offset{2});
  CHECK(append(writer, {"9"}, {.id = 5, .epoch = 1, .sequence = 9}).error().code == errc::gap);
  CHECK(append(writer, {"x"}, {.id = 6, .epoch = 1, .sequence = 0}));
  CHECK(read_all(log.made).values == strings{"0", "1", "2", "x"});
}

TEST_CASE("who has been taken over is fenced, in every process and behind new segments") {
  auto settings = topic_settings{.partitions = 1, .segment_bytes = segment_bytes_min, .keep = {}};
  settings.keep.bytes = 1;
  const log_folder log{settings};
  auto old = log.writer();
  auto next = log.writer();
  const auto first = old.take_over(5);
  REQUIRE(first);
  CHECK(first->epoch == 1);
  REQUIRE(append(old, {"a"}, {5, 1, 0}, "marker 1"));

  const auto second = next.take_over(5);
  REQUIRE(second);
  CHECK(second->epoch == 2);
  CHECK(second->next_sequence == 1);
  CHECK(second->marker == "marker 1");
  CHECK(append(old, {"zombie"}, {5, 1, 1}).error().code == errc::fenced);
  REQUIRE(append(next, {"b"}, {5, 2, 1}, "marker 2"));

  for (int at = 0; at < 40; ++at)
    REQUIRE(append(next, {std::string(500, 'x')}));
  CHECK_FALSE(std::filesystem::exists(log.segment(0)));
  CHECK(append(old, {"zombie"}, {5, 1, 1}).error().code == errc::fenced);
  auto later = log.writer();
  const auto known = later.find_producer(5);
  REQUIRE(known);
  REQUIRE(*known);
  CHECK((*known)->epoch == 2);
  CHECK((*known)->next_sequence == 2);
  CHECK((*known)->marker == "marker 2");
}

TEST_CASE("a marker is there exactly when its records are") {
  const log_folder log;
  auto writer = log.writer();
  REQUIRE(append(writer, {"a", "b"}, {5, 1, 0}, "1"));
  const auto whole = std::filesystem::file_size(log.segment());
  REQUIRE(append(writer, {"c", "d"}, {5, 1, 2}, "2"));
  // The second append is torn before anybody knew of it.
  std::filesystem::remove(log.end_file());
  std::filesystem::resize_file(log.segment(), std::filesystem::file_size(log.segment()) - 1);
  auto other = log.writer();
  CHECK(other.find_producer(5).value()->marker == "1");
  CHECK(std::filesystem::file_size(log.segment()) == whole);
  CHECK(read_all(log.made).values == strings{"a", "b"});
}

TEST_CASE("a partition remembers so many producers, and forgets the one silent longest") {
  producer_table table;
  for (std::uint64_t id = 1; id <= producers_max + 1; ++id) {
    table.note({.base = base::offset{static_cast<std::int64_t>(id)},
                .count = 1,
                .producer = {.id = id, .epoch = 1, .sequence = 0}},
               {});
  }
  CHECK(table.size() == producers_max);
  CHECK_FALSE(table.find(1));
  CHECK(table.find(2));
  producer_table again;
  REQUIRE(again.decode(table.encode()));
  CHECK(again.find(producers_max + 1) == table.find(producers_max + 1));
  CHECK(again.encode() == table.encode());
  CHECK_FALSE(again.decode(table.encode() + "x"));
}

base::event_time at_ms(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

TEST_CASE("retention removes whole segments, the oldest first, never the last") {
  const std::vector<segment_facts> segments{
      {100, at_ms(0)}, {100, at_ms(10)}, {100, at_ms(20)}, {50, at_ms(30)}};
  const auto removed = [&](retention keep, std::int64_t now) {
    return segments_to_remove(segments, keep, at_ms(now));
  };
  CHECK(removed({}, 1000) == 0);
  CHECK(removed({.bytes = 150, .age = {}}, 0) == 2);
  CHECK(removed({.bytes = 151, .age = {}}, 0) == 1);
  CHECK(removed({.bytes = 1, .age = {}}, 0) == 3);
  CHECK(removed({.bytes = 1000, .age = {}}, 0) == 0);
  CHECK(removed({.bytes = {}, .age = base::duration{10}}, 29) == 1);
  CHECK(removed({.bytes = {}, .age = base::duration{10}}, 30) == 2);
  CHECK(removed({.bytes = {}, .age = base::duration{0}}, 1000) == 3);
  CHECK(segments_to_remove({}, {.bytes = 1, .age = {}}, at_ms(0)) == 0);
}

TEST_CASE("a reader that retention overtakes is told what is gone") {
  auto settings = topic_settings{.partitions = 1, .segment_bytes = segment_bytes_min, .keep = {}};
  settings.keep.age = base::duration{1000};
  log_folder log{settings};
  auto writer = log.writer();
  for (int at = 0; at < 10; ++at)
    REQUIRE(append(writer, {std::string(1000, 'x')}));
  auto reader = reader::open_at_start(log.made, first_partition);
  REQUIRE(reader);
  log.clock.time += base::duration{1000};
  for (int at = 0; at < 10; ++at)
    REQUIRE(append(writer, {std::string(1000, 'y')}));
  CHECK(reader->start().value() > base::offset{0});
  // The segment it stands in lives as long as it is open.
  const auto read = read_on(*reader);
  CHECK(read.values.size() > 0);
  CHECK(read.code == errc::out_of_range);
  CHECK(reader->seek(base::offset{0}).error().code == errc::out_of_range);
  CHECK(reader->seek(reader->start().value()));
  CHECK(read_on(*reader).stopped.empty());
}

}  // namespace
}  // namespace aisle::log
