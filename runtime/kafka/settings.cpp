// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/settings.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/core.h>

#include "runtime/base/diagnostic.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/setting_rules.hpp"

namespace aisle::kafka {
namespace {

constexpr std::size_t secret_bytes_max = 65'536;

constexpr std::array<std::string_view, 6> secret_names{
    "sasl.password",         "ssl.key.password",        "ssl.key.pem",
    "ssl.keystore.password", "sasl.oauthbearer.config", "sasl.oauthbearer.client.secret"};

// Every name that librdkafka knows: first cells of the table that it prints about itself.
std::vector<std::string> known_names() {
  char* text = nullptr;
  std::size_t bytes = 0;
  auto* const to = ::open_memstream(&text, &bytes);
  if (to == nullptr) return {};
  rd_kafka_conf_properties_show(to);
  std::fclose(to);
  std::istringstream lines{std::string{text, bytes}};
  std::free(text);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    // A row of the table; its head and other lines begin with something else.
    const auto cell = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz._");
    if (cell != std::string::npos && cell > 0 && line.find('|') != std::string::npos) {
      names.push_back(line.substr(0, cell));
    }
  }
  return names;
}

complaint unknown(const std::string& name) {
  return {.setting = name,
          .message = fmt::format("librdkafka knows no setting \"{}\"", name),
          .suggestion = base::nearest(name, known_names())};
}

void check_brokers(const std::string& brokers, std::vector<complaint>& into) {
  if (brokers.find_first_not_of(" ,\t") == std::string::npos) {
    into.push_back(
        {.setting = "brokers",
         .message = "names no broker; it takes host:port, or several with commas between"});
  }
}

void check_value(const property& one, rd_kafka_conf_t* conf, std::vector<complaint>& into) {
  std::array<char, 512> why{};
  switch (rd_kafka_conf_set(conf, one.name.c_str(), one.value.reveal().c_str(), why.data(),
                            why.size())) {
    case RD_KAFKA_CONF_OK:
      return;
    case RD_KAFKA_CONF_UNKNOWN:
      into.push_back(unknown(one.name));
      return;
    default:
      into.push_back({.setting = one.name,
                      .message = is_secret(one.name)
                                     ? "librdkafka does not take the value it was given"
                                     : std::string{why.data()}});
  }
}

result<secret> whole(std::string text, const std::string& where) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  if (text.empty() || text.size() > secret_bytes_max) {
    return base::fail(errc::bad_setting,
                      fmt::format("{} holds {}, where a secret should be", where,
                                  text.empty() ? "nothing" : "more than 64 KiB"));
  }
  return secret{std::move(text)};
}

}  // namespace

bool is_secret(std::string_view name) {
  return std::ranges::find(secret_names, name) != secret_names.end();
}

std::vector<complaint> check(const settings& of) {
  std::vector<complaint> all;
  check_brokers(of.brokers, all);
  const conf_handle conf{rd_kafka_conf_new()};
  for (const auto& one : of.properties) {
    if (auto refused = refusal_of(one.name, one.value.reveal())) {
      all.push_back(std::move(*refused));
      if (!all.back().only_warns) continue;
    }
    check_value(one, conf.get(), all);
  }
  return all;
}

result<secret> secret_from_environment(const std::string& variable) {
  // Nobody changes the environment.
  const char* const text = std::getenv(variable.c_str());
  const auto where = fmt::format("the environment variable {}", variable);
  if (text == nullptr) {
    return base::fail(errc::bad_setting, fmt::format("{} is not set; it takes a secret", where));
  }
  return whole(text, where);
}

result<secret> secret_from_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::string text(secret_bytes_max + 3, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad()) {
    return base::fail(errc::bad_setting, fmt::format("cannot read the secret in {}", path));
  }
  return whole(std::move(text), path);
}

std::vector<std::pair<std::string_view, std::string_view>> defaults_for(purpose use) {
  std::vector<std::pair<std::string_view, std::string_view>> all{
      {"client.id", "aisle"},
      // A cut connection is noticed, and small requests are not held back (Nagle).
      {"socket.keepalive.enable", "true"},
      {"socket.nagle.disable", "true"},
      {"socket.connection.setup.timeout.ms", "10000"},
      // A broker that comes back is found within two seconds.
      {"reconnect.backoff.ms", "100"},
      {"reconnect.backoff.max.ms", "2000"},
      // A mistyped topic is an error, not a new topic.
      {"allow.auto.create.topics", "false"},
      // Results of transactions only once they are beyond doubt, also where offsets are asked for.
      {"isolation.level", "read_committed"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"}};
  if (use == purpose::read) {
    all.insert(all.end(), {{"enable.partition.eof", "true"}, {"check.crcs", "true"}});
  }
  if (use == purpose::write) {
    all.insert(all.end(), {{"enable.idempotence", "true"},
                           {"acks", "all"},
                           // Who writes flushes (`send_window`); nothing goes out before.
                           {"linger.ms", "1000"}});
  }
  return all;
}

}  // namespace aisle::kafka
