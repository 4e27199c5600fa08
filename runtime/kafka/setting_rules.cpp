// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/setting_rules.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/core.h>

namespace aisle::kafka {
namespace {

struct rule {
  std::string_view name;
  /// The values that are all right, with a space behind each; empty: none is.
  std::string_view allowed;
  /// Goes on "is refused: …".
  std::string_view why;
  bool only_warns = false;
};

constexpr std::string_view positions =
    "positions are kept in checkpoints, where they belong to the results; for lag monitors say "
    "`group:` at the source, and every complete epoch's positions are committed to it";
constexpr std::string_view groups =
    "partitions are assigned by Aisle, never by a group's rebalance; the group that lag monitors "
    "see is `group:` at the source";
constexpr std::string_view giving_up =
    "a record that is given up would leave a hole in the output; what cannot be delivered waits, "
    "and sources pause when too much does";
constexpr std::string_view safe_writes =
    "without it, records may be lost, repeated or out of order";
constexpr std::string_view own_brokers =
    "the brokers are those of `--log kafka:HOST:PORT[,HOST:PORT...]`, or of `log:` in this file";
constexpr std::string_view no_text = "it takes what no text can hold";
constexpr std::string_view not_read = "nothing reads what it makes";

constexpr rule rules[] = {
    {"metadata.broker.list", "", own_brokers},
    {"bootstrap.servers", "", own_brokers},
    {"enable.auto.commit", "false ", positions},
    {"auto.commit.enable", "false ", positions},
    {"auto.commit.interval.ms", "", positions},
    {"enable.auto.offset.store", "false ", positions},
    {"offset.store.method", "", positions},
    {"offset.store.path", "", positions},
    {"offset.store.sync.interval.ms", "", positions},
    {"auto.offset.reset", "error ",
     "an unnoticed jump would lose or repeat records; where reading begins the first time is "
     "`start:` at the source, and what happens when retention was faster is `on_lost:`"},
    {"isolation.level", "read_committed ",
     "records of transactions that are taken back would be read as if they were true"},
    {"enable.partition.eof", "true ", "without it nobody knows where a partition ends"},
    {"group.id", "", groups},
    {"group.instance.id", "", groups},
    {"group.protocol.type", "", groups},
    {"partition.assignment.strategy", "", groups},
    {"transactional.id", "",
     "it is the fence of a lane, and is made of the names of cluster, topology, sink and lane"},
    {"enable.idempotence", "true ", safe_writes},
    {"enable.gapless.guarantee", "", giving_up},
    {"acks", "all -1 ", safe_writes},
    {"request.required.acks", "all -1 ", safe_writes},
    {"queuing.strategy", "fifo ", safe_writes},
    {"message.timeout.ms", "", giving_up},
    {"delivery.timeout.ms", "", giving_up},
    {"allow.auto.create.topics", "false ",
     "a mistyped name would become a topic; topics are made by Aisle where the config allows it, "
     "with their settings checked"},
    {"enable.ssl.certificate.verification", "true ",
     "anybody could pretend to be the broker; give the certificate of the broker's authority with "
     "`ssl.ca.location`"},
    {"ssl.endpoint.identification.algorithm", "https ",
     "the broker's name is not compared with its certificate, so any machine whose certificate "
     "the same authority signed can pretend to be it",
     true},
    {"enable.sasl.oauthbearer.unsecure.jwt", "false ", "such tokens are signed by nobody"},
    {"plugin.library.paths", "", "foreign code would run inside this process"},
    {"statistics.interval.ms", "0 ", not_read},
    {"enabled_events", "", not_read},
    {"log.queue", "false ", not_read},
    {"test.mock.num.brokers", "0 ", "it would replace the brokers by pretended ones"},
};

constexpr std::string_view no_oauth =
    "OAUTHBEARER is refused: it needs somebody to fetch and renew tokens, and Debian's librdkafka "
    "is built without libcurl, so it cannot; use SCRAM-SHA-512 over SASL_SSL, or a client "
    "certificate";

std::string lower(std::string_view text) {
  std::string all{text};
  std::ranges::transform(all, all.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return all;
}

bool allows(const rule& by, std::string_view value) {
  return (' ' + std::string{by.allowed}).find(' ' + lower(value) + ' ') != std::string::npos;
}

complaint said_by(const rule& by) {
  return {.setting = std::string{by.name},
          .message = fmt::format("{} {}: {}", by.name, by.only_warns ? "is doubtful" : "is refused",
                                 by.why),
          .only_warns = by.only_warns};
}

bool is_mechanism(std::string_view name) {
  return name == "sasl.mechanism" || name == "sasl.mechanisms";
}

}  // namespace

std::optional<complaint> refusal_of(std::string_view name, std::string_view value) {
  if (const auto* const by = std::ranges::find(rules, name, &rule::name); by != std::end(rules)) {
    return allows(*by, value) ? std::nullopt : std::optional{said_by(*by)};
  }
  if ((is_mechanism(name) && lower(value) == "oauthbearer") ||
      name.starts_with("sasl.oauthbearer.")) {
    return complaint{.setting = std::string{name}, .message = std::string{no_oauth}};
  }
  if (name.ends_with("_cb") || name == "opaque" || name == "default_topic_conf" ||
      name == "interceptors") {
    return said_by({.name = name, .allowed = {}, .why = no_text});
  }
  return std::nullopt;
}

}  // namespace aisle::kafka
