// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/connection_words.hpp"

#include <algorithm>
#include <string>

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

namespace aisle::kafka {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "sasl_ssl://host:9093/bootstrap: what happened (after 3ms in state CONNECT)" in its two parts.
struct parts {
  std::string_view broker;
  std::string_view what;
};

parts split(std::string_view reason) {
  std::string_view broker;
  if (const auto colon = reason.find(": ");
      colon != std::string_view::npos && has(reason.substr(0, colon), ":") &&
      reason.substr(0, colon).find(' ') == std::string_view::npos) {
    broker = reason.substr(0, colon);
    reason.remove_prefix(colon + 2);
  }
  if (const auto scheme = broker.find("://"); scheme != std::string_view::npos) {
    broker.remove_prefix(scheme + 3);
  }
  broker = broker.substr(0, broker.find('/'));
  // A coordinator is called by its part ("TxnCoordinator: Connect to ipv4#host:9092 failed: ...").
  constexpr std::string_view before = "Connect to ipv";
  if (const auto connect = reason.find(before); broker.empty() && connect != reason.npos) {
    auto address = reason.substr(connect + before.size());
    address = address.substr(0, address.find(" failed"));
    broker = address.substr(address.find('#') + 1);
  }
  return {broker, reason.substr(0, reason.rfind(" (after "))};
}

std::string broker_of(const parts& said) {
  return said.broker.empty() ? "the Kafka broker" : fmt::format("the Kafka broker {}", said.broker);
}

error login(const parts& said, std::string_view user) {
  const auto who = user.empty() ? std::string{"this client"} : fmt::format("user \"{}\"", user);
  if (has(said.what, "nsupported SASL mechanism") || has(said.what, "not enabled")) {
    return {errc::refused_login,
            fmt::format("{} does not take this way to log in: set `sasl.mechanisms` to one that it "
                        "has ({})",
                        broker_of(said), said.what)};
  }
  const std::string_view scram =
      has(said.what, "SCRAM")
          ? "; if both are right and the broker is Kafka 3.8.0, 4.0 or later, it refuses every "
            "SCRAM login of this librdkafka: use PLAIN over sasl_ssl there"
          : "";
  return {errc::refused_login,
          fmt::format("{} does not let {} in: the user name (`sasl.username`) or the password "
                      "(`sasl.password`) is wrong{} ({})",
                      broker_of(said), who, scram, said.what)};
}

error trust(const parts& said) {
  const auto colon = said.what.rfind(": ");
  const auto verdict = colon == std::string_view::npos ? said.what : said.what.substr(colon + 2);
  if (has(said.what, "ostname mismatch") || has(said.what, "IP address mismatch")) {
    return {errc::not_trusted,
            fmt::format("{} shows a certificate for another host name: reach it by the name that "
                        "stands in the certificate, or give the broker one for this name ({})",
                        broker_of(said), verdict)};
  }
  if (has(said.what, "expired") || has(said.what, "not yet valid")) {
    return {errc::not_trusted,
            fmt::format("{} shows a certificate of another time: renew it, or set the clock right "
                        "({})",
                        broker_of(said), verdict)};
  }
  if (has(said.what, "certificate verify failed")) {
    return {errc::not_trusted,
            fmt::format("{} shows a certificate that is not trusted: `ssl.ca.location` must name "
                        "the certificate of the authority that signed it ({})",
                        broker_of(said), verdict)};
  }
  if (has(said.what, "PLAINTEXT") || has(said.what, "wrong version number") ||
      has(said.what, "unexpected eof") || has(said.what, "isconnected")) {
    return {errc::not_trusted,
            fmt::format(
                "{} does not seem to speak TLS at this port: set `security.protocol` to plaintext "
                "or sasl_plaintext, or name its TLS port ({})",
                broker_of(said), said.what)};
  }
  return {errc::not_trusted,
          fmt::format("no TLS connection with {}: {}", broker_of(said), said.what)};
}

error network(const parts& said) {
  if (has(said.what, "security.protocol")) {
    return {errc::unreachable,
            fmt::format("{} hangs up at once: its port speaks TLS or wants a login, and "
                        "`security.protocol` says otherwise ({})",
                        broker_of(said), said.what)};
  }
  if (has(said.what, "onnection refused")) {
    return {errc::unreachable,
            fmt::format("nobody listens at {}: is the Kafka broker up, and is this its host and "
                        "port? (connection refused)",
                        said.broker.empty() ? "its address" : said.broker)};
  }
  if (has(said.what, "timed out") || has(said.what, "timeout")) {
    return {errc::unreachable,
            fmt::format("{} does not answer: it hangs, or the network between drops what is sent "
                        "({})",
                        broker_of(said), said.what)};
  }
  return {errc::unreachable,
          fmt::format("lost the connection to {}: {}", broker_of(said), said.what)};
}

// OpenSSL's X509_V_ERR_…: 62 and 64 are names, 9 and 10 times, most others the chain of
// authorities.
std::string_view certificate_words(int x509_error) {
  switch (x509_error) {
    case 62:
      return "hostname mismatch";
    case 64:
      return "IP address mismatch";
    case 9:
      return "the certificate is not yet valid";
    case 10:
      return "the certificate has expired";
    case 18:
      return "the certificate is signed by itself";
    default:
      return "the certificate's authority is not known";
  }
}

}  // namespace

bool is_tls_failure(int librdkafka_code, std::string_view reason) {
  return librdkafka_code == RD_KAFKA_RESP_ERR__SSL ||
         (librdkafka_code == RD_KAFKA_RESP_ERR__TRANSPORT && has(reason, "SSL routines:"));
}

std::string with_certificate(std::string_view reason, int x509_error) {
  std::string text{reason};
  if (x509_error != 0) {
    const auto place = text.rfind(" (after ");
    text.insert(std::min(place, text.size()), fmt::format(": {}", certificate_words(x509_error)));
  }
  return text;
}

error connection_trouble(int librdkafka_code, std::string_view reason, std::string_view user) {
  const auto said = split(reason);
  if (is_tls_failure(librdkafka_code, reason)) return trust(said);
  switch (static_cast<rd_kafka_resp_err_t>(librdkafka_code)) {
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return {errc::unreachable,
              fmt::format("the host name of the Kafka broker {} does not resolve: check the name "
                          "for a slip, then the name service ({})",
                          said.broker, said.what)};
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
      return login(said, user);
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return network(said);
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return {errc::unreachable, fmt::format("no Kafka broker can be reached ({})", said.what)};
    default:
      return failure(broker_of(said), librdkafka_code, said.what);
  }
}

}  // namespace aisle::kafka
