// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/checkpoint/lane.hpp"

namespace aisle::checkpoint {
namespace {

constexpr flow::channel a{0};
constexpr flow::channel b{1};
constexpr base::epoch first{1};

struct fed {
  explicit fed(std::size_t channels, std::int64_t start_offset = 0)
      : last(channels), lane{channels, start_offset} {}

  lane_effects send(flow::channel by, std::string lines, std::optional<base::epoch> barrier = {}) {
    auto& sequence = last[by.get()];
    sequence = sequence.next();
    lane_effects effects;
    const auto records = static_cast<std::uint32_t>(std::ranges::count(lines, '\n'));
    lane.accept({.channel = by,
                 .sequence = sequence,
                 .lines = std::move(lines),
                 .records = records,
                 .barrier = barrier},
                effects);
    if (!effects.deliver.empty()) {
      writing = effects.deliver.back();
    }
    return effects;
  }
  /// The piece that is being written is durable.
  lane_effects written() {
    lane_effects effects;
    lane.written(writing->epoch, effects);
    writing = effects.deliver.empty() ? nullptr : effects.deliver.back();
    return effects;
  }

  std::vector<base::sequence> last;
  immediate_lane lane;
  const outbox* writing = nullptr;
};

TEST_CASE("a line is handed on when it comes, without an epoch") {
  fed to{2, 100};
  const auto effects = to.send(a, "{1}\n");
  REQUIRE(effects.deliver.size() == 1);
  CHECK(effects.deliver[0]->bytes == "{1}\n");
  CHECK(effects.deliver[0]->start_offset == 100);
}

TEST_CASE("what comes while a piece is written is the next piece, behind it") {
  fed to{2};
  to.send(a, "{1}\n");
  CHECK(to.send(b, "{2}\n").deliver.empty());
  CHECK(to.send(a, "{3}\n").deliver.empty());
  const auto effects = to.written();
  REQUIRE(effects.deliver.size() == 1);
  CHECK(effects.deliver[0]->bytes == "{2}\n{3}\n");
  CHECK(effects.deliver[0]->records == 2);
  CHECK(effects.deliver[0]->start_offset == 4);
  CHECK(to.written().deliver.empty());
}

TEST_CASE("a sender may send more when what it sent is durable, not before") {
  fed to{2};
  CHECK(to.send(a, "{1}\n").credits.empty());
  CHECK(to.send(b, "{2}\n").credits.empty());
  const auto of_first = to.written();
  REQUIRE(of_first.credits.size() == 1);
  CHECK(of_first.credits[0].channel == a);
  const auto of_second = to.written();
  REQUIRE(of_second.credits.size() == 1);
  CHECK(of_second.credits[0].channel == b);
}

TEST_CASE("an epoch is prepared when everything before its last barrier is durable") {
  fed to{2};
  to.send(a, "{1}\n", first);
  CHECK_FALSE(to.send(b, "{2}\n", first).prepared.has_value());
  CHECK_FALSE(to.written().prepared.has_value());
  CHECK(to.written().prepared == first);
}

TEST_CASE("an epoch without outputs is prepared at once") {
  fed to{2};
  CHECK_FALSE(to.send(a, "", first).prepared.has_value());
  CHECK(to.send(b, "", first).prepared == first);
}

TEST_CASE("a barrier without lines waits for the piece that is being written") {
  fed to{1};
  to.send(a, "{1}\n");
  CHECK_FALSE(to.send(a, "", first).prepared.has_value());
  CHECK(to.written().prepared == first);
}

TEST_CASE("a complete epoch has nothing left to deliver") {
  fed to{1};
  to.send(a, "", first);
  lane_effects effects;
  to.lane.complete(first, effects);
  CHECK(effects.deliver.empty());
  CHECK(effects.delivered == first);
}

TEST_CASE("bytes are counted until they are durable") {
  fed to{1};
  to.send(a, "12345\n");
  to.send(a, "1\n");
  CHECK(to.lane.bytes() == 8);
  to.written();
  CHECK(to.lane.bytes() == 2);
  to.written();
  CHECK(to.lane.bytes() == 0);
}

}  // namespace
}  // namespace aisle::checkpoint
