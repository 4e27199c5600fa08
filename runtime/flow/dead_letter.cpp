// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/dead_letter.hpp"

#include <fmt/core.h>

#include "runtime/base/json_object.hpp"

namespace aisle::flow {

std::string to_json(const dead_letter& letter) {
  std::string json;
  json.reserve(letter.original.size() + 256);
  base::json_object record{json};
  record.text_or_null("source", letter.source);
  if (letter.source.empty()) {
    record.raw("partition", "null");
    record.raw("offset", "null");
  } else {
    record.integer("partition", letter.partition.get());
    record.integer("offset", letter.offset.get());
  }
  record.text_or_null("stage", letter.stage);
  record.text("reason", letter.reason);
  record.text_or_null("field", letter.field);
  record.text("message", letter.message);
  if (base::is_utf8(letter.original)) {
    record.text("original", letter.original);
  } else {
    record.text("original_base64", base::to_base64(letter.original));
  }
  record.end();
  return json;
}

std::string order_key(const dead_letter& letter) {
  if (letter.key || letter.source.empty()) {
    return std::string{letter.key.value_or(letter.stage)};
  }
  return fmt::format("{}/{}", letter.source, letter.partition.get());
}

std::string to_frame(const dead_letter& letter) {
  std::string frame;
  frame.reserve(letter.original.size() + 256);
  append_frame(frame, letter.key, letter.original);
  for (const auto& header : letter.headers) {
    if (!header.name.empty()) {
      append_header(frame, header);
    }
  }
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      append_header(frame, {.name = name, .value = value});
    }
  };
  add("aisle_reason", letter.reason);
  add("aisle_message", letter.message);
  add("aisle_source", letter.source);
  if (!letter.source.empty()) {
    add("aisle_partition", fmt::format("{}", letter.partition.get()));
    add("aisle_offset", fmt::format("{}", letter.offset.get()));
  }
  add("aisle_stage", letter.stage);
  add("aisle_field", letter.field);
  return frame;
}

}  // namespace aisle::flow
