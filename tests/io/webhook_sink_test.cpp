// SPDX-License-Identifier: Apache-2.0
// The webhook's lane against a real HTTP server that misbehaves.
#include "runtime/io/webhook_sink.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/io/webhook_letters.hpp"
#include "runtime/io/webhook_signature.hpp"
#include "tests/io/faulty_disk.hpp"
#include "tests/io/temp_folder.hpp"
#include "tests/support/http_server.hpp"

namespace aisle::io {
namespace {

using namespace std::chrono_literals;
using test_support::http_reply;
using test_support::http_request;
using test_support::http_server;
using way = test_support::http_way;

/// A time-out that is met only by who wants to: the server hangs, or the machine stands still.
constexpr base::duration patient = 1min;
constexpr base::duration short_time = 300ms;

/// A clock that is told what time it is.
class told_clock final : public base::clock {
 public:
  [[nodiscard]] base::event_time now() const override {
    return base::event_time{std::chrono::milliseconds{now_ += each_look}};
  }
  void pass(base::duration span) { now_ += span.count(); }
  /// Passes by itself whenever somebody looks.
  std::atomic<std::int64_t> each_look = 0;

 private:
  mutable std::atomic<std::int64_t> now_ = 1'700'000'000'000;
};

http_reply answers(int status, std::string body = {}, std::vector<std::string> headers = {}) {
  return {
      .way = way::answer, .status = status, .headers = std::move(headers), .body = std::move(body)};
}

/// Answers with each of them in turn, and then with 200.
http_server::script in_turn(std::vector<http_reply> replies) {
  return [replies = std::move(replies)](const http_request&, std::size_t n) {
    return n < replies.size() ? replies[n] : answers(200);
  };
}

/// A server, and a lane that posts to it.
struct shop {
  explicit shop(http_server::script what_to_do, bool open = true) : server{std::move(what_to_do)} {
    ::setenv("no_proxy", "127.0.0.1", 1);
    settings.url = server.origin() + "/hook?token=hidden";
    settings.timeout = patient;
    settings.secret_file = folder.write("secret", secret);
    if (open) server.open();
  }

  void open_lane() {
    webhook_surroundings around;
    around.clock = &clock;
    around.on = &disk;
    around.stop_requested = &stop;
    around.tell = [this](const std::string& text) { told.push_back(text); };
    auto made = open_webhook_lane(settings, out(), base::lane_id{2}, around);
    REQUIRE_MESSAGE(made.has_value(), made.error().message);
    lane = std::move(*made);
  }

  /// Delivers as a writer does: the same bytes in the same place, a second later, until they are
  /// out. The errors on the way come back.
  std::vector<std::string> deliver(std::string_view lines, std::uint64_t offset = 0) {
    if (lane == nullptr) open_lane();
    std::vector<std::string> errors;
    for (int tries = 0; tries < 5000; ++tries) {
      const auto done = lane->write_at(offset, lines);
      if (done) {
        REQUIRE(lane->sync().has_value());
        return errors;
      }
      REQUIRE_MESSAGE(can_be_retried(done.error().code), done.error().message);
      errors.push_back(done.error().message);
      clock.pass(1s);
    }
    FAIL("not delivered in an hour");
    return errors;
  }

  [[nodiscard]] std::vector<std::string> bodies() const {
    std::vector<std::string> all;
    for (const auto& request : server.requests()) {
      all.push_back(request.body);
    }
    return all;
  }
  [[nodiscard]] std::filesystem::path out() const { return folder.path() / "out" / "alerts"; }
  [[nodiscard]] std::filesystem::path letters_path() const {
    return out() / "undelivered-0002.ndjson";
  }
  [[nodiscard]] std::string letters() const { return content_of(letters_path()); }

