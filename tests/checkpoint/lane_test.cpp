// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/lane.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace aisle::checkpoint {
namespace {

constexpr flow::channel a{0};
constexpr flow::channel b{1};
constexpr base::epoch first{1};
constexpr base::epoch second{2};

/// A lane and its senders, who number what they send.
struct fed {
  explicit fed(std::size_t channels, std::int64_t start_offset = 0)
      : last(channels), lane{channels, start_offset} {}

  lane_effects send(flow::channel by, std::string lines, std::optional<base::epoch> barrier = {}) {
    auto& sequence = last[by.get()];
    sequence = sequence.next();
    const auto records = static_cast<std::uint32_t>(std::ranges::count(lines, '\n'));
    return take({.channel = by,
                 .sequence = sequence,
                 .lines = std::move(lines),
                 .records = records,
                 .barrier = barrier});
  }
  lane_effects take(flow::line_message message) {
    lane_effects effects;
    lane.accept(std::move(message), effects);
    return effects;
  }
  lane_effects written(base::epoch n) {
    lane_effects effects;
    lane.written(n, effects);
    return effects;
  }
  const outbox& complete(base::epoch n) {
    lane_effects effects;
    lane.complete(n, effects);
    REQUIRE(effects.deliver.size() == 1);
    return *effects.deliver[0];
  }

  std::vector<base::sequence> last;
  epoch_lane lane;
};

TEST_CASE("the last barrier closes the outbox: everything of the epoch, as it came") {
  fed to{2};
  to.send(a, "{1}\n");
  to.send(b, "{2}\n{3}\n");
  to.send(a, "{4}\n");
  CHECK_FALSE(to.send(a, "{5}\n", first).prepared.has_value());
  CHECK(to.send(b, "", first).prepared == first);
  const auto& box = to.complete(first);
  CHECK(box.epoch == first);
  CHECK(box.bytes == "{1}\n{2}\n{3}\n{4}\n{5}\n");
  CHECK(box.records == 5);
  CHECK(box.start_offset == 0);
}

TEST_CASE("what comes behind a barrier belongs to the next epoch, though it came before the cut") {
  fed to{2};
  to.send(a, "", first);
  to.send(a, "{next}\n");
  to.send(b, "{this}\n");
  CHECK(to.send(b, "", first).prepared == first);
  to.send(b, "{next, too}\n", second);
  to.send(a, "", second);
  CHECK(to.complete(first).bytes == "{this}\n");
  to.written(first);
  CHECK(to.complete(second).bytes == "{next}\n{next, too}\n");
}

TEST_CASE("an outbox begins where the one before it ends, and the first where the output ends") {
  fed to{1, 1000};
  to.send(a, "12345\n", first);
  to.send(a, "", second);
  to.send(a, "7\n", base::epoch{3});
  CHECK(to.complete(first).start_offset == 1000);
  to.written(first);
  CHECK(to.complete(second).start_offset == 1006);
  to.written(second);
  const auto& box = to.complete(base::epoch{3});
  CHECK(box.start_offset == 1006);
  CHECK(box.bytes == "7\n");
}

TEST_CASE("a lane asks for more at once, also while the lines have to wait for a barrier") {
  fed to{2};
  to.send(a, "", first);
  for (int i = 0; i < 100; ++i) {
    const auto effects = to.send(a, "{}\n");
    REQUIRE(effects.credits.size() == 1);
    CHECK(effects.credits[0].channel == a);
    CHECK(effects.credits[0].messages == 1);
  }
}

TEST_CASE("a barrier took no credit, and none is given back for it") {
  fed to{1};
  CHECK(to.send(a, "{}\n", first).credits.empty());
}

TEST_CASE("bytes are counted until they are out: running, waiting or closed") {
  fed to{2};
  to.send(a, "12345\n", first);
  to.send(a, "123\n");
  CHECK(to.lane.bytes() == 10);
  to.send(b, "1\n", first);
  CHECK(to.lane.bytes() == 12);
  to.complete(first);
  CHECK(to.lane.bytes() == 12);
  CHECK(to.written(first).delivered == first);
  CHECK(to.lane.bytes() == 4);
}

TEST_CASE("a gap in the numbers, or a repeat, means that something is lost, and is said") {
  fed to{1};
  to.send(a, "{}\n");
  for (const std::uint64_t wrong : {0U, 1U, 3U}) {
    const auto effects = to.take({.channel = a,
                                  .sequence = base::sequence{wrong},
                                  .lines = "{}\n",
                                  .records = 1,
                                  .barrier = std::nullopt});
    CHECK(effects.gone.has_value());
    CHECK(effects.credits.empty());
  }
  CHECK_FALSE(to.send(a, "{}\n").gone.has_value());
}

TEST_CASE("a barrier out of order is said") {
  fed to{1};
  CHECK(to.send(a, "", second).gone.has_value());
}

TEST_CASE("outboxes stay where they are while others are closed and delivered") {
  fed to{1};
  for (std::uint64_t n = 1; n <= 50; ++n) {
    to.send(a, std::to_string(n) + "\n", base::epoch{n});
  }
  const auto& box = to.complete(base::epoch{1});
  const auto& next = to.complete(base::epoch{2});
  for (std::uint64_t n = 51; n <= 200; ++n) {
    to.send(a, std::to_string(n) + "\n", base::epoch{n});
  }
  CHECK(box.bytes == "1\n");
  to.written(base::epoch{1});
  CHECK(next.bytes == "2\n");
}

}  // namespace
}  // namespace aisle::checkpoint
