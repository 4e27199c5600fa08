// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "runtime/record/change.hpp"
#include "runtime/record/decoder.hpp"

namespace aisle::record {

/// Confluent's serialisers write the id of a JSON schema before a record, which begins with a 0
/// then; no JSON does. The contract says what is right, so nobody asks for that schema.
[[nodiscard]] inline std::string_view without_schema_id(std::string_view raw) {
  constexpr std::size_t frame_bytes = 5;
  return raw.size() > frame_bytes && raw.front() == '\0' ? raw.substr(frame_bytes) : raw;
}

/// The JSON decoder, which can be told what an envelope says of the row.
class json_rows : public decoder {
 public:
  /// As `decode`; `facts` is null when the row is part of no change.
  [[nodiscard]] virtual std::expected<outcome, reject> decode_row(std::string_view raw,
                                                                  decoded& into,
                                                                  const change_facts* facts) = 0;
};

[[nodiscard]] std::unique_ptr<json_rows> make_json_rows(const contract& by, limits bounds);

/// Debezium's envelopes in JSON, with or without their schema around them.
[[nodiscard]] std::unique_ptr<decoder> make_debezium_json_decoder(const contract& by,
                                                                  deletes wanted, limits bounds);

}  // namespace aisle::record