  static constexpr std::string_view secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  temp_folder folder;
  http_server server;
  told_clock clock;
  faulty_disk disk;
  std::atomic<bool> stop = false;
  std::vector<std::string> told;
  webhook_settings settings;
  std::unique_ptr<lane_writer> lane;
};

using strings = std::vector<std::string>;

/// Of each the first: on a busy machine a server answers too late, and is asked once more.
strings without_repeats(const strings& all) {
  strings firsts;
  std::ranges::copy_if(all, std::back_inserter(firsts), [&](const std::string& one) {
    return std::ranges::find(firsts, one) == firsts.end();
  });
  return firsts;
}

TEST_CASE("each line is a post, in order, signed, with an id that is the record's own") {
  shop of{in_turn({})};
  CHECK(of.deliver("{\"a\":1}\n{\"b\":2}\n").empty());
  CHECK(of.deliver("{\"c\":3}\n", 16).empty());
  const auto requests = of.server.requests();
  CHECK(of.bodies() == strings{"{\"a\":1}", "{\"b\":2}", "{\"c\":3}"});
  const auto signer = webhook_signer::from(shop::secret);
  for (auto request : requests) {
    CHECK(request.method == "POST");
    CHECK(request.path == "/hook?token=hidden");
    auto& headers = request.headers;
    CHECK(headers["content-type"] == "application/json");
    CHECK(headers["webhook-id"] == webhook_id(request.body));
    CHECK(headers["idempotency-key"] == headers["webhook-id"]);
    CHECK(headers["webhook-timestamp"] == "1700000000");
    CHECK(headers["webhook-signature"] ==
          signer->sign(webhook_id(request.body), of.clock.now(), request.body));
    CHECK_FALSE(headers.contains("expect"));
  }
  CHECK_FALSE(std::filesystem::exists(of.letters_path()));
  CHECK(of.told.empty());
}

TEST_CASE("without a secret nothing is signed") {
  shop of{in_turn({})};
  of.settings.secret_file.reset();
  of.deliver("{}\n");
  auto request = of.server.requests().at(0);
  CHECK_FALSE(request.headers.contains("webhook-signature"));
  CHECK(request.headers.contains("webhook-id"));
}

TEST_CASE("a delivery that is repeated posts nothing twice, and one with a gap is refused") {
  shop of{in_turn({})};
  of.deliver("1\n2\n", 100);
  of.deliver("1\n2\n", 100);
  of.deliver("2\n3\n", 102);
  CHECK(of.bodies() == strings{"1", "2", "3"});
  const auto gap = of.lane->write_at(108, "5\n");
  REQUIRE_FALSE(gap.has_value());
  CHECK(gap.error().code == errc::too_short);
}

TEST_CASE("what fails for a while is tried again with the same id, and nothing overtakes it") {
  std::vector<http_reply> replies;
  base::duration timeout = patient;
  SUBCASE("500, then 200") { replies = {answers(500), answers(503), answers(502)}; }
  SUBCASE("429 and its relatives") { replies = {answers(429), answers(408), answers(425)}; }
  SUBCASE("resets instead of an answer") { replies.assign(3, {.way = way::reset}); }
  SUBCASE("resets in the middle of an answer of 200") {
    replies.assign(3, {.way = way::reset_within});
  }
  SUBCASE("bytes that are no HTTP") { replies.assign(3, {.way = way::garbage}); }
  SUBCASE("headers without end") { replies.assign(3, {.way = way::endless_headers}); }
  SUBCASE("silence") {
    replies.assign(3, {.way = way::hang});
    timeout = short_time;
  }
  SUBCASE("a byte now and then") {
    replies.assign(3, {.way = way::drip});
    timeout = short_time;
  }
  shop of{in_turn(replies)};
  of.settings.timeout = timeout;
  const auto errors = of.deliver("1\n2\n");
  REQUIRE(errors.size() >= 3);
  CHECK_MESSAGE(errors[0].starts_with(of.server.origin() + ": "), errors[0]);
  CHECK(errors[0].find("hidden") == std::string::npos);
  const auto bodies = of.bodies();
  CHECK(std::ranges::count(bodies, "1") >= 4);
  CHECK(without_repeats(bodies) == strings{"1", "2"});
  std::set<std::string> ids;
  for (auto request : of.server.requests()) {
    CHECK(request.headers["webhook-id"] == webhook_id(request.body));
    ids.insert(request.headers["idempotency-key"]);
  }
  CHECK(ids.size() == 2);
  CHECK_FALSE(std::filesystem::exists(of.letters_path()));
}

TEST_CASE("a receiver that refuses connections gets everything when it is there") {
  shop of{in_turn({}), false};
  of.open_lane();
  for (int i = 0; i < 5; ++i) {
    const auto refused = of.lane->write_at(0, "1\n2\n");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::write_failed);
    of.clock.pass(1s);
  }
  of.server.open();
  of.deliver("1\n2\n");
  CHECK(of.bodies() == strings{"1", "2"});
}

TEST_CASE("nothing is posted before the time that Retry-After asks for") {
  shop of{in_turn({answers(429, "", {"Retry-After: 100"})})};
  const auto errors = of.deliver("1\n");
  CHECK(errors.size() == 100);
  CHECK(errors.at(0) ==
        of.server.origin() +
            ": it answered 429; it is tried again in 1m40s, and the run waits for it");
  CHECK(of.bodies() == strings{"1", "1"});
}

TEST_CASE("what is not wanted is written down with its reason before the next one goes out") {
  shop of{[&](const http_request& request, std::size_t) {
    return request.body == "no" ? answers(400, "no \x1b[31mred\xFF") : answers(200);
  }};
  CHECK(of.deliver("yes\nno\nyes!\nno\n").empty());
  CHECK(of.bodies() == strings{"yes", "no", "yes!", "no"});
  const auto letter =
      R"({"id":")" + webhook_id("no") +
      R"(","reason":"refused","status":400,"attempts":1,"message":"it answered 400",)"
      R"("answer":"no \u001b[31mred)"
      "\uFFFD"
      R"(","original":"no"})"
      "\n";
  CHECK(of.letters() == letter + letter);
  // Once until something is delivered again.
  REQUIRE(of.told.size() == 2);
  CHECK(of.told[0] ==
        of.server.origin() + ": it answered 400; the record is in " + of.letters_path().string());
}

