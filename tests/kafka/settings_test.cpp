// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/settings.hpp"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "runtime/kafka/client.hpp"
#include "tests/support/own_folder.hpp"

namespace aisle::kafka {
namespace {

settings with(const std::string& name, const std::string& value) {
  return {.brokers = "localhost:9092", .properties = {{name, secret{value}}}};
}

complaint only(const settings& of) {
  const auto all = check(of);
  REQUIRE(all.size() == 1);
  return all.front();
}

TEST_CASE("settings that are all right are not complained about") {
  CHECK(check({.brokers = "a:1,b:2", .properties = {}}).empty());
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"security.protocol", "sasl_ssl"},
                                                        {"sasl.mechanisms", "SCRAM-SHA-512"},
                                                        {"sasl.password", "geheim"},
                                                        {"compression.codec", "lz4"},
                                                        {"linger.ms", "3"},
                                                        {"acks", "all"},
                                                        {"isolation.level", "read_committed"},
                                                        {"enable.auto.commit", "false"}}) {
    CAPTURE(name);
    CHECK(check(with(name, value)).empty());
  }
}

TEST_CASE("settings that break a promise are refused with the reason, and what to use instead") {
  const std::vector<std::array<std::string, 3>> refused{
      {"enable.auto.commit", "true", "checkpoints"},
      {"enable.auto.offset.store", "true", "checkpoints"},
      {"isolation.level", "read_uncommitted", "taken back"},
      {"auto.offset.reset", "earliest", "start:"},
      {"group.id", "mine", "group:"},
      {"partition.assignment.strategy", "cooperative-sticky", "assigned by Aisle"},
      {"transactional.id", "x", "fence"},
      {"enable.idempotence", "false", "lost"},
      {"acks", "1", "lost"},
      {"request.required.acks", "0", "lost"},
      {"message.timeout.ms", "1000", "hole"},
      {"sasl.mechanism", "OAUTHBEARER", "libcurl"},
      {"sasl.oauthbearer.client.id", "me", "libcurl"},
      {"enable.ssl.certificate.verification", "false", "ssl.ca.location"},
      {"error_cb", "x", "no text"},
      {"bootstrap.servers", "x:1", "--log kafka:HOST:PORT"},
      {"plugin.library.paths", "evil", "foreign code"}};
  for (const auto& [name, value, because] : refused) {
    CAPTURE(name);
    const auto said = only(with(name, value));
    CHECK_FALSE(said.only_warns);
    CHECK(said.setting == name);
    CHECK(said.message.find(because) != std::string::npos);
    CHECK_FALSE(client::open(purpose::read, with(name, value)));
  }
}

TEST_CASE("a certificate that is not compared with the host name is warned of, and taken") {
  const auto said = only(with("ssl.endpoint.identification.algorithm", "none"));
  CHECK(said.only_warns);
  CHECK(client::open(purpose::administer, with("ssl.endpoint.identification.algorithm", "none")));
}

TEST_CASE("an unknown name is refused, and the one that was meant is named") {
  CHECK(only(with("sasl.pasword", "x")).suggestion == "sasl.password");
  CHECK(only(with("ack", "all")).suggestion == "acks");
  CHECK(only(with("fetch.min.byte", "1")).suggestion == "fetch.min.bytes");
  CHECK(only(with("nothing.like.it.at.all", "1")).suggestion.empty());
}

TEST_CASE("a value that cannot be is refused in librdkafka's words") {
  const auto said = only(with("security.protocol", "quantum"));
  CHECK(said.message.find("quantum") != std::string::npos);
  CHECK(only({.brokers = " ", .properties = {}}).setting == "brokers");
}

TEST_CASE("no text holds a secret") {
  const std::string password = "korrekt-pferd-batterie";
  for (const auto* const name : {"ssl.key.pem", "ssl.keystore.password", "ssl.key.password",
                                 "sasl.password", "sasl.oauthbearer.client.secret"}) {
    CAPTURE(name);
    CHECK(is_secret(name));
    auto to = with(name, password);
    to.properties.push_back({"security.protocol", secret{"ssl"}});
    for (const auto& said : check(to)) {
      CHECK(said.message.find(password) == std::string::npos);
    }
    const auto made = client::open(purpose::administer, to);
    if (!made) CHECK(made.error().message.find(password) == std::string::npos);
  }
  CHECK_FALSE(is_secret("sasl.username"));
}

TEST_CASE("a secret comes from the environment or from a file, without the line end behind it") {
  REQUIRE(::setenv("AISLE_TEST_SECRET", "abc\n", 1) == 0);
  CHECK(secret_from_environment("AISLE_TEST_SECRET").value().reveal() == "abc");
  ::unsetenv("AISLE_TEST_SECRET");
  CHECK_FALSE(secret_from_environment("AISLE_TEST_SECRET"));

  const test_support::own_folder folder;
  const auto path = folder.write("secret", "xyz\r\n");
  CHECK(secret_from_file(path.string()).value().reveal() == "xyz");
  folder.write("secret", "\n");
  CHECK_FALSE(secret_from_file(path.string()));
  std::filesystem::remove(path);
  const auto missing = secret_from_file(path.string());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find(path.string()) != std::string::npos);
}

}  // namespace
}  // namespace aisle::kafka
