// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "runtime/base/diagnostic.hpp"
#include "runtime/base/time.hpp"
#include "runtime/base/yaml.hpp"
#include "runtime/io/secret.hpp"
#include "runtime/record/schema_source.hpp"

namespace aisle::node {

/// Who knows the schemas of records: `registry:` in a node's file.
struct registry_config {
  /// http or https. May hold a path, and is never shown but for scheme, host and port.
  std::string url;
  /// Empty: no login.
  std::string user;
  io::secret_place password;
  /// Certificates that are trusted; none: those of the system.
  std::optional<std::filesystem::path> ca_file;
  /// One question, from looking up the host to the end of the answer.
  base::duration timeout = std::chrono::seconds{5};

  friend bool operator==(const registry_config&, const registry_config&) = default;
};

/// Reads `registry: URL`, or the mapping. Files begin at `begins_at`. Nothing when something was
/// complained of.
[[nodiscard]] std::optional<registry_config> read_registry(const base::yaml_document& document,
                                                           const base::yaml_node& node,
                                                           const std::filesystem::path& begins_at,
                                                           base::diagnostics& complaints);

/// The registry itself, which nobody has been asked of yet. The error is that its secret cannot be
/// read.
[[nodiscard]] std::expected<std::shared_ptr<record::schema_source>, base::diagnostic> open_registry(
    const registry_config& config);

}  // namespace aisle::node
