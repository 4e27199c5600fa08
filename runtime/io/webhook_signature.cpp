// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_signature.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "runtime/base/check.hpp"
#include "runtime/base/json.hpp"

namespace aisle::io {
namespace {

constexpr std::string_view encoded_prefix = "whsec_";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

result<webhook_signer> webhook_signer::from(std::string_view secret) {
  if (!secret.starts_with(encoded_prefix)) return webhook_signer{std::string{secret}};
  auto key = base::from_base64(secret.substr(encoded_prefix.size()));
  if (!key || key->empty()) {
    return base::fail(
        errc::corrupt,
        "the secret begins with whsec_, but what follows is no base64; copy the whole "
        "of it");
  }
  return webhook_signer{*std::move(key)};
}

std::string webhook_signer::sign(std::string_view id, base::event_time at,
                                 std::string_view body) const {
  const auto signed_text = fmt::format("{}.{}.{}", id, timestamp_text(at), body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  const auto* const done = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                                bytes_of(signed_text), signed_text.size(), mac.data(), &size);
  base::check(done != nullptr, "HMAC-SHA256 of any key and any text there is");
  return "v1," + base::to_base64({reinterpret_cast<const char*>(mac.data()), size});
}

std::string timestamp_text(base::event_time at) {
  return fmt::format("{}", std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

}  // namespace aisle::io
