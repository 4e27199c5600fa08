// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/error_class.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

namespace aisle::kafka {
namespace {

TEST_CASE("a fenced producer is fenced, also where librdkafka calls it fatal or abortable") {
  for (const auto code : {RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
                          RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH}) {
    CHECK(class_of({.code = code, .fatal = true}) == txn_event::fenced);
    CHECK(class_of({.code = code, .requires_abort = true}) == txn_event::fenced);
  }
}

TEST_CASE("what is not allowed is hopeless, not something to try for ever") {
  CHECK(class_of({.code = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, .requires_abort = true}) ==
        txn_event::hopeless);
  CHECK(class_of({.code = RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                  .fatal = true}) == txn_event::hopeless);
}

TEST_CASE("librdkafka's own flags decide about every other code; an error without one is fatal") {
  constexpr auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  CHECK(class_of({.code = code, .retriable = true}) == txn_event::retriable);
  CHECK(class_of({.code = code, .requires_abort = true}) == txn_event::abortable);
  CHECK(class_of({.code = code, .fatal = true}) == txn_event::fatal);
  CHECK(class_of({.code = code, .retriable = true, .requires_abort = true}) ==
        txn_event::abortable);
  CHECK(class_of({.code = RD_KAFKA_RESP_ERR__STATE}) == txn_event::fatal);
}

TEST_CASE("a coordinator that another one has replaced does not make the producer a zombie") {
  CHECK(class_of({.code = RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED, .fatal = true}) ==
        txn_event::fatal);
}

}  // namespace
}  // namespace aisle::kafka
