// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_signature.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

#include "runtime/io/webhook_post.hpp"
#include "runtime/io/webhook_settings.hpp"
#include "runtime/io/webhook_sink.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

constexpr base::event_time at{std::chrono::milliseconds{1'614'265'330'999}};

TEST_CASE("the signature is the one of the standard's own example") {
  const auto signer = webhook_signer::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(signer.has_value());
  CHECK(timestamp_text(at) == "1614265330");
  CHECK(signer->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("a secret without the standard's prefix is its bytes") {
  // printf '7.1614265330.body' | openssl dgst -sha256 -hmac 'pass word' -binary | base64
  const auto signer = webhook_signer::from("pass word");
  REQUIRE(signer.has_value());
  CHECK(signer->sign("7", at, "body") == "v1,XoprUlkGgB+3c4z8igTHHYDKGbjofGr6TrB2r1feSGU=");
}

TEST_CASE("what is no base64 behind the prefix is refused, and not shown") {
  for (const auto* wrong : {"whsec_", "whsec_abc", "whsec_a%cd", "whsec_====", "whsec_a==="}) {
    CAPTURE(wrong);
    const auto signer = webhook_signer::from(wrong);
    REQUIRE_FALSE(signer.has_value());
    CHECK(signer.error().message.find("abc") == std::string::npos);
  }
}

webhook_settings in_environment(std::string name) {
  webhook_settings made;
  made.secret_env = std::move(name);
  return made;
}
webhook_settings in_file(const std::filesystem::path& path) {
  webhook_settings made;
  made.secret_file = path;
  return made;
}

TEST_CASE("a secret is read from a file or the environment, without the line end") {
  const temp_folder folder;
  CHECK(read_secret({}) == std::string{});
  CHECK(read_secret(in_file(folder.write("secret", "pass word\r\n"))) == "pass word");
  ::setenv("AISLE_TEST_SECRET", "from here", 1);
  CHECK(read_secret(in_environment("AISLE_TEST_SECRET")) == "from here");
  ::unsetenv("AISLE_TEST_SECRET");
}

TEST_CASE("a secret that is not there, empty or far too long is an error that says where") {
  const temp_folder folder;
  const auto says = [](const webhook_settings& settings, std::string_view what) {
    const auto secret = read_secret(settings);
    REQUIRE_FALSE(secret.has_value());
    CHECK_MESSAGE(secret.error().message.find(what) != std::string::npos, secret.error().message);
  };
  says(in_environment("AISLE_TEST_NO_SECRET"), "AISLE_TEST_NO_SECRET is not set");
  says(in_file(folder.path() / "nobody"), "cannot read the secret in");
  says(in_file(folder.path()), "cannot read the secret in");
  says(in_file(folder.write("empty", "\n")), "holds nothing");
  says(in_file(folder.write("long", std::string(5000, 's'))), "holds more than 4096 bytes");
}

TEST_CASE("of a URL only its origin is shown: user, path and query may be secret") {
  CHECK(origin_of("https://user:word@hooks.example.com/services/T00/B00?token=x#y") ==
        "https://hooks.example.com");
  CHECK(origin_of("http://127.0.0.1:8080") == "http://127.0.0.1:8080");
  CHECK(origin_of("HTTPS://[::1]:8443/x") == "https://[::1]:8443");
  for (const auto* none : {"", "x", "hooks.example.com/x", "ftp://example.com/", "file:///etc/x",
                           "http://", "https:///path", "http://a b/", "http://host:99999/"}) {
    CAPTURE(none);
    CHECK_FALSE(origin_of(none));
  }
}

TEST_CASE("a record's id is the decision's own, otherwise a hash of its bytes") {
  const std::string digits = "0123456789abcdef0123456789abcdef";
  CHECK(webhook_id(R"({"id":")" + digits + R"(","kind":"anomaly","code":"x"})") == digits);
  const auto window = webhook_id(R"({"stage":"one"})");
  CHECK(window.size() == 32);
  CHECK(webhook_id(R"({"stage":"one"})") == window);
  CHECK(webhook_id(R"({"stage":"two"})") != window);
  // The key of a report may be called id: two reports of one key are two records.
  CHECK(webhook_id(R"({"id":")" + digits + R"(","score":1})") != digits);
  CHECK(webhook_id(R"({"id":"short","kind":"x"})").size() == 32);
  CHECK(webhook_id("").size() == 32);
}

}  // namespace
}  // namespace aisle::io
