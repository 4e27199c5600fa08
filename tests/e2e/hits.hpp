// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace aisle::e2e {

/// The contract of the smallest event: which page was looked at, and when.
inline constexpr std::string_view hit_contract = R"(apiVersion: v3.1.0
kind: DataContract
name: hit
version: 1.0.0
schema:
  - properties:
      - {name: id, logicalType: string, required: true, primaryKey: true}
      - {name: at, logicalType: timestamp, required: true, eventTime: true}
      - {name: page, logicalType: string, required: true}
)";

}  // namespace aisle::e2e
