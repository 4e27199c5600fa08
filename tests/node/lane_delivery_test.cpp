// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/lane_delivery.hpp"

#include <doctest/doctest.h>

#include "runtime/base/clock.hpp"
#include "runtime/log/topic_lane.hpp"
#include "tests/io/faulty_disk.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::node {
namespace {

using checkpoint::marker;
using checkpoint::sink_end;

control::attempt at(std::uint64_t n) {
  return {.generation = control::generation{3}, .epoch = base::epoch{n}};
}
checkpoint::outbox_part part(std::uint64_t n, std::int64_t offset, std::string_view bytes,
                             std::uint32_t number = 0) {
  return {.outbox = {.attempt = at(n), .prev = at(n - 1), .parts = number + 1},
          .part = number,
          .start_offset = offset,
          .bytes = bytes};
}

struct file_lane {
  explicit file_lane(io::disk& on = io::real_disk()) {
    auto opened = io::open_lane(folder.path(), base::lane_id{0}, 0, on);
    REQUIRE(opened.has_value());
    is = std::make_unique<lane_delivery>(std::move(*opened));
  }
  [[nodiscard]] std::string content() const {
    return io::content_of(folder.path() / io::part_name(base::lane_id{0}));
  }
  io::temp_folder folder;
  std::unique_ptr<lane_delivery> is;
};

struct topic_lane {
  [[nodiscard]] lane_delivery open(io::disk& on = io::real_disk()) const {
    auto opened = log::open_lane(folder.path(), "decisions", 1, base::lane_id{0}, "owner",
                                 base::system_clock(), on);
    REQUIRE(opened.has_value());
    return lane_delivery{std::move(*opened)};
  }
  io::temp_folder folder;
};

TEST_CASE("a file has no marker: what is known to be delivered stands for it") {
  const file_lane lane;
  CHECK(lane.is->fence() == sink_end::done);
  CHECK((lane.is->read_marker(at(4)) == marker{.attempt = at(4)}));
  CHECK(lane.is->write(part(5, 0, "one\n")) == sink_end::done);
  CHECK((lane.is->read_marker(at(4)) == marker{.attempt = at(4)}));
  CHECK(lane.content() == "one\n");
}

TEST_CASE("a part that is delivered again to a file leaves what it left the first time") {
  const file_lane lane;
  for (int i = 0; i < 2; ++i) {
    CHECK(lane.is->write(part(5, 0, "one\n")) == sink_end::done);
    CHECK(lane.is->write(part(6, 4, "two\n")) == sink_end::done);
  }
  CHECK(lane.content() == "one\ntwo\n");
}

TEST_CASE("a full disk and a failed sync have failed, and are told; then the same bytes again") {
  io::faulty_disk disk;
  const file_lane lane{disk};
  disk.on_write = [] { return io::faulty_disk::fails(ENOSPC); };
  CHECK(lane.is->write(part(1, 0, "one\n")) == sink_end::failed);
  CHECK(lane.is->why().find("No space left") != std::string::npos);
  disk.on_write = io::faulty_disk::fine;
  disk.on_sync = [] { return EIO; };
  CHECK(lane.is->write(part(1, 0, "one\n")) == sink_end::failed);
  disk.on_sync = [] { return 0; };
  CHECK(lane.is->write(part(1, 0, "one\n")) == sink_end::done);
  CHECK(lane.content() == "one\n");
}

TEST_CASE("a file that is shorter than what was delivered refuses for good") {
  const file_lane lane;
  CHECK(lane.is->write(part(5, 4, "two\n")) == sink_end::refused);
  CHECK(lane.is->why().find("has 0 bytes, but 4 were delivered") != std::string::npos);
}

TEST_CASE("a topic keeps attempt and part as its marker, also after a restart") {
  const topic_lane lane;
  {
    auto first = lane.open();
    CHECK((first.read_marker(control::the_beginning) == marker{}));
    CHECK(first.write(part(5, 0, "one\n")) == sink_end::done);
    CHECK((first.read_marker(control::the_beginning) == marker{.attempt = at(5)}));
    CHECK(first.write(part(6, 4, "two\n", 2)) == sink_end::done);
  }
  auto again = lane.open();
  CHECK((again.read_marker(at(5)) == marker{.attempt = at(6), .part = 2}));
}

TEST_CASE("a topic whose marker is gone says so to a lane that has delivered") {
  const topic_lane lane;
  auto is = lane.open();
  const auto found = is.read_marker(at(5));
  REQUIRE(found.has_value());
  CHECK_FALSE(found->has_value());
}

TEST_CASE("a topic that lacks what was delivered refuses for good") {
  const topic_lane lane;
  auto is = lane.open();
  CHECK(is.write(part(5, 4, "two\n")) == sink_end::refused);
  CHECK(is.why().find("lacks bytes 0 to 4") != std::string::npos);
}

TEST_CASE("who is fenced out of a topic is refused") {
  const topic_lane lane;
  auto before = lane.open();
  auto now = lane.open();
  CHECK(before.write(part(1, 0, "one\n")) == sink_end::refused);
  CHECK(now.write(part(1, 0, "one\n")) == sink_end::done);
}

}  // namespace
}  // namespace aisle::node
