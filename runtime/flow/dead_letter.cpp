// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/dead_letter.hpp"

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

}  // namespace aisle::flow
