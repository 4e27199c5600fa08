// SPDX-License-Identifier: Apache-2.0
// A run that posts its decisions to a real server, and what a person sees of it.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/e2e/world.hpp"
#include "tests/support/http_server.hpp"

namespace aisle::e2e {
namespace {

using test_support::http_reply;
using test_support::http_request;
using test_support::http_server;
using test_support::http_way;

http_reply answers(int status) { return {.way = http_way::answer, .status = status}; }

/// The chain, and `retail` with one sink more.
struct alerted_chain {
  explicit alerted_chain(http_server::script what_to_do) : server{std::move(what_to_do)} {
    ::setenv("no_proxy", "127.0.0.1", 1);
    ::setenv("AISLE_E2E_SECRET", "pass word", 1);
  }

  /// `retail`, with `alerts` as its fifth sink.
  [[nodiscard]] std::string topology(const std::string& alerts) const {
    auto text = content_of(source_path("topologies/retail/retail.yaml"));
    const std::string vars = "vars:\n";
    text.insert(text.find(vars) + vars.size(), "  alert_url: \"\"\n");
    return folder.write("alerted.yaml", text + "  alerts: " + alerts + "\n");
  }
  [[nodiscard]] strings command(const std::string& alerts, const std::string& url) const {
    const auto dir = of.folder.string();
    return {"run",   topology(alerts),   "--log", "files:" + dir, "--set",    "dir=" + dir,
            "--set", "alert_url=" + url, "--out", folder / "out", "--bounded"};
  }
  [[nodiscard]] std::string url() const { return server.origin() + "/hook?token=hidden"; }
  [[nodiscard]] std::filesystem::path out() const { return folder.path() / "out"; }
  /// What the sink beside it wrote: the decisions of the stage `store`.
  [[nodiscard]] std::multiset<std::string> expected() const {
    std::multiset<std::string> lines;
    for (const auto& line : result_of(out(), "decisions")) {
      if (json::parse(line)["stage"] == "store") lines.insert(line);
    }
    return lines;
  }

