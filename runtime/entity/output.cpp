// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/output.hpp"

#include "runtime/base/hash.hpp"
#include "runtime/base/json_object.hpp"

namespace aisle::entity {
namespace {

using base::append_json;
using base::append_json_string;
using base::json_object;

void write_values(json_object& record, std::string_view member,
                  const std::vector<named_value>& all) {
  json_object inner{record.name(member)};
  for (const auto& [name, v] : all) {
    inner.value(name, v);
  }
  inner.end();
}

void append_part(std::string& to, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  for (int shift = 0; shift < 32; shift += 8) {
    to += static_cast<char>(size >> shift & 0xFF);
  }
  to += part;
}

void append_number(std::string& to, std::int64_t number) {
  for (int shift = 0; shift < 64; shift += 8) {
    to += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xFF);
  }
}

void write_why(json_object& record, const reason& why) {
  json_object inner{record.name("why")};
  inner.text("text", why.text);
  write_values(inner, "inputs", why.inputs);
  inner.value("threshold", why.threshold);
  inner.text("rule", why.rule);
  inner.end();
}

}  // namespace

std::string_view to_text(severity level) {
  switch (level) {
    case severity::low:
      return "low";
    case severity::medium:
      return "medium";
    case severity::high:
      return "high";
  }
  return "";
}

std::string to_json(const speaker& by, std::string_view key, const window_result& result) {
  std::string json;
  json.reserve(256);
  json_object record{json};
  record.text("stage", by.stage);
  record::append_key_json(record.name("key"), by.key, key);
  record.text("window", result.window);
  record.time("start", result.start);
  record.time("end", result.end);
  record.integer("revision", result.revision);
  record.boolean("final", result.final);
  write_values(record, "values", result.values);
  record.end();
  return json;
}

std::string decision_id(const speaker& by, std::string_view key, std::string_view kind,
                        std::string_view code, std::string_view name, const cause& because) {
  std::string bytes;
  for (const auto part : {by.topology, by.stage, key, kind, code, name, because.source}) {
    append_part(bytes, part);
  }
  if (because.source.empty()) {
    append_number(bytes, because.now.time_since_epoch().count());
  } else {
    append_number(bytes, because.position.partition.get());
    append_number(bytes, because.position.offset.get());
    append_number(bytes, because.position.item);
    bytes += because.of_line ? "line" : "";
  }
  if (because.repeat > 0) {
    append_number(bytes, because.repeat);
  }
  return base::to_hex(base::hash_128(bytes));
}

std::string to_json(const speaker& by, std::string_view key, std::string_view kind,
                    std::string_view name, const cause& because, const decision& proposed) {
  std::string json;
  json.reserve(640);
  json_object record{json};
  record.text("id", decision_id(by, key, kind, proposed.code, name, because));
  record.text("kind", kind);
  record.text("code", proposed.code);
  record.text("stage", by.stage);
  record::append_key_json(record.name("key"), by.key, key);
  record.time("at", because.now);
  record.value("until", proposed.until ? base::value::of(*proposed.until) : base::value{});
  record.text("severity", to_text(proposed.severity));
  record.raw("event", because.event_json);
  write_values(record, "value", proposed.value);
  write_why(record, proposed.why);
  record.end();
  return json;
}

std::string to_json(const speaker& by, std::string_view key, const report& made) {
  std::string json;
  json.reserve(256);
  record::append_key_json(json, by.key, key);
  json.pop_back();
  for (const auto& member : made.members) {
    json += json.size() > 1 ? "," : "";
    append_json_string(json, member.name);
    json += ':';
    if (member.members.empty()) {
      append_json(json, member.value);
      continue;
    }
    json_object inner{json};
    for (const auto& [name, value] : member.members) {
      inner.value(name, value);
    }
    inner.end();
  }
  json += '}';
  return json;
}

std::string late_json(const speaker& by, std::string_view source, std::string_view window,
                      const record::layout& fields, record::event_ref event) {
  std::string json;
  json.reserve(384);
  json_object record{json};
  record.text("source", source);
  record.integer("partition", event.head->position.partition.get());
  record.integer("offset", event.head->position.offset.get());
  record.text("stage", by.stage);
  record.text("window", window);
  record.integer("lateness_ms", (event.head->seen - event.head->at).count());
  record::append_json(record.name("event"), fields, event.row);
  record.end();
  return json;
}

}  // namespace aisle::entity
