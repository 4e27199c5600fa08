// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/topic_record.hpp"

#include <array>
#include <cstdint>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/json.hpp"
#include "runtime/flow/record_frame.hpp"

namespace aisle::entity {
namespace {

/// The bytes that an id is the hash of: each part behind its length, so that no two lists of parts
/// have the same ones.
class identity {
 public:
  identity(const speaker& by, std::string_view key, std::string_view type) {
    text(by.topology).text(by.stage).text(key).text(type);
  }
  identity& text(std::string_view part) {
    number(static_cast<std::int64_t>(part.size()));
    bytes_ += part;
    return *this;
  }
  identity& number(std::int64_t part) {
    for (int shift = 0; shift < 64; shift += 8) {
      bytes_ += static_cast<char>(static_cast<std::uint64_t>(part) >> shift & 0xFF);
    }
    return *this;
  }
  identity& moment(base::event_time at) { return number(at.time_since_epoch().count()); }
  identity& place(const record::position& at) {
    return number(at.partition.get()).number(at.offset.get()).number(at.item);
  }
  [[nodiscard]] std::string id() const { return base::to_hex(base::hash_128(bytes_)); }

 private:
  std::string bytes_;
};

struct event_facts {
  std::string_view type;
  std::string_view id;
  base::event_time time;
};

std::string cloud_event(const speaker& by, std::string_view key, const event_facts& facts,
                        std::string_view json) {
  std::string frame;
  frame.reserve(json.size() + json.size() / 8 + 320);
  const auto subject = record_key(by, key);
  flow::append_frame(frame, subject, json);
  const auto add = [&](std::string_view name, std::string_view value) {
    flow::append_header(frame, {.name = name, .value = value});
  };
  add("ce_specversion", "1.0");
  add("ce_id", facts.id);
  add("ce_type", facts.type);
  add("ce_source", fmt::format("/aisle/{}/{}", by.topology, by.stage));
  if (subject) {
    add("ce_subject", *subject);
  }
  add("ce_time", base::to_rfc3339(facts.time));
  add("content-type", "application/json");
  return frame;
}

}  // namespace

std::optional<std::string> record_key(const speaker& by, std::string_view key) {
  if (by.key.empty()) {
    return std::nullopt;
  }
  std::string text;
  if (by.key.size() > 1) {
    record::append_key_json(text, by.key, key);
    return text;
  }
  std::array<base::value, 1> only;
  base::check(record::decode_key(key, by.key, only), "an actor's key is one of its stage");
  if (only.front().type().kind == base::kind::string) {
    return std::string{key};
  }
  base::append_json(text, only.front());
  const bool quoted = text.starts_with('"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string to_frame(const speaker& by, std::string_view key, const window_result& result,
                     std::string_view json) {
  constexpr std::string_view type = "aisle.window";
  const auto id = identity{by, key, type}
                      .text(result.window)
                      .moment(result.start)
                      .moment(result.end)
                      .number(result.revision)
                      .number(result.final ? 1 : 0)
                      .id();
  return cloud_event(by, key, {.type = type, .id = id, .time = result.end}, json);
}

std::string to_frame(const speaker& by, std::string_view key, std::string_view kind,
                     std::string_view name, const cause& because, const decision& proposed,
                     std::string_view json) {
  const auto type = fmt::format("aisle.decision.{}", kind);
  const auto id = decision_id(by, key, kind, proposed.code, name, because);
  return cloud_event(by, key, {.type = type, .id = id, .time = because.now}, json);
}

std::string report_frame(const speaker& by, std::string_view key, std::string_view name,
                         const cause& because, std::string_view json) {
  constexpr std::string_view type = "aisle.report";
  // What one call reports differs in what it says.
  const auto id = identity{by, key, type}
                      .text(name)
                      .text(because.source)
                      .place(because.position)
                      .moment(because.now)
                      .text(json)
                      .id();
  return cloud_event(by, key, {.type = type, .id = id, .time = because.now}, json);
}

std::string late_frame(const speaker& by, std::string_view key, std::string_view source,
                       std::string_view window, record::event_ref event, std::string_view json) {
  constexpr std::string_view type = "aisle.late";
  const auto id =
      identity{by, key, type}.text(window).text(source).place(event.head->position).id();
  return cloud_event(by, key, {.type = type, .id = id, .time = event.head->at}, json);
}

std::string to_frame(const speaker& by, std::string_view key, flow::dead_letter letter) {
  const auto named = record_key(by, key);
  letter.key = named;
  return flow::to_frame(letter);
}

}  // namespace aisle::entity