  temp_folder folder;
  world of = make_world(folder);
  http_server server;
};

const std::string at_once =
    R"({from: store.decisions, delivery: immediate, )"
    R"(webhook: {url: "${alert_url}", secret_env: AISLE_E2E_SECRET, timeout: 1m}})";
const std::string with_epochs = R"({from: store.decisions, webhook: "${alert_url}"})";

std::string signature_of(const http_request& request) {
  const auto text = request.headers.at("webhook-id") + "." +
                    request.headers.at("webhook-timestamp") + "." + request.body;
  const std::string_view key = "pass word";
  unsigned char mac[32];
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, nullptr);
  unsigned char base64[64];
  ::EVP_EncodeBlock(base64, mac, sizeof mac);
  return "v1," + std::string{reinterpret_cast<const char*>(base64)};
}

TEST_CASE("every decision is posted, signed and with its id, to a server that fails now and then") {
  std::string alerts;
  SUBCASE("at once") { alerts = at_once; }
  SUBCASE("with their epochs") { alerts = with_epochs; }
  alerted_chain shop{[](const http_request&, std::size_t n) {
    if (n == 1) return http_reply{.way = http_way::reset};
    return answers(n == 3 ? 503 : 204);
  }};
  shop.server.open();
  const auto ended = aisle_done(shop.command(alerts, shop.url()));

  const auto expected = shop.expected();
  REQUIRE(expected.size() > 5);
  const auto requests = shop.server.requests();
  CHECK(requests.size() == expected.size() + 2);
  std::map<std::string, std::string> posted;
  for (const auto& request : requests) {
    const auto& [known, is_new] =
        posted.emplace(request.headers.at("idempotency-key"), request.body);
    CHECK(known->second == request.body);
    CHECK(json::parse(request.body)["id"] == request.headers.at("webhook-id"));
    if (alerts == at_once) {
      CHECK(request.headers.at("webhook-signature") == signature_of(request));
    }
  }
  std::multiset<std::string> bodies;
  for (const auto& [id, body] : posted) {
    bodies.insert(body);
  }
  CHECK(bodies == expected);
  CHECK(files_below(shop.out() / "alerts").empty());
  CHECK_MESSAGE(ended.err.find(shop.server.origin() + ": ") != std::string::npos, ended.err);
  CHECK(ended.err.find("hidden") == std::string::npos);
  CHECK(ended.err.find("pass word") == std::string::npos);
}

TEST_CASE("what the receiver does not want is kept, and the run says where") {
  alerted_chain shop{
      [](const http_request&, std::size_t n) { return answers(n == 2 ? 422 : 200); }};
  shop.server.open();
  const auto ended = aisle_done(shop.command(at_once, shop.url()));
  const auto file = shop.out() / "alerts" / "undelivered-0000.ndjson";
  const auto letter = json::parse(content_of(file));
  CHECK(letter["reason"] == "refused");
  CHECK(letter["status"] == 422);
  CHECK(letter["original"] == shop.server.requests().at(2).body);
  CHECK(letter["id"] == shop.server.requests().at(2).headers.at("webhook-id"));
  CHECK(shop.server.requests().size() == shop.expected().size());
  CHECK_MESSAGE(
      ended.err.find("it answered 422; the record is in " + file.string()) != std::string::npos,
      ended.err);
  CHECK(ended.err.find("Sink alerts could not post 1 record; ") != std::string::npos);
  SUBCASE("and may be emptied with the rest") {
    auto again = shop.command(at_once, shop.url());
    again.emplace_back("--overwrite");
    aisle_done(again);
    CHECK_FALSE(std::filesystem::exists(file));
  }
}

TEST_CASE("a run whose receiver is gone can be stopped, and keeps what it could not post") {
  alerted_chain shop{[](const http_request&, std::size_t) { return answers(200); }};
  running program{aisle_command(shop.command(at_once, shop.url()))};
  REQUIRE(eventually([&] { return program.said().find("the run waits") != std::string::npos; }));
  program.send(SIGTERM);
  const auto ended = program.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(shop.server.requests().empty());
  std::multiset<std::string> kept;
  for (const auto& line : result_of(shop.out(), "alerts")) {
    CHECK(json::parse(line)["reason"] == "stopped");
    kept.insert(json::parse(line)["original"]);
  }
  CHECK(kept.size() > 0);
  CHECK(kept == shop.expected());
}

TEST_CASE("a sink that chooses gets the decisions it chooses, and no others") {
  alerted_chain shop{[](const http_request&, std::size_t) { return answers(200); }};
  shop.server.open();
  aisle_done(shop.command(
      R"({from: "*.decisions", where: severity == "high", webhook: "${alert_url}"})", shop.url()));
  std::multiset<std::string> expected;
  const auto decisions = result_of(shop.out(), "decisions");
  for (const auto& line : decisions) {
    if (json::parse(line)["severity"] == "high") expected.insert(line);
  }
  REQUIRE(expected.size() > 0);
  REQUIRE(expected.size() < decisions.size());
  std::multiset<std::string> posted;
  for (const auto& request : shop.server.requests()) {
    posted.insert(request.body);
  }
  CHECK(posted == expected);
}

TEST_CASE("a webhook without a url is off: the run says so once, and goes as it would without") {
  alerted_chain shop{[](const http_request&, std::size_t) { return answers(200); }};
  const auto ended = aisle_done(shop.command(at_once, ""));
  const std::string said = "aisle: sink alerts is off: the url of its webhook is empty\n";
  const auto first = ended.err.find(said);
  REQUIRE_MESSAGE(first != std::string::npos, ended.err);
  CHECK(ended.err.find("alerts", first + said.size()) == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(shop.out() / "alerts"));
  const auto plain = run_retail(shop.folder, shop.of, "plain");
  CHECK(results_of(shop.out()) == results_of(plain));
}

TEST_CASE("2: a webhook that cannot work is refused before anything runs") {
  alerted_chain shop{[](const http_request&, std::size_t) { return answers(200); }};
  const auto refused = [&](const std::string& alerts, const std::string& url,
                           std::string_view why) {
    const auto ended = aisle(shop.command(alerts, url));
    CHECK(ended.code == 2);
    CHECK_MESSAGE(ended.err.find(why) != std::string::npos, ended.err);
    CHECK_FALSE(std::filesystem::exists(shop.out()));
  };
  refused(at_once, "ftp://example.com/", "bad-url");
  ::unsetenv("AISLE_E2E_SECRET");
  refused(at_once, shop.url(), "AISLE_E2E_SECRET is not set");
  refused(R"({from: store.decisions, webhook: "${alert_url}", delivery: exactly_once})", shop.url(),
          "a webhook cannot deliver exactly once");
}

// Says its port on stderr, and then whatever comes through a handshake.
const std::string tls_server = R"(
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], file=sys.stderr, flush=True)
while True:
    connection, _ = listener.accept()
    try:
        connection = context.wrap_socket(connection, server_side=True)
        print("read", len(connection.recv(100000)), file=sys.stderr, flush=True)
    except OSError:
        print("no handshake", file=sys.stderr, flush=True)
    connection.close()
)";

