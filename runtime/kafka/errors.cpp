// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/errors.hpp"

#include <array>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

namespace aisle::kafka {
namespace {

constexpr std::array<std::string_view, 15> names{
    "bad_setting", "unreachable", "refused_login", "not_trusted", "not_allowed",
    "not_found",   "exists",      "out_of_range",  "changed",     "corrupt",
    "too_large",   "timed_out",   "fenced",        "fatal",       "failed"};

io::errc io_code_of(errc code) {
  switch (code) {
    case errc::not_found:
      return io::errc::not_found;
    case errc::refused_login:
    case errc::not_trusted:
    case errc::not_allowed:
      return io::errc::no_permission;
    case errc::out_of_range:
    case errc::changed:
      return io::errc::changed;
    case errc::corrupt:
      return io::errc::corrupt;
    default:
      return io::errc::read_failed;
  }
}

}  // namespace

std::string_view to_text(errc code) { return names.at(static_cast<std::size_t>(code)); }

errc code_of(int librdkafka_code) {
  switch (static_cast<rd_kafka_resp_err_t>(librdkafka_code)) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
      return errc::unreachable;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
      return errc::refused_login;
    case RD_KAFKA_RESP_ERR__SSL:
      return errc::not_trusted;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED:
      return errc::not_allowed;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
      return errc::not_found;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return errc::exists;
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return errc::out_of_range;
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      return errc::corrupt;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return errc::too_large;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return errc::timed_out;
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED:
      return errc::fenced;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE:
      return errc::fatal;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
      return errc::bad_setting;
    default:
      return errc::failed;
  }
}

error failure(std::string_view doing, int librdkafka_code, std::string_view detail) {
  const std::string_view words =
      rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(librdkafka_code));
  return {code_of(librdkafka_code), fmt::format("{}: {}", doing, detail.empty() ? words : detail)};
}

error offsets_failure(std::string_view doing, int librdkafka_code) {
  auto why = failure(doing, librdkafka_code);
  if (librdkafka_code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
      librdkafka_code == RD_KAFKA_RESP_ERR__BAD_MSG) {
    why.code = errc::unreachable;
  }
  return why;
}

io::error as_io_error(const error& from) { return {io_code_of(from.code), from.message}; }

}  // namespace aisle::kafka
