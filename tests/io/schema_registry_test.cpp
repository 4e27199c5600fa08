// SPDX-License-Identifier: Apache-2.0
// The client of a schema registry against a real HTTP server that misbehaves.
#include "runtime/io/schema_registry.hpp"

#include <atomic>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "tests/support/http_server.hpp"

namespace aisle::io {
namespace {

using namespace std::chrono_literals;
using record::schema_absence;
using test_support::http_reply;
using test_support::http_request;
using test_support::http_server;
using way = test_support::http_way;

class told_clock final : public base::clock {
 public:
  [[nodiscard]] base::event_time now() const override { return base::event_time{now_}; }
  void pass(base::duration span) { now_ += span; }

 private:
  base::duration now_ = 1h;
};

constexpr std::string_view schema = R"({"type":"record","name":"R","fields":[]})";

std::string schema_answer(std::string_view more = "") {
  std::string body;
  base::json_object object{body};
  object.text("schema", schema);
  object.end();
  body.pop_back();
  return fmt::format("{}{}}}", body, more);
}

http_reply answers(int status, std::string body = {}) {
  return {.way = way::answer, .status = status, .headers = {}, .body = std::move(body)};
}

/// A registry that does what it is told, and its client.
struct registry {
  explicit registry(http_server::script what_to_do, base::duration timeout = 1min)
      : server{std::move(what_to_do)} {
    ::setenv("no_proxy", "127.0.0.1", 1);
    settings.url = server.origin();
    settings.timeout = timeout;
  }

  std::string find(std::uint32_t id) {
    if (client == nullptr) client = make_schema_registry(settings, clock);
    const auto found = client->find(id);
    if (found) return *found;
    message = found.error().message;
    return found.error().why == schema_absence::not_there ? "not there" : "unavailable";
  }

  http_server server;
  http_settings settings;
  told_clock clock;
  std::shared_ptr<record::schema_source> client;
  std::string message;
};

TEST_CASE("a schema is asked for once, by the path and with the login that Confluent's takes") {
  registry of{[](const http_request&, std::size_t) { return answers(200, schema_answer()); }};
  of.settings.user = "aisle";
  of.settings.password = "open sesame";
  of.server.open();
  CHECK(of.find(70'000) == schema);
  CHECK(of.find(70'000) == schema);
  const auto asked = of.server.requests();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].method == "GET");
  CHECK(asked[0].path == "/schemas/ids/70000");
  CHECK(asked[0].headers.at("authorization") == "Basic YWlzbGU6b3BlbiBzZXNhbWU=");
  CHECK(asked[0].headers.at("accept").starts_with("application/vnd.schemaregistry.v1+json"));
}

TEST_CASE("an id that the registry does not know is not there, and asked for again in a while") {
  registry of{[](const http_request&, std::size_t n) {
    return n == 0 ? answers(404, R"({"error_code":40403})") : answers(200, schema_answer());
  }};
  of.server.open();
  CHECK(of.find(7) == "not there");
  CHECK(of.message.ends_with("the registry does not know it"));
  CHECK(of.message.starts_with("schema 7 of the registry http://127.0.0.1:"));
  CHECK(of.find(7) == "not there");
  CHECK(of.server.requests().size() == 1);
  of.clock.pass(registry_forgets_after);
  CHECK(of.find(7) == schema);
}

TEST_CASE("a registry that is down is unavailable, left alone for a while, and found again") {
  registry of{[](const http_request&, std::size_t) { return answers(200, schema_answer()); }};
  CHECK(of.find(7) == "unavailable");
  of.server.open();
  CHECK(of.find(7) == "unavailable");
  CHECK(of.server.requests().empty());
  of.clock.pass(registry_wait_first);
  CHECK(of.find(7) == schema);
}

TEST_CASE("waits grow from failure to failure up to the longest, and a success ends them") {
  std::atomic<bool> down = true;
  registry of{[&](const http_request&, std::size_t) {
    return down ? answers(503) : answers(200, schema_answer());
  }};
  of.server.open();
  auto wait = registry_wait_first;
  for (std::size_t failures = 1; failures < 12; ++failures) {
    CHECK(of.find(7) == "unavailable");
    CHECK(of.server.requests().size() == failures);
    of.clock.pass(wait - 1ms);
    CHECK(of.find(7) == "unavailable");
    CHECK(of.server.requests().size() == failures);
    of.clock.pass(1ms);
    wait = std::min(2 * wait, registry_wait_longest);
  }
  down = false;
  CHECK(of.find(7) == schema);
  down = true;
  CHECK(of.find(8) == "unavailable");
  of.clock.pass(registry_wait_first);
  down = false;
  CHECK(of.find(8) == schema);
}

TEST_CASE("whatever is no answer of a registry is a registry that is unavailable") {
  const auto said = [](http_reply reply, base::duration timeout = 1min) {
    registry of{[&](const http_request&, std::size_t) { return reply; }, timeout};
    of.server.open();
    const auto found = of.find(7);
    CHECK_FALSE(of.message.empty());
    return found;
  };
  CHECK(said(answers(500)) == "unavailable");
  CHECK(said(answers(401)) == "unavailable");
  CHECK(said(answers(302)) == "unavailable");
  CHECK(said(answers(200, "<html>")) == "unavailable");
  CHECK(said(answers(200, "{}")) == "unavailable");
  CHECK(said({.way = way::reset}) == "unavailable");
  CHECK(said({.way = way::reset_within}) == "unavailable");
  CHECK(said({.way = way::garbage}) == "unavailable");
  CHECK(said({.way = way::endless_body}) == "unavailable");
  CHECK(said({.way = way::endless_headers}) == "unavailable");
  CHECK(said({.way = way::hang}, 300ms) == "unavailable");
  CHECK(said({.way = way::drip}, 300ms) == "unavailable");
}

TEST_CASE("a schema of another kind, or one in pieces, is not there and says why") {
  registry of{[](const http_request&, std::size_t n) {
    return answers(200, schema_answer(n == 0 ? R"(,"schemaType":"PROTOBUF")"
                                             : R"(,"references":[{"name":"a"}])"));
  }};
  of.server.open();
  CHECK(of.find(7) == "not there");
  CHECK(of.message.ends_with("it is of type PROTOBUF, and AVRO is wanted"));
  CHECK(of.find(8) == "not there");
  CHECK(of.message.ends_with("register it as one schema"));
}

TEST_CASE("no message shows the password, nor the path of the registry") {
  registry of{[](const http_request&, std::size_t) { return answers(401); }};
  of.settings.user = "aisle";
  of.settings.password = "hidden";
  of.settings.url += "/hidden";
  of.server.open();
  CHECK(of.find(7) == "unavailable");
  CHECK(of.message.contains("(401)"));
  CHECK_FALSE(of.message.contains("hidden"));
  CHECK(of.server.requests().at(0).path == "/hidden/schemas/ids/7");
}

}  // namespace
}  // namespace aisle::io
