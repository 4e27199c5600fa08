// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/time.hpp"
#include "runtime/io/errors.hpp"

namespace aisle::io {

/// Signs posts as Standard Webhooks 1.0 has it (standardwebhooks.com): `v1,` and the base64 of
/// HMAC-SHA256 over `id.timestamp.body`, the timestamp in whole seconds since 1970.
class webhook_signer {
 public:
  /// A secret that begins with `whsec_` is base64 behind that, as the standard has it; another one
  /// is taken as its bytes. The message of an error never holds the secret.
  [[nodiscard]] static result<webhook_signer> from(std::string_view secret);

  [[nodiscard]] std::string sign(std::string_view id, base::event_time at,
                                 std::string_view body) const;

 private:
  explicit webhook_signer(std::string key) : key_{std::move(key)} {}

  std::string key_;
};

/// Whole seconds since 1970, as `webhook-timestamp` has them.
[[nodiscard]] std::string timestamp_text(base::event_time at);

}  // namespace aisle::io
