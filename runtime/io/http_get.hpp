// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "runtime/base/time.hpp"

namespace aisle::io {

/// Where is asked, and how.
struct http_settings {
  /// What stands in front of every path; http or https.
  std::string url;
  /// Of basic authentication; empty: none. Never shown.
  std::string user;
  std::string password;
  /// Certificates that are trusted; none: those of the system.
  std::optional<std::filesystem::path> ca_file;
  /// One attempt, from looking up the host to the end of the answer.
  base::duration timeout = std::chrono::seconds{5};
  /// Longer answers are none.
  std::size_t answer_bytes_max = std::size_t{4} << 20;
};

struct http_answer {
  /// 0 when no whole answer came.
  int status = 0;
  std::string body;
  /// Why no whole answer came; shows no secret.
  std::string trouble;
};

/// Asks one server by HTTP, over a connection that is kept. For one thread at a time.
class http_getter {
 public:
  virtual ~http_getter() = default;
  /// One attempt. `path` begins with a slash; `accept` is the media types that are wanted.
  [[nodiscard]] virtual http_answer get(const std::string& path, const std::string& accept) = 0;
};

/// By libcurl. Certificates are verified, redirects are not followed. Proxies are those of the
/// environment.
[[nodiscard]] std::unique_ptr<http_getter> make_getter(http_settings settings);

}  // namespace aisle::io
