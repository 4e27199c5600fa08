// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/registry_config.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/base/clock.hpp"
#include "runtime/io/schema_registry.hpp"
#include "runtime/io/webhook_post.hpp"
#include "runtime/node/open_sources.hpp"

namespace aisle::node {
namespace {

namespace fs = std::filesystem;
using base::yaml_node;
using base::yaml_reader;

constexpr base::duration timeout_min{100};
constexpr base::duration timeout_max = std::chrono::minutes{1};

/// `{env: NAME}` or `{file: PATH}`: a secret does not stand in a configuration.
io::secret_place read_place(const base::yaml_document& document, const yaml_node& node,
                            const fs::path& begins_at, base::diagnostics& complaints) {
  io::secret_place place;
  yaml_reader reader{document, node, "\"password\"", complaints};
  place.env = reader.text("env");
  if (const auto file = reader.text("file")) {
    place.file = (begins_at / *file).lexically_normal();
  }
  reader.finish();
  if (node.shape == yaml_node::shape::mapping && place.env.has_value() == place.file.has_value()) {
    reader.complain(node, "missing-key", "it is not said where the password lies",
                    "{env: NAME} or {file: PATH}");
  }
  return place;
}

void check_url(yaml_reader& reader, const yaml_node& at, std::string& url) {
  if (!io::origin_of(url)) {
    reader.complain(at, "wrong-type", "that is no URL", "http://HOST[:PORT] or https://…");
  }
  while (url.ends_with('/')) {
    url.pop_back();
  }
}

}  // namespace

std::optional<registry_config> read_registry(const base::yaml_document& document,
                                             const yaml_node& node, const fs::path& begins_at,
                                             base::diagnostics& complaints) {
  const auto before = complaints.size();
  registry_config made;
  if (node.shape == yaml_node::shape::scalar) {
    yaml_reader reader{document, document.root, "the configuration", complaints};
    made.url = node.text;
    check_url(reader, node, made.url);
  } else {
    yaml_reader reader{document, node, "\"registry\"", complaints};
    if (const auto url = reader.text("url", true)) {
      made.url = *url;
      check_url(reader, *node.find("url"), made.url);
    }
    made.user = reader.text("user").value_or("");
    if (const auto* const password = reader.take("password")) {
      made.password = read_place(document, *password, begins_at, complaints);
    }
    if (const auto file = reader.text("ca_file")) {
      made.ca_file = (begins_at / *file).lexically_normal();
    }
    made.timeout = reader.duration("timeout").value_or(made.timeout);
    if (made.timeout < timeout_min || made.timeout > timeout_max) {
      reader.complain(*node.find("timeout"), "out-of-range", "a question takes 100ms to 1m",
                      "a span from 100ms to 1m");
    }
    reader.finish();
  }
  return complaints.size() == before ? std::optional{std::move(made)} : std::nullopt;
}

std::expected<std::shared_ptr<record::schema_source>, base::diagnostic> open_registry(
    const registry_config& config) {
  auto password =
      io::read_secret(config.password, "the password of the user at the schema registry");
  if (!password) {
    return std::unexpected{problem("registry", "no-secret", password.error().message)};
  }
  return io::make_schema_registry({.url = config.url,
                                   .user = config.user,
                                   .password = std::move(*password),
                                   .ca_file = config.ca_file,
                                   .timeout = config.timeout},
                                  base::system_clock());
}

}  // namespace aisle::node
