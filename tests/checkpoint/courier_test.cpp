// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/courier.hpp"

#include <cstring>
#include <map>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/checkpoint/any_sink.hpp"

namespace aisle::checkpoint {
namespace {

constexpr attempt at(std::uint64_t n) {
  return {.generation = generation{3}, .epoch = base::epoch{n}};
}

/// A lane with its sink, and the store that outboxes are read from after a restart.
struct delivering {
  /// Epochs go on from this one.
  explicit delivering(const lane_memory& held = {}, attempt from = {}) {
    auto made = std::make_unique<any_sink>(sink);
    is.emplace(std::move(made), [this](attempt of, std::uint32_t part) {
      ++reads;
      const auto found = stored.find({of, part});
      return found == stored.end()
                 ? std::expected<std::string, std::string>{std::unexpect, "a damaged row"}
                 : std::expected<std::string, std::string>{found->second};
    });
    is->assigned(held, from);
  }

  /// The epoch brings `bytes`, out of memory; nothing when empty.
  void complete(std::uint64_t n, const std::string& bytes) {
    if (bytes.empty()) {
      is->completed(at(n), std::nullopt, nullptr);
      return;
    }
    auto box = std::make_shared<outbox>(
        outbox{.epoch = base::epoch{n}, .start_offset = end, .bytes = bytes, .records = 1});
    end += static_cast<std::int64_t>(bytes.size());
    is->completed(at(n), head(n), box);
    boxes.push_back(box);
  }
  outbox_head head(std::uint64_t n, std::uint32_t parts = 1) {
    return {.attempt = at(n), .prev = std::exchange(last, at(n)), .parts = parts};
  }
  /// Stored before a restart, as the store hands it out.
  void store(std::uint64_t n, std::uint32_t part, const std::string& bytes) {
    std::string all(sizeof end, '\0');
    std::memcpy(all.data(), &end, sizeof end);
    stored[{at(n), part}] = all + bytes;
    end += static_cast<std::int64_t>(bytes.size());
  }

  /// Until there is nothing to do, or something is in the way; then it is said.
  void work() {
    for (int i = 0; i < 1000 && is->has_work(); ++i) {
      const auto report = is->work();
      bytes_out += report.bytes;
      if (report.delivered) {
        delivered = report.delivered->get();
      }
      waits = report.waits.value_or("");
      stopped = report.stopped.value_or(stopped);
      if (report.waits || report.stopped) {
        return;
      }
    }
    CHECK_FALSE(is->has_work());
  }

