// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runtime/kafka/errors.hpp"

namespace aisle::kafka {

/// What librdkafka says about a connection (an rd_kafka_resp_err_t and its reason), as a sentence
/// that names the broker, says what is wrong and what to look at. `user` is the login's name.
[[nodiscard]] error connection_trouble(int librdkafka_code, std::string_view reason,
                                       std::string_view user = {});

/// Whether librdkafka says that TLS did not come about. When OpenSSL is done before librdkafka has
/// to wait, as with a near broker on a busy machine, 2.0.2 calls it a transport error; the reason
/// is OpenSSL's then, too.
[[nodiscard]] bool is_tls_failure(int librdkafka_code, std::string_view reason);

/// librdkafka's reason with what is wrong with the certificate (an X509_V_ERR of OpenSSL's; 0:
/// nothing is known) put into it.
[[nodiscard]] std::string with_certificate(std::string_view reason, int x509_error);

/// True when waiting does not help: a person has to change something.
[[nodiscard]] constexpr bool needs_a_person(errc code) {
  return code == errc::refused_login || code == errc::not_trusted || code == errc::not_allowed ||
         code == errc::bad_setting;
}

}  // namespace aisle::kafka