TEST_CASE("a certificate that nobody vouches for gets nothing") {
  alerted_chain shop{[](const http_request&, std::size_t) { return answers(200); }};
  const auto certificate = shop.folder / "certificate.pem";
  const auto key = shop.folder / "key.pem";
  REQUIRE(run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
               "-keyout", key, "-out", certificate})
              .code == 0);
  const running server{{"python3", "-c", tls_server, certificate, key}};
  REQUIRE(eventually([&] { return server.said().find('\n') != std::string::npos; }));
  const auto port = std::stoi(server.said().substr(5));
  aisle_done(shop.command(R"({from: store.decisions, webhook: {url: "${alert_url}", attempts: 1}})",
                          fmt::format("https://127.0.0.1:{}/", port)));
  const auto letters = result_of(shop.out(), "alerts");
  CHECK(letters.size() == shop.expected().size());
  for (const auto& line : letters) {
    const std::string message = json::parse(line)["message"];
    CHECK_MESSAGE(message.find("certificate") != std::string::npos, message);
  }
  CHECK(server.said().find("no handshake") != std::string::npos);
  CHECK(server.said().find("read") == std::string::npos);
}

TEST_CASE("a replay posts nothing: what would have been posted lies in a file") {
  const alerted_chain shop{[](const http_request&, std::size_t) { return answers(200); }};
  auto command = shop.command(at_once, shop.url());
  command.front() = "replay";
  command.back() = "--from";
  command.emplace_back("2000-01-01");
  aisle_done(command);
  CHECK(shop.server.requests().empty());
  const auto alerts = result_of(shop.out(), "alerts");
  CHECK(std::multiset<std::string>{alerts.begin(), alerts.end()} == shop.expected());
  CHECK_FALSE(alerts.empty());
}

TEST_CASE("explain says where a webhook posts to, and nothing that is secret") {
  alerted_chain shop{[](const http_request&, std::size_t) { return answers(200); }};
  const auto explained = aisle_done({"explain", shop.topology(at_once), "--set",
                                     "alert_url=https://me:word@hooks.example.com/x?token=hidden"});
  CHECK_MESSAGE(
      explained.out.find("webhook https://hooks.example.com, at least once, signed, immediate") !=
          std::string::npos,
      explained.out);
  CHECK(explained.out.find("hidden") == std::string::npos);
  const auto off = aisle_done({"explain", shop.topology(at_once)});
  CHECK(off.out.find("webhook, off: its url is empty") != std::string::npos);
}

}  // namespace
}  // namespace aisle::e2e
