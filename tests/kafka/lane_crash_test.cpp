// SPDX-License-Identifier: Apache-2.0
// A process that delivers dies at each of its points, as kill -9 would end it; the next one asks
// the marker what is out.
#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fault.hpp"
#include "runtime/kafka/sink_lane.hpp"
#include "tests/kafka/lane_fixture.hpp"

namespace aisle::kafka {
namespace {

/// How a process ended that was to deliver everything up to an epoch.
enum class fate { delivered, could_not, died };

fate deliver_in_a_child(const test_sink& sink, std::uint64_t last, std::string_view fault) {
  const auto child = fork();
  if (child == 0) {
    base::arm_fault(fault);
    sink_lane lane{sink.lane(), process_watchdog()};
    const bool out = deliver_to(lane, last);
    // Nothing may come behind the answer, such as a destructor that still sends.
    _exit(out ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    return fate::died;
  }
  return WEXITSTATUS(status) == 0 ? fate::delivered : fate::could_not;
}

constexpr std::array points{
    "kafka.fence_wanted",  "kafka.fenced",          "kafka.begun",     "kafka.half_produced",
    "kafka.commit_wanted", "kafka.commit_in_doubt", "kafka.committed",
};

TEST_CASE("wherever a delivering process is killed, every record comes out once and in order") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  REQUIRE(deliver_in_a_child(sink, 1, "") == fate::delivered);
  std::uint64_t last = 1;
  for (const std::string point : points) {
    // The second pass lies in the second of three epochs, where there is one.
    for (const std::string_view pass : {":1", ":2"}) {
      INFO(point, pass);
      const bool once = pass == ":2" && (point == "kafka.fence_wanted" || point == "kafka.fenced");
      CHECK(deliver_in_a_child(sink, last + 3, point + std::string{pass}) ==
            (once ? fate::delivered : fate::died));
      REQUIRE(deliver_in_a_child(sink, last + 3, "") == fate::delivered);
      last += 3;
    }
    REQUIRE(sink.committed() == values_to(last));
  }
}

TEST_CASE("a process that is killed again and again in the middle of commits loses nothing") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  constexpr std::uint64_t last = 12;
  REQUIRE(deliver_in_a_child(sink, 0, "") == fate::delivered);
  int deaths = 0;
  std::uint64_t lived = 0;
  while (deliver_in_a_child(sink, last, "kafka.commit_in_doubt") == fate::died) {
    // Where processes are slow to wake up, none of them sends its commit before it dies.
    if (++deaths % 10 == 0) REQUIRE(deliver_in_a_child(sink, ++lived, "") == fate::delivered);
  }
  // A commit in doubt may have happened, or not: one epoch for each death at the most.
  CHECK(deaths >= 1);
  CHECK(sink.committed() == values_to(last));
}

}  // namespace
}  // namespace aisle::kafka
