// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "runtime/base/time.hpp"
#include "runtime/io/errors.hpp"
#include "runtime/io/webhook_retry.hpp"

namespace aisle::io {

/// Where the records of a sink are posted, and how.
struct webhook_settings {
  /// http or https; empty: nothing is posted. May hold a password or a token, so it is never shown
  /// (webhook_post.hpp: origin_of).
  std::string url;
  /// What signs the posts: the name of an environment variable, or a file. Neither: no signature.
  std::optional<std::string> secret_env;
  std::optional<std::filesystem::path> secret_file;
  /// One attempt, from looking up the host to the end of the answer.
  base::duration timeout = std::chrono::seconds{10};
  retry_policy retry;
};

/// What the environment or the file holds, without a line end behind it; empty when the settings
/// name neither. It is an error when what they name is not there, or holds nothing, or more than a
/// secret can be. The message never holds the secret.
[[nodiscard]] result<std::string> read_secret(const webhook_settings& of);

}  // namespace aisle::io
