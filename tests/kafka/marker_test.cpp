// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/marker.hpp"

#include <string>

#include <doctest/doctest.h>

namespace aisle::kafka {
namespace {

const lane_name lane{.cluster = "00ff", .topology = "shop-floor", .sink = "alerts", .lane = {}};

TEST_CASE("a lane is called by its state, topology, sink and number, wherever it runs") {
  CHECK(transactional_id(lane) == "aisle-00ff-shop-floor-alerts-0");
  CHECK(marker_topic(lane.topology) == "aisle-shop-floor-markers");
  CHECK(marker_key(lane) == "00ff/alerts/0");
}

TEST_CASE("a marker reads back as it was written") {
  const lane_marker written{.attempt = {.generation = control::generation{12},
                                        .epoch = base::epoch{18446744073709551615U}},
                            .part = 7};
  CHECK(to_text(written) == R"({"generation":12,"epoch":18446744073709551615,"part":7})");
  CHECK(read_marker(to_text(written)) == written);
}

TEST_CASE("what is no marker is not taken for one") {
  const auto whole = to_text(lane_marker{});
  for (std::size_t end = 0; end < whole.size(); ++end) {
    CHECK_FALSE(read_marker(whole.substr(0, end)));
  }
  CHECK_FALSE(read_marker(whole + " "));
  CHECK_FALSE(read_marker(R"({"generation":1,"epoch":-1,"part":0})"));
  CHECK_FALSE(read_marker(R"({"generation":1,"epoch":1,"part":4294967296})"));
  CHECK_FALSE(read_marker(R"({"generation":1,"epoch":18446744073709551616,"part":0})"));
}

}  // namespace
}  // namespace aisle::kafka
