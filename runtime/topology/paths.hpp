// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/topology/log_address.hpp"
#include "runtime/topology/spec.hpp"

namespace aisle::topology {

/// Where relative paths begin: those of the file at the file, those of the command line (`--set`)
/// at the working directory, so that each means what it says where it is written.
struct folders {
  std::filesystem::path topology;
  std::filesystem::path working;
};

[[nodiscard]] std::filesystem::path resolve(const word& written, const origins& from,
                                            const folders& at);

/// The files a path or glob names, sorted by name. `*` and `?` stand for characters within one
/// name, `[a-z]` for one of these; names that begin with a dot are matched only by a dot. A path
/// that exists as it is written is that file. The error says what was looked for.
[[nodiscard]] std::expected<std::vector<std::filesystem::path>, std::string> expand(
    const std::filesystem::path& pattern);

/// The file of a topic of an embedded log, which says that there is such a topic.
[[nodiscard]] std::expected<std::filesystem::path, std::string> embedded_topic(
    const log_address& log, std::string_view topic);

/// The file of a topic: DIR/T.ndjson, plain or with .gz or .zst behind it; exactly one of them.
[[nodiscard]] std::expected<std::filesystem::path, std::string> topic_file(const log_address& log,
                                                                           std::string_view topic);

/// What the suffix says (behind it .gz or .zst): .ndjson, .jsonl and .json, or .csv.
[[nodiscard]] std::optional<format> format_of(const std::filesystem::path& file);

/// True for one name without a folder, that does not begin with a dot: letters, digits and `._-`.
[[nodiscard]] bool is_plain_name(std::string_view text);

}  // namespace aisle::topology
