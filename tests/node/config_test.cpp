// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace aisle::node {
namespace {

namespace fs = std::filesystem;

config good(const std::string& text) {
  const auto parsed = parse_config(text, "/etc/aisle/node.yaml");
  REQUIRE_MESSAGE(parsed.has_value(), base::to_text(parsed.error().front()));
  return *parsed;
}

/// `line:column code` of each complaint.
std::vector<std::string> complaints(const std::string& text) {
  const auto parsed = parse_config(text, "/etc/aisle/node.yaml");
  REQUIRE_FALSE(parsed.has_value());
  std::vector<std::string> all;
  for (const auto& d : parsed.error()) {
    CHECK(d.path == "/etc/aisle/node.yaml");
    all.push_back(fmt::format("{}:{} {}", d.line, d.column, d.code));
  }
  return all;
}

using strings = std::vector<std::string>;

TEST_CASE("every file of config/ that is a node's can be loaded, and says what holds by default") {
  int loaded = 0;
  for (const auto& entry : fs::directory_iterator{fs::path{AISLE_SOURCE_DIR} / "config"}) {
    if (!entry.is_regular_file()) {
      continue;
    }
    CAPTURE(entry.path().string());
    const auto file = load_config(entry.path());
    REQUIRE_MESSAGE(file.has_value(), base::to_text(file.error().front()));
    CHECK(file->shards == 4U);
    CHECK(file->interval == base::duration{1000});
    CHECK(file->max_cost == 0.1);
    ++loaded;
  }
  CHECK(loaded > 0);
}

TEST_CASE("a file says what it likes and leaves out the rest") {
  const auto all = good(R"(
aisle: 1
log: embedded:log
state: state
scratch: /var/tmp
memory: 512MiB
workers: 3
shards: 8
checkpoint: {interval: 250ms, max_cost: 2.5%}
)");
  CHECK(all.log == "embedded:/etc/aisle/log");
  CHECK(all.state == "/etc/aisle/state");
  CHECK(all.scratch == "/var/tmp");
  CHECK(all.memory == std::size_t{512} << 20);
  CHECK(all.workers == 3U);
  CHECK(all.shards == 8U);
  CHECK(all.interval == base::duration{250});
  CHECK(all.max_cost == 0.025);
  const auto some = good("checkpoint: {interval: 2s}\n");
  CHECK(some.interval == base::duration{2000});
  CHECK_FALSE(some.max_cost);
  CHECK_FALSE(some.shards);
  CHECK_FALSE(some.log);
  for (const std::string nothing : {"", "# nothing\n", "{}"}) {
    CAPTURE(nothing);
    CHECK_FALSE(good(nothing).memory);
  }
}

TEST_CASE("everything that is wrong is said at once, each with its place") {
  CHECK(complaints("shard: 4\n"
                   "workers: many\n"
                   "memory: 4GB\n"
                   "checkpoint:\n"
                   "  interval: 5\n"
                   "  max_cost: 120%\n"
                   "  maxcost: 10%\n"
                   "log: kafka\n") ==
        strings{"1:1 unknown-key", "2:10 wrong-type", "3:9 wrong-type", "5:13 wrong-type",
                "6:13 wrong-type", "7:3 unknown-key", "8:6 wrong-type"});
}

TEST_CASE("brokers are an address like a folder, and how to speak to them is passed through") {
  ::setenv("AISLE_TEST_SECRET", "s3cret", 1);
  const auto all = good(R"(
log: kafka:a:9092,b:9092
kafka:
  create_topics: false
  connect_within: 5s
  properties:
    security.protocol: sasl_ssl
    ssl.ca.location: ca.pem
    sasl.password: {env: AISLE_TEST_SECRET}
    socket.timeout.ms: 10000
)");
  CHECK(all.log == "kafka:a:9092,b:9092");
  CHECK_FALSE(all.kafka.create_topics);
  CHECK(all.kafka.connect_within == base::duration{5000});
  std::vector<std::string> properties;
  for (const auto& [name, value] : all.kafka.properties) {
    properties.push_back(name + "=" + value.reveal());
  }
  CHECK(properties == strings{"security.protocol=sasl_ssl", "ssl.ca.location=/etc/aisle/ca.pem",
                              "sasl.password=s3cret", "socket.timeout.ms=10000"});
  CHECK(good("log: kafka:h:1\n").kafka.create_topics);
}

TEST_CASE("a setting that would break what is promised is refused at its place, with the reason") {
  CHECK(complaints("kafka:\n"
                   "  properties:\n"
                   "    enable.auto.commit: true\n"
                   "    isolation.level: read_uncommitted\n"
                   "    socket.timeout.mss: 1\n"
                   "    socket.timeout.ms: soon\n") ==
        strings{"3:5 bad-setting", "4:5 bad-setting", "5:5 bad-setting", "6:5 bad-setting"});
  const auto parsed = parse_config("kafka: {properties: {enable.auto.commit: true}}\n", "n.yaml");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().front().message.find("checkpoints") != std::string::npos);
}

