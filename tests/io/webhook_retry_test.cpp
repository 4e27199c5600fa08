// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_retry.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

namespace aisle::io {
namespace {

using namespace std::chrono_literals;

constexpr double nearly_one = 0.999999;

webhook_answer status(int number) {
  return {.status = number, .retry_after = {}, .trouble = {}, .body = {}};
}
webhook_answer no_answer() {
  return {.status = 0, .retry_after = {}, .trouble = "refused", .body = {}};
}

TEST_CASE("what a status says of the record: taken, not wanted, or not now") {
  for (const int taken : {200, 201, 202, 204, 299}) {
    CHECK(webhook_retry{{}}.answered(status(taken), 0s, 0) == webhook_outcome::delivered);
  }
  for (const int not_now : {0, 408, 425, 429, 500, 502, 503, 504, 599}) {
    CHECK(webhook_retry{{}}.answered(status(not_now), 0s, 0) == webhook_outcome::again);
  }
  for (const int unwanted : {100, 301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422, 600}) {
    CHECK(webhook_retry{{}}.answered(status(unwanted), 0s, 0) == webhook_outcome::refused);
  }
}

TEST_CASE("waits are a random part of a bound that doubles, up to the longest") {
  retry_policy policy{
      .first_wait = 1s, .longest_wait = 60s, .give_up_after = 24h, .attempts_max = {}};
  std::vector<base::duration> longest;
  webhook_retry retry{policy};
  base::duration now = 1000s;
  for (int i = 0; i < 9; ++i) {
    REQUIRE(retry.answered(status(503), now, nearly_one) == webhook_outcome::again);
    longest.push_back(std::chrono::round<std::chrono::seconds>(retry.due_in(now)));
    now += retry.due_in(now);
    CHECK(retry.due_in(now) == 0ms);
  }
  CHECK(longest == std::vector<base::duration>{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s});
  REQUIRE(retry.answered(status(503), now, 0.25) == webhook_outcome::again);
  CHECK(retry.due_in(now) == 15s);
  REQUIRE(retry.answered(status(503), now, 0) == webhook_outcome::again);
  CHECK(retry.due_in(now) == 0s);
}

TEST_CASE("Retry-After is waited for when it is longer, and never beyond the giving up") {
  retry_policy policy{
      .first_wait = 1s, .longest_wait = 60s, .give_up_after = 100s, .attempts_max = {}};
  webhook_retry retry{policy};
  auto told = status(429);
  told.retry_after = 30s;
  REQUIRE(retry.answered(told, 0s, nearly_one) == webhook_outcome::again);
  CHECK(retry.due_in(0s) == 30s);
  told.retry_after = 1h;
  REQUIRE(retry.answered(told, 30s, 0) == webhook_outcome::again);
  CHECK(retry.due_in(30s) == 70s);
  CHECK(retry.answered(told, 100s, 0) == webhook_outcome::gave_up);
}

TEST_CASE("what the receiver asked to wait holds for the record behind one that is given up") {
  retry_policy policy{
      .first_wait = 1s, .longest_wait = 60s, .give_up_after = 100s, .attempts_max = 1};
  webhook_retry retry{policy};
  auto told = status(429);
  told.retry_after = 30s;
  REQUIRE(retry.answered(told, 0s, 0) == webhook_outcome::gave_up);
  CHECK(retry.due_in(0s) == 30s);
}

TEST_CASE("a record is given up at its last attempt") {
  retry_policy policy{
      .first_wait = 1s, .longest_wait = 60s, .give_up_after = 24h, .attempts_max = 3};
  webhook_retry retry{policy};
  for (int record = 0; record < 2; ++record) {
    CHECK(retry.answered(no_answer(), 0s, 0) == webhook_outcome::again);
    CHECK(retry.answered(no_answer(), 0s, 0) == webhook_outcome::again);
    CHECK(retry.attempts() == 2);
    CHECK(retry.answered(no_answer(), 0s, 0) == webhook_outcome::gave_up);
    CHECK(retry.attempts() == 0);
  }
}

TEST_CASE("an outage costs its time once: the records behind it are tried once each") {
  retry_policy policy{
      .first_wait = 1s, .longest_wait = 60s, .give_up_after = 10min, .attempts_max = {}};
  webhook_retry retry{policy};
  base::duration now = 0s;
  while (retry.answered(no_answer(), now, 0.5) == webhook_outcome::again) {
    REQUIRE(retry.due_in(now) > 0ms);
    now += retry.due_in(now);
  }
  CHECK(now == 10min);  // The last attempt is made when the time is over, not before.
  CHECK(retry.due_in(now) == 0s);
  CHECK(retry.answered(no_answer(), now, 0.5) == webhook_outcome::gave_up);
  CHECK(retry.answered(no_answer(), now, 0.5) == webhook_outcome::gave_up);
  SUBCASE("until one is taken") {
    CHECK(retry.answered(status(200), now, 0.5) == webhook_outcome::delivered);
    CHECK(retry.answered(no_answer(), now, 0.5) == webhook_outcome::again);
  }
  SUBCASE("or refused, which is an answer, too") {
    CHECK(retry.answered(status(400), now, 0.5) == webhook_outcome::refused);
    CHECK(retry.answered(no_answer(), now, 0.5) == webhook_outcome::again);
  }
}

TEST_CASE("an answer is told in words") {
  CHECK(to_text(status(503)) == "it answered 503");
  CHECK(to_text(status(302)) == "it answered 302, a redirect, which is not followed");
  CHECK(to_text(no_answer()) == "no answer: refused");
}

}  // namespace
}  // namespace aisle::io
