// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/io/errors.hpp"

namespace aisle::io {

/// Where a secret lies: the name of an environment variable, or a file. Neither: there is none.
struct secret_place {
  std::optional<std::string> env;
  std::optional<std::filesystem::path> file;

  friend bool operator==(const secret_place&, const secret_place&) = default;
};

/// What the environment or the file holds, without a line end behind it; empty when the place names
/// neither. It is an error when what it names is not there, or holds nothing, or more than a secret
/// can be. The message says what it is for (`purpose`: "the password of …"), and never holds it.
[[nodiscard]] result<std::string> read_secret(const secret_place& place, std::string_view purpose);

}  // namespace aisle::io
