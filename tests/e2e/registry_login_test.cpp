// SPDX-License-Identifier: Apache-2.0
// A schema registry over TLS that wants a login.
#include <csignal>
#include <optional>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/base/json.hpp"
#include "tests/e2e/hits.hpp"
#include "tests/e2e/world.hpp"
#include "tests/record/avro_writing.hpp"

namespace aisle::e2e {
namespace {

const std::string hit_schema = R"({"type":"record","name":"Hit","fields":[
  {"name":"id","type":"string"},{"name":"at","type":"string"},{"name":"page","type":"string"}]})";

/// A topic in Avro, and the registry that knows its schema.
struct secured {
  secured() {
    folder.write("contracts/hit.yaml", std::string{hit_contract});
    certify("right");
    certify("wrong");
    const auto schema = folder.write("hit.avsc", hit_schema);
    registry.emplace(strings{"python3", "-B", source_path("tests/e2e/tls_registry.py").string(),
                             folder / "right.pem", folder / "right.key", "aisle:secret", schema});
    const auto hit =
        std::string("\0\0\0\0\x2A", 5) +
        record::test::written(hit_schema,
                              json{{"id", "1"}, {"at", "2026-03-02T00:01:00Z"}, {"page", "home"}});
    aisle_done({"log", "append", "hits", "--log", log, "--base64"},
               {.input = base::to_base64(hit) + "\n"});
  }

  void certify(const std::string& name) const {
    const auto made = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                           "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1",
                           "-keyout", folder / (name + ".key"), "-out", folder / (name + ".pem")});
    REQUIRE_MESSAGE(made.code == 0, made.err);
  }
  [[nodiscard]] std::string origin() const {
    REQUIRE(eventually(
        [&] { return registry->said().starts_with("port ") && registry->said().ends_with('\n'); }));
    const auto said = registry->said();
    return "https://127.0.0.1:" + said.substr(5, said.find('\n') - 5);
  }
  /// A run that trusts this authority, with this password.
  [[nodiscard]] strings command(const std::string& ca, const std::string& out) const {
    const auto topology = folder.write("pages.yaml", R"(aisle: 1
topology: pages
sources:
  hits: {topic: hits, contract: hit, format: avro}
actors:
  page:
    per: page
    reads: hits
    windows: {minute: {tumbling: 1m, keep: {n: count()}}}
sinks:
  counts: {from: page.windows, files: counts}
)");
    const auto config = folder.write(
        out + ".yaml", fmt::format("registry:\n  url: {}\n  user: aisle\n  password: {{env: "
                                   "REGISTRY_PASSWORD}}\n  timeout: 10s\n{}",
                                   origin(), ca.empty() ? "" : "  ca_file: " + ca + "\n"));
    return aisle_command(
        {"run", topology, "--log", log, "--config", config, "--out", folder / out, "--bounded"});
  }
  [[nodiscard]] static how_to_run with(const std::string& password) {
    return {.environment = {"REGISTRY_PASSWORD=" + password, "no_proxy=127.0.0.1"}};
  }
  /// What a run says that waits for the schema.
  [[nodiscard]] std::string waits(const std::string& ca, const std::string& out,
                                  const std::string& password) const {
    running waiting{command(ca, out), with(password)};
    CHECK(eventually([&] { return waiting.said().contains("source hits waits: schema 42"); }));
    waiting.send(SIGKILL);
    return waiting.wait().err;
  }

  temp_folder folder;
  std::string log = "embedded:" + (folder / "log");
  std::optional<running> registry;
};

TEST_CASE("schemas come from a registry over TLS that wants a login, and nobody else's will do") {
  const secured pages;
  const auto good = run(pages.command("right.pem", "good"), secured::with("secret"));
  CHECK_MESSAGE(good.code == 0, good.err);
  CHECK(records_of(pages.folder / "good", "counts").size() == 1);

  const auto no_entry = pages.waits("right.pem", "no-entry", "guessed");
  CHECK_MESSAGE(no_entry.contains("does not let us in (401): user and password of `registry:`"),
                no_entry);
  CHECK_FALSE(no_entry.contains("guessed"));
  for (const std::string authority : {"wrong.pem", ""}) {
    const auto distrusted = pages.waits(authority, "distrusted" + authority, "secret");
    CHECK_MESSAGE(distrusted.contains("its certificate is not trusted ("), distrusted);
    CHECK(distrusted.contains("`ca_file` names the authority"));
  }
  const auto unreadable = pages.waits("nowhere.pem", "unreadable", "secret");
  CHECK_MESSAGE(unreadable.contains("cannot be read from"), unreadable);
}

}  // namespace
}  // namespace aisle::e2e
