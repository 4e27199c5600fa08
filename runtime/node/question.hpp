// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::node {

enum class request : std::uint8_t { list, get, release, reload };

/// What somebody wants to know of the actors of a running node, or done to one; or done to the
/// node: `reload`, which needs nothing else.
struct question {
  node::request request = request::list;
  /// Of a list: empty for all.
  std::string stage;
  /// Of get and release: one text per field of the stage's key.
  std::vector<std::string> key;
  /// Of a list: most lines wanted, and only those in quarantine.
  std::uint64_t limit = 50;
  bool quarantined_only = false;
  /// Between shards only.
  std::uint64_t cursor = 0;
  std::string encoded_key{};
};

/// As it goes over the socket.
[[nodiscard]] std::string pack(const question& asked);
/// Nothing when the bytes are none.
[[nodiscard]] std::optional<question> unpack_question(std::string_view bytes);

}  // namespace aisle::node
