// SPDX-License-Identifier: Apache-2.0
// Each test is a process of its own, so that its runtime folder is nobody else's.
#include "runtime/node/query_server.hpp"

#include <cstdlib>
#include <stop_token>
#include <thread>

#include <doctest/doctest.h>

#include "tests/io/temp_folder.hpp"

namespace aisle::node {
namespace {

std::unique_ptr<query_server> started() {
  auto server = query_server::start("gates", [](const question& asked) -> answered {
    return std::vector<std::string>{asked.stage};
  });
  REQUIRE(server.has_value());
  return std::move(*server);
}

TEST_CASE("a node that is just starting is not taken for one that has died") {
  const io::temp_folder folder;
  REQUIRE(::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1) == 0);
  const std::jthread looks_for_nodes{[](const std::stop_token& stop) {
    while (!stop.stop_requested())
      static_cast<void>(sockets_of_nodes());
  }};
  question asked;
  asked.stage = "gate";
  for (int n = 0; n < 300; ++n) {
    const auto server = started();
    REQUIRE(std::filesystem::exists(server->path()));
    const auto said = ask_node(server->path(), asked);
    REQUIRE_MESSAGE(said.has_value(), said.error());
    CHECK(*said == std::vector<std::string>{"gate"});
  }
}

}  // namespace
}  // namespace aisle::node
