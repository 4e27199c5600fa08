// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/connection_words.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

namespace aisle::kafka {
namespace {

struct trouble {
  rd_kafka_resp_err_t code;
  std::string_view reason;
  errc said;
  std::string_view with;
};

TEST_CASE("librdkafka's reasons become sentences that name the broker and what to mend") {
  const trouble all[] = {
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "a:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in "
       "state CONNECT)",
       errc::unreachable, "nobody listens at a:9092"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "TxnCoordinator: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in "
       "state CONNECT)",
       errc::unreachable, "nobody listens at 10.0.0.1:9092"},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "a:9092/1: 1 request(s) timed out: disconnect (after 9ms)",
       errc::unreachable, "a:9092 does not answer"},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "a:9092/1: Disconnected (after 600ms in state UP)",
       errc::unreachable, "lost the connection to the Kafka broker a:9092"},
      {RD_KAFKA_RESP_ERR__RESOLVE, "b:1/bootstrap: Failed to resolve 'b:1': no", errc::unreachable,
       "the Kafka broker b:1 does not resolve"},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "sasl_ssl://c:9093/bootstrap: SASL authentication error: PLAIN invalid (after 3ms)",
       errc::refused_login, "c:9093 does not let user \"anna\" in"},
      {RD_KAFKA_RESP_ERR__SSL, "ssl://d:9093/bootstrap: SSL handshake failed: wrong version number",
       errc::not_trusted, "d:9093 does not seem to speak TLS"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "ssl://d:9093/bootstrap: error:0A000086:SSL routines::certificate verify failed (after 45ms "
       "in state SSL_HANDSHAKE)",
       errc::not_trusted, "d:9093 shows a certificate that is not trusted"},
      {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "2/2 brokers are down", errc::unreachable,
       "no Kafka broker can be reached (2/2 brokers are down)"}};
  for (const auto& one : all) {
    CAPTURE(one.reason);
    const auto said = connection_trouble(one.code, one.reason, "anna");
    CHECK(said.code == one.said);
    CHECK_MESSAGE(said.message.find(one.with) != std::string::npos, said.message);
  }
}

TEST_CASE("what is wrong with a certificate is told apart") {
  const std::pair<rd_kafka_resp_err_t, std::string_view> reasons[] = {
      {RD_KAFKA_RESP_ERR__SSL,
       "ssl://d:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate "
       "verify failed (after 5ms)"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "ssl://d:9093/bootstrap: error:0A000086:SSL routines::certificate verify failed (after 45ms "
       "in state SSL_HANDSHAKE)"}};
  for (const auto& [code, reason] : reasons) {
    const auto said = [&](int x509_error) {
      return connection_trouble(code, with_certificate(reason, x509_error)).message;
    };
    CHECK(said(62).find("for another host name") != std::string::npos);
    CHECK(said(10).find("has expired") != std::string::npos);
    CHECK(said(20).find("ssl.ca.location") != std::string::npos);
    CHECK(said(0).find("(error:0A000086:SSL routines::certificate verify failed)") !=
          std::string::npos);
  }
}

TEST_CASE("only what waiting may mend is waited for") {
  CHECK(may_pass(code_of(RD_KAFKA_RESP_ERR__TRANSPORT)));
  CHECK(may_pass(code_of(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION)));
  CHECK(may_pass(code_of(RD_KAFKA_RESP_ERR__TIMED_OUT)));
  for (const auto code :
       {RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__FENCED,
        RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_INVALID_MSG}) {
    CAPTURE(to_text(code_of(code)));
    CHECK_FALSE(may_pass(code_of(code)));
  }
  CHECK(code_of(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) == errc::not_found);
  // Of partitions that are there librdkafka says so while a broker comes or goes.
  for (const auto code : {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__BAD_MSG}) {
    CHECK(offsets_failure("ends", code).code == errc::unreachable);
  }
  CHECK(offsets_failure("ends", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART).code == errc::not_found);
  CHECK(to_text(errc::bad_setting) == "bad_setting");
  CHECK(to_text(errc::failed) == "failed");
}

}  // namespace
}  // namespace aisle::kafka
