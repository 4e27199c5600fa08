// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/error_class.hpp"

#include <librdkafka/rdkafka.h>

namespace aisle::kafka {
namespace {

/// Somebody has initialised the same transactional id, or the broker has given up a transaction
/// that was open for longer than its time-out; it answers both alike.
bool is_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

bool is_hopeless(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__NOT_CONFIGURED:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return true;
    default:
      return false;
  }
}

}  // namespace

txn_event class_of(const txn_error& error) {
  const auto code = static_cast<rd_kafka_resp_err_t>(error.code);
  if (is_fenced(code)) {
    return txn_event::fenced;
  }
  if (is_hopeless(code)) {
    return txn_event::hopeless;
  }
  if (error.fatal) {
    return txn_event::fatal;
  }
  if (error.requires_abort) {
    return txn_event::abortable;
  }
  return error.retriable ? txn_event::retriable : txn_event::fatal;
}

}  // namespace aisle::kafka