TEST_CASE("a redirect is not followed") {
  shop of{[&](const http_request& request, std::size_t) {
    return request.path.starts_with("/hook") ? answers(301, "", {"Location: /elsewhere"})
                                             : answers(200);
  }};
  of.deliver("1\n");
  REQUIRE(of.server.requests().size() == 1);
  CHECK(of.letters().find("a redirect, which is not followed") != std::string::npos);
}

TEST_CASE("a record is given up after its attempts, with its bytes, whatever they are") {
  shop of{[](const http_request& request, std::size_t) {
    return request.body.starts_with("good") ? answers(200) : answers(500, "broken");
  }};
  of.settings.retry.attempts_max = 3;
  of.deliver("good 1\nbad \xFF\ngood 2\n");
  CHECK(of.bodies() == strings{"good 1", "bad \xFF", "bad \xFF", "bad \xFF", "good 2"});
  CHECK(of.letters().find(R"("reason":"gave_up","status":500,"attempts":3)") != std::string::npos);
  CHECK(of.letters().find(R"("answer":"broken","original_base64":"YmFkIP8="})") !=
        std::string::npos);
}

TEST_CASE("an outage holds the run up once, and then every record is tried and written down") {
  shop of{in_turn({}), false};
  of.settings.retry.give_up_after = 30s;
  const auto errors = of.deliver("1\n2\n3\n");
  CHECK(errors.size() == 30);
  const auto letters = of.letters();
  CHECK(std::count(letters.begin(), letters.end(), '\n') == 3);
  CHECK(of.told.size() == 1);
  of.server.open();
  of.deliver("4\n", 6);
  CHECK(of.bodies() == strings{"4"});
}

TEST_CASE("an answer whose body never ends is taken by its status") {
  shop of{[](const http_request&, std::size_t n) {
    return http_reply{.way = way::endless_body, .status = n == 0 ? 200 : 400};
  }};
  CHECK(of.deliver("1\n2\n3\n").empty());
  CHECK(of.bodies() == strings{"1", "2", "3"});
  const auto letters = of.letters();
  CHECK(std::count(letters.begin(), letters.end(), '\n') == 2);
  CHECK(letters.size() < 3 * answer_bytes_kept);
}

TEST_CASE(
    "a disk that takes no dead letter holds the lane up, and nothing is lost or posted again") {
  shop of{[](const http_request& request, std::size_t) {
    return request.body == "no" ? answers(400) : answers(200);
  }};
  int full = 3;
  bool half = false;
  of.disk.on_write = [&] {
    if (full-- <= 0) return faulty_disk::fine();
    half = !half;
    return half ? faulty_disk::verdict{.bytes = 5, .number = 0} : faulty_disk::fails(ENOSPC);
  };
  int failing = 2;
  of.disk.on_sync = [&] { return failing-- > 0 ? EIO : 0; };
  const auto errors = of.deliver("no\nyes\n");
  CHECK(errors.size() == 3);
  CHECK(of.bodies() == strings{"no", "yes"});
  const auto letters = of.letters();
  CHECK(std::count(letters.begin(), letters.end(), '\n') == 1);
  CHECK(letters.ends_with(R"("original":"no"})"
                          "\n"));
}

