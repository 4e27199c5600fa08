// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/client.hpp"

#include <doctest/doctest.h>

#include "tests/kafka/in_time.hpp"
#include "tests/support/kafka_broker.hpp"

namespace aisle::kafka {
namespace {

using test_support::own_kafka;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// What a person has to mend is told as soon as it is known.
error refusal(const settings& to) {
  const auto reached = reach(to, std::chrono::seconds{60});
  REQUIRE_FALSE(reached);
  MESSAGE(reached.error().message);
  return reached.error();
}

/// What may pass is told when time is up, as far as it is known then.
error refusal_that_says(std::string_view words, const settings& to) {
  error last;
  CHECK_MESSAGE(in_time([&] {
                  const auto reached = reach(to, std::chrono::milliseconds{1500});
                  REQUIRE_FALSE(reached);
                  last = reached.error();
                  return has(last.message, words);
                }),
                words);
  MESSAGE(last.message);
  return last;
}

TEST_CASE("where nobody listens, it says so and names the place") {
  const auto said = refusal_that_says("nobody listens at 127.0.0.1:1",
                                      {.brokers = "127.0.0.1:1", .properties = {}});
  CHECK(said.code == errc::unreachable);
}

TEST_CASE("a name that does not resolve is told from a broker that is down") {
  const auto said = refusal_that_says("no-such-host.invalid:9092 does not resolve",
                                      {.brokers = "no-such-host.invalid:9092", .properties = {}});
  CHECK(said.code == errc::unreachable);
}

TEST_CASE("a broker that answers tells how many there are") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const auto reached = reach({.brokers = *servers, .properties = {}}, std::chrono::seconds{60});
  REQUIRE_MESSAGE(reached, reached.error().message);
  CHECK(reached->brokers == 1);
  CHECK_FALSE(reached->cluster_id.empty());
}

TEST_CASE("wrong passwords, authorities, host names and protocols are told apart in plain words") {
  const auto kafka = own_kafka({.version = "3.9.1", .secure = true});
  if (!kafka) return;
  const auto secure = kafka->secure();
  settings right{.brokers = secure.servers,
                 .properties = {{"security.protocol", secret{"sasl_ssl"}},
                                {"sasl.mechanisms", secret{"SCRAM-SHA-512"}},
                                {"sasl.username", secret{secure.user}},
                                {"sasl.password", secret{secure.password}},
                                {"ssl.ca.location", secret{secure.ca.string()}}}};
  const auto reached = reach(right, std::chrono::seconds{60});
  REQUIRE_MESSAGE(reached, reached.error().message);

  const auto changed = [&](const std::string& name, const std::string& value) {
    auto other = right;
    other.properties.push_back({name, secret{value}});
    return other;
  };
  const auto password = refusal(changed("sasl.password", "wrong-horse"));
  CHECK(password.code == errc::refused_login);
  CHECK(has(password.message, "user \"" + secure.user + "\""));
  CHECK(has(password.message, "sasl.password"));
  CHECK_FALSE(has(password.message, "wrong-horse"));

  const auto mechanism = refusal(changed("sasl.mechanisms", "SCRAM-SHA-256"));
  CHECK(mechanism.code == errc::refused_login);

  const auto authority = refusal(changed("ssl.ca.location", secure.wrong_ca.string()));
  CHECK(authority.code == errc::not_trusted);
  CHECK(has(authority.message, "ssl.ca.location"));

  auto elsewhere = right;
  elsewhere.brokers.replace(0, std::string_view{"localhost"}.size(), "127.1");
  const auto host = refusal(elsewhere);
  CHECK(host.code == errc::not_trusted);
  CHECK(has(host.message, "for another host name"));

  refusal_that_says("security.protocol", changed("security.protocol", "plaintext"));
  auto plain = right;
  plain.brokers = kafka->servers();
  refusal_that_says("security.protocol", plain);
}

}  // namespace
}  // namespace aisle::kafka
