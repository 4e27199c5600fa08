// SPDX-License-Identifier: Apache-2.0
// A cluster that wants a login: every command that speaks to it takes the node's file.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/world.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::e2e {
namespace {

TEST_CASE("world, run and plan log in as the node's file says, and say so when they may not") {
  auto kafka = test_support::own_kafka({.secure = true});
  if (!kafka) return;
  const temp_folder folder;
  const auto& secured = kafka->secure();
  const auto config_with = [&](const std::string& name, const std::string& variable) {
    return folder.write(name, fmt::format(R"(kafka:
  connect_within: 60s
  properties:
    security.protocol: sasl_ssl
    ssl.ca.location: {}
    sasl.mechanism: PLAIN
    sasl.username: {}
    sasl.password: {{env: {}}}
)",
                                          secured.ca.string(), secured.user, variable));
  };
  const auto good = config_with("node.yaml", "RIGHT");
  const auto wrong = config_with("wrong.yaml", "WRONG");
  const how_to_run how{.environment = {"RIGHT=" + secured.password, "WRONG=nobodys"}};
  const auto log = "kafka:" + secured.servers;
  const auto with = [&](strings command, const std::string& config) {
    command.insert(command.end(), {"--log", log, "--config", config});
    return aisle(command, how);
  };
  const strings world{"world",  "--out", folder / "data", "--stores", "1", "--skus", "20",
                      "--days", "1",     "--partitions",  "2"};
  const auto refused = with(world, wrong);
  CHECK(refused.code == 2);
  CHECK_MESSAGE(refused.err.contains("password"), refused.err);
  CHECK_FALSE(refused.err.contains("nobodys"));
  const auto made = with(world, good);
  REQUIRE_MESSAGE(made.code == 0, made.err);
  CHECK(made.err.contains("--config " + good));
  const strings retail{"run",      "retail",         "--set", "dir=" + (folder / "data"),
                       "--state",  folder / "state", "--out", folder / "out",
                       "--bounded"};
  const auto run = with(retail, good);
  REQUIRE_MESSAGE(run.code == 0, run.err);

  const strings plan{"plan",    "retail",        "--set", "dir=" + (folder / "data"),
                     "--state", folder / "state"};
  const auto same = with(plan, good);
  CHECK_MESSAGE(same.code == 0, same.err);
  CHECK_FALSE(same.out.contains("has grown"));
  test_support::kafka_topics{kafka->servers()}.grow("transactions", 3);
  const auto grown = with(plan, good);
  CHECK_MESSAGE(grown.out.contains("its topic has grown from 2 to 3 partitions"), grown.out);
  const auto unasked = with(plan, wrong);
  CHECK_FALSE(unasked.out.contains("has grown"));
  CHECK_MESSAGE(unasked.err.contains("topic transactions has as many partitions as the state"),
                unasked.err);
}

TEST_CASE("2: a node's file for a chain that goes into no Kafka would be read for nothing") {
  const temp_folder folder;
  const auto config = folder.write("node.yaml", "kafka: {connect_within: 1s}\n");
  const auto ended = aisle({"world", "--out", folder / "data", "--days", "1", "--config", config});
  CHECK(ended.code == 2);
  CHECK(ended.err.contains("--config says how to speak to Kafka"));
  const auto plan = aisle({"plan", "retail", "--config", config});
  CHECK(plan.code == 2);
  CHECK_MESSAGE(plan.err.contains("--state"), plan.err);
}

}  // namespace
}  // namespace aisle::e2e
