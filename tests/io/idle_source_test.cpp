// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <doctest/doctest.h>

#include "runtime/io/source.hpp"
#include "tests/flow/visits.hpp"

namespace aisle::io {
namespace {

using std::chrono::seconds;

/// A source over a network with two partitions and nothing to read, and what it knows of them.
struct quiet_reader final : record_reader {
  reading answer = reading::caught_up;
  std::array<bool, 2> read{true, true};
  bool is_file = false;
  /// The only records there are; they are of one partition.
  int records = 0;

  result<reading> next(raw_record& into) override {
    if (records == 0) return answer;
    bytes_ = flow::to_json({.id = std::to_string(--records), .at_ms = 1000, .key = "k"});
    const auto size = bytes_.size();
    bytes_.append(record_padding, '\0');
    into = {.bytes = std::string_view{bytes_}.substr(0, size), .ordinal = {}, .length = size};
    return reading::record;
  }
  std::uint32_t partitions() const override { return is_file ? 0 : 2; }
  read_position position(base::partition_id of) const override { return {.partition = of}; }
  result<void> seek(const read_position& /*to*/) override { return {}; }
  std::optional<backlog> behind(base::partition_id of) const override {
    return backlog{.bytes = read.at(of.get()) ? 0U : 1U, .records = std::nullopt};
  }

 private:
  std::string bytes_;
};

flow::ingest_options options() {
  flow::ingest_options of;
  of.source = "visits";
  of.contract = flow::visit_contract();
  of.partitions = 2;
  of.idle_after = seconds{10};
  of.channels.resize(2);
  return of;
}

struct quiet_source {
  quiet_reader* reader = nullptr;
  source from{make(reader),
              flow::ingest{options(), record::make_json_decoder(*flow::visit_contract())}};
  base::epoch epoch{0};

  static std::unique_ptr<record_reader> make(quiet_reader*& as) {
    auto made = std::make_unique<quiet_reader>();
    as = made.get();
    return made;
  }
  /// How many partitions are idle behind the next barrier, `at` after the beginning.
  std::uint32_t idle_at(base::duration at) {
    source_effects effects;
    from.read(1, effects);
    return idle_without_a_look(at);
  }
  std::uint32_t idle_without_a_look(base::duration at) {
    source_effects effects;
    epoch = epoch.next();
    from.start(epoch, at, effects);
    return from.idle_partitions();
  }
};

TEST_CASE("partitions whose reader has caught up for the idle time are idle") {
  quiet_source of;
  CHECK(of.idle_at(seconds{0}) == 0);
  CHECK(of.from.caught_up());
  CHECK_FALSE(of.from.cut_off());
  CHECK(of.idle_at(seconds{9}) == 0);
  CHECK(of.idle_at(seconds{10}) == 2);
}

TEST_CASE("a reader that is cut off makes nothing idle, and begins to count anew afterwards") {
  quiet_source of;
  CHECK(of.idle_at(seconds{0}) == 0);
  of.reader->answer = reading::cut_off;
  of.reader->read = {false, false};
  CHECK(of.idle_at(seconds{11}) == 0);
  CHECK(of.from.cut_off());
  of.reader->answer = reading::caught_up;
  of.reader->read = {true, true};
  CHECK(of.idle_at(seconds{12}) == 0);
  CHECK(of.idle_at(seconds{21}) == 0);
  CHECK(of.idle_at(seconds{22}) == 2);
}

TEST_CASE("a partition that is known to be read goes idle while another is cut off") {
  quiet_source of;
  of.reader->answer = reading::cut_off;
  of.reader->read = {true, false};
  CHECK(of.idle_at(seconds{0}) == 0);
  CHECK(of.idle_at(seconds{10}) == 1);
  CHECK(of.from.is_idle(base::partition_id{0}));
  CHECK_FALSE(of.from.is_idle(base::partition_id{1}));
}

TEST_CASE("a reader that is paused calls no partition idle that may hold more, and others are") {
  quiet_source of;
  of.reader->read = {true, false};
  of.from.pause_beyond(base::beginning_of_time - seconds{1});
  CHECK(of.idle_at(seconds{0}) == 0);
  CHECK(of.from.held_up());
  CHECK(of.idle_at(seconds{10}) == 1);
  CHECK(of.from.is_idle(base::partition_id{0}));
  of.reader->read = {true, true};
  CHECK(of.idle_at(seconds{11}) == 1);
  CHECK(of.idle_at(seconds{21}) == 2);
  of.reader->read = {false, true};
  CHECK(of.idle_at(seconds{22}) == 1);
  CHECK(of.from.is_idle(base::partition_id{1}));
}

TEST_CASE("a reader of files that is paused calls nothing idle: it cannot know") {
  quiet_source of;
  of.reader->is_file = true;
  CHECK(of.idle_at(seconds{0}) == 0);
  of.from.pause_beyond(base::beginning_of_time - seconds{1});
  CHECK(of.idle_at(seconds{10}) == 0);
  of.from.pause_beyond(base::end_of_time);
  CHECK(of.idle_at(seconds{11}) == 0);
  CHECK(of.idle_at(seconds{21}) == 2);
}

TEST_CASE("a process that stood still takes nothing for idle that came meanwhile") {
  quiet_source of;
  SUBCASE("to a file") {
    of.reader->is_file = true;
    CHECK(of.idle_at(seconds{0}) == 0);
    of.reader->records = 1;
    CHECK(of.idle_without_a_look(seconds{60}) == 1);
    CHECK(of.from.counts().read == 1);
    of.reader->records = 1000;
    CHECK(of.idle_without_a_look(seconds{120}) == 0);
  }
  SUBCASE("to a partition") {
    CHECK(of.idle_at(seconds{0}) == 0);
    of.reader->read = {true, false};
    CHECK(of.idle_without_a_look(seconds{60}) == 1);
    CHECK(of.from.is_idle(base::partition_id{0}));
  }
}

TEST_CASE("a source of which every partition is idle is not ahead of the others") {
  quiet_source of;
  CHECK(of.idle_at(seconds{0}) == 0);
  CHECK(of.idle_at(seconds{10}) == 2);
  of.from.pause_beyond(base::event_time{});
  CHECK(of.idle_at(seconds{11}) == 2);
  CHECK_FALSE(of.from.held_up());
}

}  // namespace
}  // namespace aisle::io