  any_sink::script sink;
  std::map<std::pair<attempt, std::uint32_t>, std::string> stored;
  std::optional<courier> is;
  std::vector<std::weak_ptr<const outbox>> boxes;
  attempt last;
  std::int64_t end = 0;
  std::size_t reads = 0;
  std::uint64_t bytes_out = 0;
  std::optional<std::uint64_t> delivered;
  std::string waits;
  std::string stopped;
};

/// What a lane has delivered up to an epoch of an earlier process.
lane_memory out_to(std::uint64_t n, std::vector<outbox_head> left = {}) {
  return {.delivered_to = at(n), .born = true, .outboxes = std::move(left)};
}

TEST_CASE("what is complete goes out in order, and epochs that brought nothing count as out") {
  delivering lane;
  lane.complete(1, "one\n");
  lane.complete(2, "");
  lane.complete(3, "three\n");
  lane.work();
  CHECK(lane.sink.out == "one\nthree\n");
  CHECK(lane.delivered == 3);
  CHECK(lane.is->delivered_to() == at(3));
  CHECK(lane.is->born());
  CHECK(lane.bytes_out == 10);
  CHECK(lane.reads == 0);
  lane.complete(4, "");
  lane.work();
  CHECK(lane.delivered == 4);
  CHECK(lane.is->delivered_to() == at(3));
}

TEST_CASE("nothing goes out before its epoch is complete, and a lane at rest has no work") {
  delivering lane;
  lane.work();
  CHECK(lane.delivered == 0);
  CHECK(lane.sink.out.empty());
  CHECK_FALSE(lane.is->has_work());
}

TEST_CASE("an outbox is let go when it is out, and not before") {
  delivering lane;
  lane.sink.next = {{"write", sink_end::failed}};
  lane.complete(1, "one\n");
  lane.work();
  CHECK_FALSE(lane.boxes[0].expired());
  lane.work();
  CHECK(lane.delivered == 1);
  CHECK(lane.boxes[0].expired());
}

TEST_CASE("a call that fails is made again behind a new fence and the marker, until it works") {
  for (const bool it_happened : {false, true}) {
    for (const std::string call : {"fence", "marker", "write"}) {
      CAPTURE(call);
      CAPTURE(it_happened);
      delivering lane;
      lane.sink.failed_writes_happen = it_happened;
      lane.sink.next = {{call, sink_end::failed}, {call, sink_end::failed}};
      lane.complete(1, "one\n");
      lane.complete(2, "two\n");
      int tries = 0;
      for (; lane.delivered != 2 && tries < 10; ++tries) {
        lane.work();
        if (lane.delivered != 2) {
          CHECK(lane.waits == "out of order");
        }
      }
      CHECK(tries == 3);
      CHECK(lane.sink.out == "one\ntwo\n");
      CHECK(lane.sink.fences == 3);
    }
  }
}

TEST_CASE("a sink that refuses stops the lane for good, with the reason") {
  for (const std::string call : {"fence", "marker", "write"}) {
    CAPTURE(call);
    delivering lane;
    lane.sink.next = {{call, sink_end::refused}};
    lane.complete(1, "one\n");
    lane.work();
    CHECK(lane.stopped == "out of order");
    CHECK(lane.is->state() == lane_state::fatal);
    lane.complete(2, "two\n");
    lane.work();
    CHECK(lane.sink.out.empty());
    CHECK(lane.delivered != 2);
  }
}

TEST_CASE("who has lost its lane to another process says so, and writes nothing more") {
  delivering lane;
  lane.sink.next = {{"write", sink_end::lost}};
  lane.complete(1, "one\n");
  lane.work();
  CHECK(lane.stopped.find("another process") != std::string::npos);
  CHECK(lane.sink.out.empty());
}

TEST_CASE("a marker ahead of what is complete stops the lane: the state is older than its output") {
  delivering lane{out_to(2), at(2)};
  lane.sink.marker = marker{.attempt = at(5)};
  lane.work();
  CHECK(lane.stopped.find("this state is older than its output") != std::string::npos);
  CHECK(lane.sink.out.empty());
}

TEST_CASE("a marker behind what was out stops the lane: the output was set back") {
  delivering lane{out_to(4), at(4)};
  lane.sink.marker = marker{.attempt = at(3)};
  lane.work();
  CHECK(lane.stopped.find("the output was set back") != std::string::npos);
}

TEST_CASE("a marker of another history stops the lane") {
  delivering lane{out_to(4), at(6)};
  lane.sink.marker = marker{.attempt = {.generation = generation{3}, .epoch = base::epoch{5}}};
  lane.work();
  CHECK(lane.stopped.find("no attempt of this history") != std::string::npos);
}

TEST_CASE("a marker that is gone stops a lane that had one; a lane that never had one gets it") {
  delivering had{out_to(4), at(4)};
  had.sink.marker = std::nullopt;
  had.work();
  CHECK(had.stopped.find("lost the lane's marker") != std::string::npos);

  delivering fresh;
  fresh.sink.marker = std::nullopt;
  fresh.complete(1, "one\n");
  fresh.work();
  CHECK(fresh.stopped.empty());
  CHECK(fresh.sink.out == "one\n");
  CHECK((fresh.sink.marker == marker{.attempt = at(1)}));
}

TEST_CASE(
    "after a restart outboxes come from the store, and what the marker says is out does not") {
  for (std::uint64_t out = 1; out <= 3; ++out) {
    CAPTURE(out);
    const std::vector<outbox_head> left{{.attempt = at(2), .prev = at(1), .parts = 1},
                                        {.attempt = at(3), .prev = at(2), .parts = 1}};
    delivering lane{out_to(1, left), at(3)};
    lane.end = 4;
    lane.store(2, 0, "two\n");
    lane.store(3, 0, "three\n");
    lane.last = at(3);
    const std::string whole = "one\ntwo\nthree\n";
    lane.sink.out = out == 1 ? "one\n" : out == 2 ? "one\ntwo\n" : whole;
    lane.sink.marker = marker{.attempt = at(out)};
    lane.work();
    CHECK(lane.stopped.empty());
    CHECK(lane.delivered == 3);
    CHECK(lane.sink.out == whole);
    CHECK(lane.reads == 3 - out);
    lane.complete(4, "four\n");
    lane.work();
    CHECK(lane.sink.out == whole + "four\n");
  }
}

TEST_CASE("an outbox of several parts goes on behind the part that the marker has") {
  for (std::uint32_t out = 0; out < 3; ++out) {
    CAPTURE(out);
    const std::vector<outbox_head> left{{.attempt = at(2), .prev = at(1), .parts = 3}};
    delivering lane{out_to(1, left), at(2)};
    for (std::uint32_t part = 0; part < 3; ++part) {
      lane.store(2, part, fmt::format("part {}\n", part));
    }
    lane.sink.out = std::string{"part 0\npart 1\npart 2\n"}.substr(0, 7 * (out + 1));
    lane.sink.marker = marker{.attempt = at(2), .part = out};
    lane.work();
    CHECK(lane.delivered == 2);
    CHECK(lane.reads == 2 - out);
    CHECK(lane.sink.out == "part 0\npart 1\npart 2\n");
  }
}

TEST_CASE("an outbox of several parts goes out of memory part by part") {
  delivering lane;
  const auto line = std::string(part_bytes_target - 1, 'x') + "\n";
  auto box = std::make_shared<outbox>(
      outbox{.epoch = base::epoch{1}, .start_offset = 0, .bytes = line + "end\n", .records = 2});
  lane.is->completed(at(1), lane.head(1, 2), box);
  lane.sink.next = {{"write", sink_end::done}, {"write", sink_end::failed}};
  lane.work();
  CHECK((lane.sink.marker == marker{.attempt = at(1), .part = 0}));
  CHECK_FALSE(lane.delivered == 1);
  lane.work();
  CHECK(lane.delivered == 1);
  CHECK((lane.sink.out == box->bytes));
}

TEST_CASE("a part that cannot be read, or is none, stops the lane and says why") {
  for (const bool is_there : {false, true}) {
    delivering lane{out_to(1, {{.attempt = at(2), .prev = at(1), .parts = 1}}), at(2)};
    lane.sink.marker = marker{.attempt = at(1)};
    if (is_there) {
      lane.stored[{at(2), 0}] = "short";
    }
    lane.work();
    CHECK(lane.stopped ==
          (is_there ? "a part of an outbox does not say where it belongs" : "a damaged row"));
    CHECK(lane.sink.out.empty());
  }
}

TEST_CASE("an outbox that does not follow the one that is out stops the lane when it is complete") {
  delivering lane{out_to(4), at(4)};
  lane.sink.marker = marker{.attempt = at(4)};
  lane.work();
  lane.is->completed(at(5), outbox_head{.attempt = at(5), .prev = at(3), .parts = 1}, nullptr);
  CHECK(lane.is->has_work());
  lane.work();
  CHECK(lane.stopped.find("belongs behind") != std::string::npos);
}

}  // namespace
}  // namespace aisle::checkpoint
