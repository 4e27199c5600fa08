// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/marker_desk.hpp"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/kafka/lane_fixture.hpp"

namespace aisle::kafka {
namespace {

using namespace std::chrono_literals;

lane_name lane(std::uint32_t number) {
  return {.cluster = "00ff", .topology = "floor", .sink = "out", .lane = base::lane_id{number}};
}

/// A topic that is read when the test says so.
class slow_topic {
 public:
  /// The page as it is when the reading begins; ends when it may.
  result<marker_page> read() {
    const auto number = ++begun_;
    marker_page page{"markers", "00ff"};
    for (std::uint32_t l = 0; l < 8; ++l) {
      page.take(marker_key(lane(l)), to_text(marker_of(number)), number);
    }
    while (ended_ < number) {
      std::this_thread::yield();
    }
    return page;
  }
  void let_end(std::uint32_t readings) { ended_ = readings; }
  [[nodiscard]] std::uint32_t begun() const { return begun_; }

 private:
  std::atomic<std::uint32_t> begun_{0};
  std::atomic<std::uint32_t> ended_{0};
};

TEST_CASE("lanes that ask while the markers are read are answered together, by a later reading") {
  slow_topic topic;
  marker_desk desk{[&](base::duration) { return topic.read(); }};
  auto first = std::async(std::launch::async, [&] { return desk.find(lane(0), 10s); });
  while (topic.begun() < 1) {
    std::this_thread::yield();
  }
  std::vector<std::future<result<std::optional<lane_marker>>>> others;
  for (std::uint32_t l = 1; l < 8; ++l) {
    others.push_back(std::async(std::launch::async, [&, l] { return desk.find(lane(l), 10s); }));
  }
  while (desk.waiting() < 7) {
    std::this_thread::yield();
  }
  topic.let_end(2);
  CHECK(holds(first.get(), marker_of(1)));
  for (auto& other : others) {
    CHECK(holds(other.get(), marker_of(2)));
  }
  CHECK(topic.begun() == 2);
  CHECK(desk.waiting() == 0);
}

TEST_CASE("what a reading found is not used again for a lane that asks later") {
  std::uint32_t readings = 0;
  marker_desk desk{[&](base::duration) -> result<marker_page> {
    marker_page page{"markers", "00ff"};
    ++readings;
    page.take(marker_key(lane(0)), to_text(marker_of(readings)), readings);
    return page;
  }};
  CHECK(holds(desk.find(lane(0), 10s), marker_of(1)));
  CHECK(holds(desk.find(lane(0), 10s), marker_of(2)));
  CHECK(holds(desk.find(lane(1), 10s), std::nullopt));
}

TEST_CASE("a reading that fails is told to its lane, and the next lane reads anew") {
  bool fails = true;
  marker_desk desk{[&](base::duration) -> result<marker_page> {
    if (std::exchange(fails, false)) return base::fail(errc::timed_out, "nobody answers");
    return marker_page{"markers", "00ff"};
  }};
  const auto found = desk.find(lane(0), 10s);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == errc::timed_out);
  CHECK(holds(desk.find(lane(0), 10s), std::nullopt));
}

TEST_CASE("a page has the last marker of each lane of its state, and says where none is one") {
  marker_page page{"markers", "00ff"};
  page.take("00ff/out/0", to_text(marker_of(1)), 0);
  page.take("00ff/out/0", to_text(marker_of(2)), 2);
  page.take("00fe/out/1", to_text(marker_of(3)), 4);
  page.take("00ff/out/2", "nonsense", 6);
  CHECK(holds(page.of(lane(0)), marker_of(2)));
  CHECK(holds(page.of(lane(1)), std::nullopt));
  const auto wrong = page.of(lane(2));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == errc::corrupt);
  CHECK(wrong.error().message ==
        "what stands in markers under 00ff/out/2 at 6 is no marker: nonsense");
}

}  // namespace
}  // namespace aisle::kafka
