// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "runtime/record/contract.hpp"

namespace aisle::record::test {

/// Parses a contract that a test takes for granted.
inline contract contract_of(std::string_view yaml) {
  auto parsed = parse_contract(yaml, "test.yaml");
  if (!parsed) {
    for (const auto& d : parsed.error()) {
      MESSAGE(base::to_text(d));
    }
  }
  REQUIRE(parsed.has_value());
  return std::move(*parsed);
}

/// The head every contract has, with these properties (each a line `{name: …}`) behind it.
inline std::string with_properties(std::string_view properties) {
  std::string yaml =
      "apiVersion: v3.1.0\nkind: DataContract\nname: probe\nversion: 1.0.0\nschema:\n"
      "  - properties:\n";
  while (!properties.empty()) {
    const auto line = properties.substr(0, properties.find('\n'));
    properties.remove_prefix(std::min(line.size() + 1, properties.size()));
    yaml += "      - ";
    yaml += line;
    yaml += '\n';
  }
  return yaml;
}

/// Receipts of a small shop: every type, a list, keys, a quality rule on each level.
inline constexpr std::string_view receipt_yaml = R"(
apiVersion: v3.1.0
kind: DataContract
name: receipt
version: 1.2.0
description: What the till printed.
schema:
  - name: receipt
    properties:
      - {name: id, logicalType: string, required: true, primaryKey: true, physicalName: receipt-no}
      - {name: at, logicalType: timestamp, required: true, eventTime: true}
      - {name: shop, logicalType: string, required: true, partitioned: true,
         logicalTypeOptions: {minLength: 1, maxLength: 4, pattern: "[A-Z]+"}}
      - {name: customer, logicalType: string, classification: pii,
         logicalTypeOptions: {maxLength: 6}}
      - {name: paid, logicalType: string, validValues: [card, cash]}
      - {name: total, logicalType: decimal, required: true, unit: EUR,
         logicalTypeOptions: {scale: 2, minimum: -1000, maximum: 1000}}
      - {name: score, logicalType: number, logicalTypeOptions: {exclusiveMinimum: 0}}
      - {name: online, logicalType: boolean}
      - {name: seconds, logicalType: timestamp, logicalTypeOptions: {format: epoch_s}}
      - {name: millis, logicalType: timestamp, logicalTypeOptions: {format: epoch_ms}}
      - {name: printed, logicalType: timestamp,
         logicalTypeOptions: {format: "%d.%m.%Y %H:%M", defaultTimezone: Europe/Berlin}}
      - name: items
        logicalType: array
        required: true
        logicalTypeOptions: {minItems: 1, maxItems: 3}
        items:
          properties:
            - {name: article, logicalType: string, required: true}
            - {name: quantity, logicalType: integer, required: true,
               logicalTypeOptions: {minimum: -99, maximum: 99}}
            - {name: price, logicalType: decimal, logicalTypeOptions: {scale: 3}}
          quality:
            - {name: quantity_not_zero, rule: quantity != 0}
            - {name: cheaper_than_all, rule: price <= total}
    quality:
      - {name: plausible, rule: total * total >= 0}
)";

}  // namespace aisle::record::test
