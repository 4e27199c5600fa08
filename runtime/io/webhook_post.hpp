// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/io/webhook_retry.hpp"

namespace aisle::io {

/// At most this for a connection, of the time of an attempt.
inline constexpr base::duration connect_timeout_max = std::chrono::seconds{5};
/// Headers, and then the body, of an answer: more headers are no answer, more body is not read.
inline constexpr std::size_t answer_bytes_max = std::size_t{64} << 10;
/// How much of the body an answer keeps.
inline constexpr std::size_t answer_bytes_kept = 500;

/// Posts records to one place. Used by one thread at a time.
class webhook_poster {
 public:
  virtual ~webhook_poster() = default;
  /// One attempt. `headers` as lines, `Name: value`. Ends soon after `is_over` says true, without
  /// an answer.
  [[nodiscard]] virtual webhook_answer post(const std::vector<std::string>& headers,
                                            std::string_view body,
                                            const std::function<bool()>& is_over) = 0;
};

/// Posts by HTTP, over a connection that is kept. Certificates are verified, redirects are not
/// followed, and an attempt ends after `timeout`. Proxies are those of the environment. The first
/// one in a process makes it ignore SIGPIPE, which a broken connection would otherwise end it with.
[[nodiscard]] std::unique_ptr<webhook_poster> make_poster(std::string url, base::duration timeout);

/// `https://host:port` of a URL: what may be shown of it, since user, path and query may be secret.
/// Nothing when it is no URL of http or https.
[[nodiscard]] std::optional<std::string> origin_of(const std::string& url);

}  // namespace aisle::io
