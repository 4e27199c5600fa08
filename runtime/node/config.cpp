// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/config.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/yaml.hpp"
#include "runtime/checkpoint/pace.hpp"
#include "runtime/topology/load.hpp"

namespace aisle::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view sizes = "a size such as 512MiB or 1GiB";
constexpr std::string_view shares = "a share from 0.1% to 100%";

/// A mapping that is being read.
struct section {
  section(const base::yaml_document& document, const base::yaml_node& of, std::string where,
          base::diagnostics& complaints)
      : node{of}, members{document, of, std::move(where), complaints} {}

  void wrong(std::string_view key, std::string code, std::string message,
             std::string_view expected) {
    members.complain(*node.find(key), std::move(code), std::move(message), std::string{expected});
  }

  const base::yaml_node& node;
  base::yaml_reader members;
};

/// A member whose text `parse` reads.
template <class T>
std::optional<T> scalar(section& from, std::string_view key, std::string_view expected,
                        std::optional<T> (*parse)(std::string_view)) {
  const auto text = from.members.text(key);
  const auto value = text ? parse(*text) : std::nullopt;
  if (text && !value) {
    from.wrong(key, "wrong-type", fmt::format("\"{}\" is not {}", *text, expected), expected);
  }
  return value;
}

std::optional<std::uint32_t> count(section& from, std::string_view key, std::uint32_t most) {
  const auto number = from.members.integer(key, 1, most);
  return number ? std::optional{static_cast<std::uint32_t>(*number)} : std::nullopt;
}

std::optional<std::string> folder(section& from, std::string_view key, const fs::path& begins_at) {
  const auto text = from.members.text(key);
  if (text && text->empty()) {
    from.wrong(key, "wrong-type", fmt::format("\"{}\" names no folder", key), "a folder");
  }
  return text ? std::optional{(begins_at / *text).lexically_normal().string()} : std::nullopt;
}

std::optional<std::string> log_address(section& from, const fs::path& begins_at) {
  const auto text = from.members.text("log");
  if (!text) {
    return std::nullopt;
  }
  const auto address = topology::parse_log(*text, begins_at);
  if (!address) {
    from.wrong("log", "wrong-type", address.error(), "files:DIR, embedded:DIR or kafka:HOST:PORT");
    return std::nullopt;
  }
  return topology::to_text(*address);
}

void read_checkpoint(section& from, config& into) {
  into.interval = from.members.duration("interval");
  if (into.interval && (*into.interval < interval_min || *into.interval > interval_max)) {
    from.wrong("interval", "out-of-range",
               fmt::format("{} is out of range", from.node.find("interval")->text),
               fmt::format("a span from {} to {}", base::to_text(interval_min),
                           base::to_text(interval_max)));
  }
  into.max_cost = scalar<double>(from, "max_cost", shares, parse_share);
  from.members.finish();
}

config read(const base::yaml_document& document, const fs::path& begins_at,
            base::diagnostics& complaints) {
  config made;
  section all{document, document.root, "the configuration", complaints};
  all.members.integer("aisle", 1, 1);
  made.log = log_address(all, begins_at);
  made.state = folder(all, "state", begins_at);
  made.scratch = folder(all, "scratch", begins_at);
  made.memory = scalar<std::size_t>(all, "memory", sizes, parse_bytes);
  made.workers = count(all, "workers", workers_max);
  made.shards = count(all, "shards", shards_max);
  if (const auto* const part = all.members.take("checkpoint")) {
    section checkpoint{document, *part, "\"checkpoint\"", complaints};
    read_checkpoint(checkpoint, made);
  }
  if (const auto* const part = all.members.take("kafka")) {
    made.kafka = read_kafka(document, *part, begins_at, complaints);
  }
  if (const auto* const part = all.members.take("registry")) {
    made.registry = read_registry(document, *part, begins_at, complaints);
  }
  all.members.finish();
  return made;
}

}  // namespace

std::expected<config, base::diagnostics> parse_config(std::string text, const fs::path& path) {
  const auto document = base::parse_yaml(std::move(text), path.string());
  if (!document) {
    return std::unexpected{document.error()};
  }
  base::diagnostics complaints;
  if (document->root.shape == base::yaml_node::shape::null) {
    return config{};
  }
  auto made = read(*document, fs::absolute(path).parent_path(), complaints);
  if (!complaints.empty()) {
    base::sort_by_place(complaints, path.string());
    return std::unexpected{std::move(complaints)};
  }
  return made;
}

std::expected<config, base::diagnostics> load_config(const fs::path& file) {
  auto text = topology::read_text(file);
  if (!text) {
    return std::unexpected{std::move(text.error())};
  }
  return parse_config(std::move(*text), file);
}

std::optional<std::size_t> parse_bytes(std::string_view text) {
  std::size_t number = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const std::string_view unit{end, static_cast<std::size_t>(last - end)};
  for (const auto& [name, shift] :
       {std::pair{"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}}) {
    if (error == std::errc{} && unit == name && number > 0 &&
        number <= (std::size_t{1} << 50) >> shift) {
      return number << shift;
    }
  }
  return std::nullopt;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) {
    return std::nullopt;
  }
  const auto percent = base::strict_number(text.substr(0, text.size() - 1));
  const bool sensible = percent && *percent >= 100 * checkpoint::max_cost_least && *percent <= 100;
  return sensible ? std::optional{*percent / 100} : std::nullopt;
}

}  // namespace aisle::node
