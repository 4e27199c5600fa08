// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/secret.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include <fmt/core.h>

namespace aisle::io {
namespace {

constexpr std::size_t secret_bytes_max = 4096;

result<std::string> whole_secret(std::string text, const std::string& where,
                                 std::string_view purpose) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  if (text.empty() || text.size() > secret_bytes_max) {
    return base::fail(errc::not_found,
                      fmt::format("{} holds {}; it takes {}", where,
                                  text.empty() ? "nothing" : "more than 4096 bytes", purpose));
  }
  return text;
}

result<std::string> from_environment(const std::string& name, std::string_view purpose) {
  // Nobody changes the environment.
  const char* const text = std::getenv(name.c_str());
  const auto where = fmt::format("the environment variable {}", name);
  if (text == nullptr) {
    return base::fail(errc::not_found, fmt::format("{} is not set; it takes {}", where, purpose));
  }
  return whole_secret(text, where, purpose);
}

result<std::string> from_file(const std::filesystem::path& path, std::string_view purpose) {
  std::ifstream file{path, std::ios::binary};
  std::string text;
  if (file) {
    text.resize(secret_bytes_max + 3);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) {
    return std::unexpected{system_error(action::read, "cannot read the secret in", path, errno)};
  }
  return whole_secret(std::move(text), path.string(), purpose);
}

}  // namespace

result<std::string> read_secret(const secret_place& place, std::string_view purpose) {
  if (place.env) return from_environment(*place.env, purpose);
  if (place.file) return from_file(*place.file, purpose);
  return std::string{};
}

}  // namespace aisle::io
