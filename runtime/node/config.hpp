// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/diagnostic.hpp"
#include "runtime/base/time.hpp"
#include "runtime/node/kafka_config.hpp"
#include "runtime/node/registry_config.hpp"

namespace aisle::node {

// What a node may be told, in its file and on the command line.

inline constexpr std::uint32_t shards_max = 1024;
inline constexpr std::uint32_t workers_max = 256;
inline constexpr base::duration interval_min{10};
inline constexpr base::duration interval_max{std::chrono::hours{1}};

/// What a file says of a node; what it leaves out is left to the command line and the defaults.
/// Folders are absolute.
struct config {
  /// `files:DIR`, `embedded:DIR` or `kafka:HOST:PORT`.
  std::optional<std::string> log;
  /// Where the state is kept.
  std::optional<std::string> state;
  /// Where sleeping actors lie.
  std::optional<std::string> scratch;
  /// Bytes that all actors may occupy in memory.
  std::optional<std::size_t> memory;
  /// Threads of the scheduler.
  std::optional<std::uint32_t> workers;
  /// Of each stage.
  std::optional<std::uint32_t> shards;
  /// From the start of an epoch to that of the next.
  std::optional<base::duration> interval;
  /// Share of the time that epochs may take.
  std::optional<double> max_cost;
  kafka_config kafka;
  /// Who knows the schemas of records in Avro.
  std::optional<registry_config> registry;
};

/// Reads the configuration of a node. `path` names the text in messages, and what is relative in it
/// begins at its folder. Everything that is wrong is said at once.
[[nodiscard]] std::expected<config, base::diagnostics> parse_config(
    std::string text, const std::filesystem::path& path);

/// The same of a file.
[[nodiscard]] std::expected<config, base::diagnostics> load_config(
    const std::filesystem::path& file);

/// Bytes, in powers of 1024: `512MiB`, `1GiB`, at most 1 PiB. Nothing when the text is none.
[[nodiscard]] std::optional<std::size_t> parse_bytes(std::string_view text);

/// `10%`, `2.5%` as a share of 1; 0.1% to 100%. Nothing when the text is none.
[[nodiscard]] std::optional<double> parse_share(std::string_view text);

}  // namespace aisle::node