TEST_CASE("dead letters go on behind those of earlier runs, half a line of a crash is cut off") {
  shop of{in_turn({answers(404), answers(404)})};
  std::string half(10'000, 'h');
  SUBCASE("behind whole lines") {
    std::filesystem::create_directories(of.out());
    std::ofstream{of.letters_path()} << "{\"earlier\":1}\n" << half;
    of.deliver("1\n2\n");
    CHECK(of.letters().starts_with("{\"earlier\":1}\n{\"id\":"));
  }
  SUBCASE("behind nothing else") {
    std::filesystem::create_directories(of.out());
    std::ofstream{of.letters_path()} << half;
    of.deliver("1\n2\n");
    CHECK(of.letters().starts_with("{\"id\":"));
  }
  CHECK(of.letters().find("hh") == std::string::npos);
  CHECK(of.letters().ends_with("\"original\":\"2\"}\n"));
}

TEST_CASE("a run that is asked to stop waits its grace, then keeps what is not out") {
  shop of{in_turn({})};
  of.open_lane();
  of.stop = true;
  SUBCASE("a receiver that works gets what there is") {
    CHECK(of.deliver("1\n2\n").empty());
    CHECK(of.bodies() == strings{"1", "2"});
  }
  SUBCASE("one that fails does not hold the stop up for ever") {
    shop failing{in_turn({}), false};
    failing.stop = true;
    const auto errors = failing.deliver("1\n2\n");
    CHECK(errors.size() == 10);
    const auto letters = failing.letters();
    CHECK(letters.find(R"("reason":"stopped","status":null,"attempts":)") != std::string::npos);
    CHECK(letters.find(R"("attempts":0,"message":"not tried","answer":"","original":"2")") !=
          std::string::npos);
  }
  SUBCASE("one that hangs is let go, too, long before its time-out") {
    shop hanging{in_turn({{.way = way::hang}})};
    hanging.settings.timeout = 10min;
    hanging.open_lane();
    hanging.stop = true;
    hanging.clock.each_look = 1000;
    hanging.deliver("1\n");
    CHECK(hanging.letters().find("the run was stopped") != std::string::npos);
  }
}

TEST_CASE("a slow receiver does not keep the writer from anything else") {
  shop of{in_turn({})};
  of.open_lane();
  of.clock.each_look = webhook_turn_max.count() / 20;
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    lines += fmt::format("{}\n", 10 + i);
  }
  const auto errors = of.deliver(lines);
  CHECK(errors.size() >= 2);
  CHECK_MESSAGE(errors.front().find("takes its time") != std::string::npos, errors.front());
  CHECK(of.bodies().size() == 20);
}

TEST_CASE("an empty url posts nothing and opens nothing") {
  shop of{in_turn({})};
  of.settings.url.clear();
  of.settings.secret_file = "/nobody";
  CHECK(of.deliver("1\n2\n").empty());
  CHECK(of.server.requests().empty());
  CHECK_FALSE(std::filesystem::exists(of.out()));
}

TEST_CASE("a lane whose secret is not there does not open") {
  shop of{in_turn({})};
  of.settings.secret_file = of.folder.path() / "nobody";
  const auto lane = open_webhook_lane(of.settings, of.out(), base::lane_id{0}, {});
  REQUIRE_FALSE(lane.has_value());
  CHECK(lane.error().message.find("nobody") != std::string::npos);
}

TEST_CASE(
    "a server that does whatever it likes: nothing is lost, doubled by another id, or overtaken") {
  constexpr std::size_t records = 60;
  constexpr std::uint64_t seeds = 2;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    CAPTURE(seed);
    strings taken;
    shop of{[&](const http_request& request, std::size_t n) {
      const auto dice = base::hash64(fmt::format("{}", n), seed) % 20;
      const http_reply all[] = {{.way = way::reset},
                                {.way = way::reset_within},
                                {.way = way::hang},
                                {.way = way::garbage},
                                {.way = way::drip},
                                answers(500),
                                answers(503, "later", {"Retry-After: 3"}),
                                answers(429),
                                answers(400, "no"),
                                answers(302),
                                {.way = way::endless_headers}};
      if (dice < std::size(all)) return all[dice];
      taken.push_back(request.body);
      return dice == 19 ? http_reply{.way = way::endless_body} : answers(200);
    }};
    of.settings.timeout = short_time;
    of.settings.retry.attempts_max = 4;
    std::string lines;
    strings sent;
    for (std::size_t i = 0; i < records; ++i) {
      sent.push_back(fmt::format("{{\"record\":{}}}", i));
      lines += sent.back() + '\n';
    }
    of.deliver(lines);

    const auto letters = of.letters();
    std::map<std::string, std::string> body_of;
    const auto signer = webhook_signer::from(shop::secret);
    strings first_seen;
    for (auto request : of.server.requests()) {
      auto& headers = request.headers;
      const auto [known, is_new] = body_of.emplace(headers["idempotency-key"], request.body);
      CHECK(known->second == request.body);
      if (is_new) first_seen.push_back(request.body);
      const base::event_time at{std::chrono::seconds{std::stoll(headers["webhook-timestamp"])}};
      CHECK(headers["webhook-signature"] == signer->sign(headers["webhook-id"], at, request.body));
    }
    CHECK(first_seen == sent);
    const auto taken_first = without_repeats(taken);
    CHECK(std::is_sorted(taken_first.begin(), taken_first.end(), [&](const auto& a, const auto& b) {
      return std::ranges::find(sent, a) < std::ranges::find(sent, b);
    }));
    for (const auto& record : sent) {
      const bool is_taken = std::ranges::find(taken, record) != taken.end();
      const bool is_kept = letters.find(webhook_id(record)) != std::string::npos;
      CHECK((is_taken || is_kept));
    }
  }
}

}  // namespace
}  // namespace aisle::io
