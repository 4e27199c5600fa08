// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/kafka_config.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace aisle::node {
namespace {

namespace fs = std::filesystem;
using base::yaml_node;

constexpr base::duration connect_min = std::chrono::seconds{1};
constexpr base::duration connect_max = std::chrono::minutes{10};
constexpr std::string_view places = "{env: NAME} or {file: PATH}";

class kafka_section {
 public:
  kafka_section(const base::yaml_document& document, fs::path begins_at,
                base::diagnostics& complaints)
      : document_{document}, begins_at_{std::move(begins_at)}, complaints_{complaints} {}

  kafka_config read(const yaml_node& section) {
    kafka_config made;
    base::yaml_reader members{document_, section, "\"kafka\"", complaints_};
    if (const auto* const all = members.take("properties")) {
      read_properties(*all, made);
    }
    made.create_topics = members.boolean("create_topics").value_or(made.create_topics);
    if (const auto span = members.duration("connect_within")) {
      made.connect_within = span;
      if (*span < connect_min || *span > connect_max) {
        complain(*section.find("connect_within"), "out-of-range",
                 fmt::format("{} is out of range", section.find("connect_within")->text),
                 fmt::format("a span from {} to {}", base::to_text(connect_min),
                             base::to_text(connect_max)));
      }
    }
    members.finish();
    return made;
  }

 private:
  void complain(const yaml_node& at, std::string code, std::string message,
                std::string expected = {}, std::string suggestion = {}) {
    auto d = document_.at(at, std::move(code), std::move(message));
    d.expected = std::move(expected);
    d.suggestion = std::move(suggestion);
    complaints_.push_back(std::move(d));
  }

  /// From `{env: NAME}` or `{file: PATH}`.
  std::optional<kafka::secret> fetch(const yaml_node& node) {
    base::yaml_reader members{document_, node, "a secret", complaints_};
    const auto variable = members.text("env");
    const auto file = members.text("file");
    members.finish();
    if (variable.has_value() == file.has_value()) {
      complain(node, "wrong-type", "it does not say where the secret is", std::string{places});
      return std::nullopt;
    }
    auto found = variable
                     ? kafka::secret_from_environment(*variable)
                     : kafka::secret_from_file((begins_at_ / *file).lexically_normal().string());
    if (!found) {
      complain(node, "no-secret", found.error().message);
      return std::nullopt;
    }
    return *std::move(found);
  }

  std::optional<kafka::secret> secret_at(const yaml_node& node, std::string_view name) {
    if (node.shape == yaml_node::shape::mapping) {
      return fetch(node);
    }
    complain(node, "open-secret",
             fmt::format("the value of {} does not stand in a file that people read", name),
             std::string{places});
    return std::nullopt;
  }

  std::optional<kafka::secret> value_of(const base::yaml_member& member) {
    const auto& [key, value] = member;
    if (kafka::is_secret(key.text) || value.shape == yaml_node::shape::mapping) {
      return secret_at(value, key.text);
    }
    if (value.shape != yaml_node::shape::scalar) {
      complain(value, "wrong-type", fmt::format("{} takes a text", key.text));
      return std::nullopt;
    }
    const bool is_path = key.text.ends_with(".location");
    return kafka::secret{is_path ? (begins_at_ / value.text).lexically_normal().string()
                                 : value.text};
  }

  void read_properties(const yaml_node& all, kafka_config& into) {
    if (all.shape != yaml_node::shape::mapping) {
      complain(all, "wrong-type", "\"properties\" is a mapping",
               "librdkafka's settings by name, such as security.protocol: sasl_ssl");
      return;
    }
    for (const auto& member : all.members) {
      if (auto value = value_of(member)) {
        into.properties.push_back({.name = member.key.text, .value = *std::move(value)});
      }
    }
    for (const auto& wrong : kafka::check({.brokers = "unsaid:1", .properties = into.properties})) {
      judge(all, wrong, into);
    }
  }

  void judge(const yaml_node& all, const kafka::complaint& wrong, kafka_config& into) {
    if (wrong.only_warns) {
      into.warnings.push_back(wrong.message);
      return;
    }
    const auto member = std::ranges::find(all.members, wrong.setting,
                                          [](const base::yaml_member& m) { return m.key.text; });
    complain(member == all.members.end() ? all : member->key, "bad-setting", wrong.message, {},
             wrong.suggestion);
  }

  const base::yaml_document& document_;
  fs::path begins_at_;
  base::diagnostics& complaints_;
};

}  // namespace

kafka::settings settings_for(const topology::log_address& log, const kafka_config& config) {
  return {.brokers = log.brokers, .properties = config.properties};
}

kafka_config read_kafka(const base::yaml_document& document, const yaml_node& section,
                        const fs::path& begins_at, base::diagnostics& complaints) {
  return kafka_section{document, begins_at, complaints}.read(section);
}

}  // namespace aisle::node
