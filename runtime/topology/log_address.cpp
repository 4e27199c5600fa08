// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/log_address.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/core.h>

#include "runtime/base/yaml.hpp"

namespace aisle::topology {
namespace {

constexpr std::string_view kafka = "kafka:";
constexpr std::int64_t port_max = 65'535;

bool is_host(std::string_view text) {
  const bool bracketed = text.starts_with('[') && text.ends_with(']');
  const auto inside = bracketed ? text.substr(1, text.size() - 2) : text;
  return !inside.empty() && std::ranges::all_of(inside, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' ||
           (bracketed && c == ':');
  });
}

/// What is wrong with one HOST:PORT; empty when nothing is.
std::string problem_of(std::string_view broker) {
  const auto colon = broker.rfind(':');
  if (colon == std::string_view::npos) {
    return fmt::format("\"{}\" has no port; Kafka's own is 9092", broker);
  }
  const auto port = base::strict_integer(broker.substr(colon + 1));
  if (!port || *port < 1 || *port > port_max) {
    return fmt::format("\"{}\" is no port", broker.substr(colon + 1));
  }
  return is_host(broker.substr(0, colon))
             ? std::string{}
             : fmt::format("\"{}\" is no host", broker.substr(0, colon));
}

std::expected<log_address, std::string> parse_brokers(std::string_view brokers) {
  for (auto rest = brokers; true;) {
    const auto comma = rest.find(',');
    if (const auto wrong = problem_of(rest.substr(0, comma)); !wrong.empty()) {
      return std::unexpected{fmt::format("--log {}{}: {}; expected kafka:HOST:PORT[,HOST:PORT...]",
                                         kafka, brokers, wrong)};
    }
    if (comma == std::string_view::npos) {
      return log_address{.folder = {}, .kind = log_kind::kafka, .brokers = std::string{brokers}};
    }
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

std::expected<log_address, std::string> parse_log(std::string_view text,
                                                  const std::filesystem::path& working) {
  if (text.starts_with(kafka)) {
    return parse_brokers(text.substr(kafka.size()));
  }
  constexpr std::pair<std::string_view, log_kind> kinds[] = {{"files:", log_kind::files},
                                                             {"embedded:", log_kind::embedded}};
  for (const auto& [prefix, kind] : kinds) {
    if (text.starts_with(prefix) && text.size() > prefix.size()) {
      return log_address{.folder = (working / text.substr(prefix.size())).lexically_normal(),
                         .kind = kind};
    }
  }
  return std::unexpected{
      fmt::format("--log {} is no place for topics; expected files:DIR, embedded:DIR or "
                  "kafka:HOST:PORT",
                  text)};
}

std::string to_text(const log_address& log) {
  switch (log.kind) {
    case log_kind::files:
      return "files:" + log.folder.string();
    case log_kind::embedded:
      return "embedded:" + log.folder.string();
    case log_kind::kafka:
      return std::string{kafka} + log.brokers;
  }
  return {};
}

}  // namespace aisle::topology