TEST_CASE("a secret does not stand in the file, and is in no message") {
  ::unsetenv("AISLE_NO_SUCH_SECRET");
  CHECK(complaints("kafka:\n"
                   "  properties:\n"
                   "    sasl.password: hunter2\n"
                   "    ssl.key.password: {env: AISLE_NO_SUCH_SECRET}\n"
                   "    ssl.keystore.password: {file: nowhere}\n"
                   "    ssl.key.pem: {}\n") ==
        strings{"3:20 open-secret", "4:23 no-secret", "5:28 no-secret", "6:18 wrong-type"});
  const auto parsed = parse_config("kafka: {properties: {sasl.password: hunter2}}\n", "n.yaml");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().front().message.find("hunter2") == std::string::npos);
  CHECK(parsed.error().front().expected == "{env: NAME} or {file: PATH}");
}

TEST_CASE("what is wrong in the section of Kafka is said with its place") {
  CHECK(complaints("kafka:\n"
                   "  connect_within: 20m\n"
                   "  properties: fast\n"
                   "  topics: many\n") ==
        strings{"2:19 out-of-range", "3:15 wrong-type", "4:3 unknown-key"});
  CHECK(complaints("log: kafka:broker\n") == strings{"1:6 wrong-type"});
}

TEST_CASE("numbers and spans have ranges") {
  CHECK(complaints("shards: 0\nworkers: 257\ncheckpoint: {interval: 5ms}\n") ==
        strings{"1:9 out-of-range", "2:10 out-of-range", "3:24 out-of-range"});
  CHECK(complaints("checkpoint: {interval: 2h}\n") == strings{"1:24 out-of-range"});
  CHECK(complaints("shards: 1025\n") == strings{"1:9 out-of-range"});
  CHECK(complaints("aisle: 2\n") == strings{"1:8 out-of-range"});
}

TEST_CASE("what has another shape is named") {
  CHECK(complaints("checkpoint: 1s\n") == strings{"1:13 wrong-type"});
  CHECK(complaints("- shards\n") == strings{"1:1 wrong-type"});
  CHECK(complaints("memory: [1GiB]\n") == strings{"1:9 wrong-type"});
  CHECK(complaints("memory:\n").size() == 1);
  CHECK(complaints("state: \"\"\n") == strings{"1:8 wrong-type"});
  CHECK(complaints("shards: 4\nshards: 5\n").size() == 1);
}

TEST_CASE("a registry is a URL, or one with a login whose password lies elsewhere") {
  CHECK(good("registry: http://schemas:8081/\n").registry->url == "http://schemas:8081");
  const auto full = good(
      "registry:\n"
      "  url: https://schemas.example.com/base\n"
      "  user: aisle\n"
      "  password: {file: secrets/registry}\n"
      "  ca_file: ca.pem\n"
      "  timeout: 2s\n");
  CHECK(*full.registry ==
        registry_config{.url = "https://schemas.example.com/base",
                        .user = "aisle",
                        .password = {.env = {}, .file = "/etc/aisle/secrets/registry"},
                        .ca_file = "/etc/aisle/ca.pem",
                        .timeout = base::duration{2000}});
  CHECK(good("registry: {url: 'http://a', password: {env: NAME}}\n").registry->password.env ==
        "NAME");
  CHECK_FALSE(good("shards: 2\n").registry);
  CHECK(complaints("registry: schemas\n") == strings{"1:11 wrong-type"});
  CHECK(complaints("registry: {user: aisle}\n") == strings{"1:11 missing-key"});
  CHECK(complaints("registry: {url: 'http://a', password: hidden}\n") ==
        strings{"1:39 wrong-type"});
  CHECK(complaints("registry: {url: 'http://a', password: {env: A, file: b}}\n") ==
        strings{"1:39 missing-key"});
  CHECK(complaints("registry: {url: 'http://a', timeout: 10ms}\n") == strings{"1:38 out-of-range"});
  CHECK(complaints("registry: {url: 'http://a', timeuot: 1s}\n") == strings{"1:29 unknown-key"});
}

TEST_CASE("a registry's password that is not there is an error that says for what it was wanted") {
  const auto opened = open_registry({.url = "http://a",
                                     .user = "aisle",
                                     .password = {.env = "AISLE_TEST_NO_SUCH_VARIABLE", .file = {}},
                                     .ca_file = {}});
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().message ==
        "the environment variable AISLE_TEST_NO_SUCH_VARIABLE is not set; it takes the password "
        "of the user at the schema registry");
}

TEST_CASE("a word that is nearly right is answered with the one that was meant") {
  const auto parsed = parse_config("checkpoint: {intervall: 1s}\n", "node.yaml");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().front().suggestion == "interval");
}

TEST_CASE("a file that is not there is named") {
  const auto file = load_config("/nowhere/node.yaml");
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().front().path == "/nowhere/node.yaml");
}

TEST_CASE("sizes have a unit, and at most a pebibyte") {
  CHECK(parse_bytes("1B") == 1U);
  CHECK(parse_bytes("3KiB") == 3072U);
  CHECK(parse_bytes("1024TiB") == std::size_t{1} << 50);
  for (const auto* const wrong :
       {"", "0B", "12", "1GB", "-1B", "1.5GiB", "1 GiB", "1025TiB", "99999999999999999999B"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_bytes(wrong));
  }
}

TEST_CASE("shares are written in percent") {
  CHECK(parse_share("100%") == 1.0);
  CHECK(parse_share("0.1%") == 0.001);
  for (const auto* const wrong :
       {"", "%", "10", "0%", "0.05%", "100.1%", "-1%", "1e400%", "010%"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_share(wrong));
  }
}

}  // namespace
}  // namespace aisle::node
