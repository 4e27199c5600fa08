// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/flow/ingest.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/decoder.hpp"

namespace aisle::flow {

/// A record as tests write it: somebody (key) came at a moment and left an amount, and parts of it.
struct visit {
  std::string id;
  std::int64_t at_ms = 0;
  std::string key;
  std::int64_t amount = 1;
  std::vector<std::string> parts{};
};

inline std::string to_json(const visit& v) {
  std::string items;
  for (const auto& part : v.parts) {
    items += fmt::format(R"({}{{"part":"{}"}})", items.empty() ? "" : ",", part);
  }
  return fmt::format(R"({{"id":"{}","at":{},"key":"{}","amount":{},"items":[{}]}})", v.id, v.at_ms,
                     v.key, v.amount, items);
}

inline constexpr std::string_view visit_yaml = R"(
apiVersion: v3.1.0
kind: DataContract
name: visit
version: 1.0.0
schema:
  - properties:
      - {name: id, logicalType: string, required: true, primaryKey: true}
      - {name: at, logicalType: timestamp, required: true, eventTime: true,
         logicalTypeOptions: {format: epoch_ms}}
      - {name: key, logicalType: string, required: true, partitioned: true}
      - {name: amount, logicalType: integer}
      - {name: paid, logicalType: decimal, logicalTypeOptions: {scale: 2}}
      - name: items
        logicalType: array
        items:
          properties:
            - {name: part, logicalType: string, required: true}
)";

inline std::shared_ptr<const record::contract> visit_contract() {
  static const auto contract = [] {
    auto parsed = record::parse_contract(visit_yaml, "visit.yaml");
    REQUIRE(parsed.has_value());
    return std::make_shared<const record::contract>(std::move(*parsed));
  }();
  return contract;
}

/// Places in visit_contract()->fields(), and in its line_fields().
inline constexpr std::uint8_t id_place = 0;
inline constexpr std::uint8_t key_place = 2;
inline constexpr std::uint8_t amount_place = 3;
inline constexpr std::uint8_t part_place_of_line = 0;
inline constexpr std::uint8_t key_place_of_line = 3;

}  // namespace aisle::flow
