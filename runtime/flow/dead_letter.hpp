// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"

namespace aisle::flow {

/// What a dead letter says. `stage` is empty for a record that was refused before any stage;
/// `original` is the bytes as they came, or for an event that a stage refused, the event as JSON.
/// A timer's dead letter has no source: its `original` is the actor's key and the moment it was
/// due.
struct dead_letter {
  std::string_view source;
  base::partition_id partition;
  base::offset offset;
  std::string_view stage;
  std::string_view reason;
  std::string_view field;
  std::string_view message;
  std::string_view original;
};

/// {source, partition, offset, stage, reason, field, message, original | original_base64}: base64
/// when the bytes are not UTF-8.
[[nodiscard]] std::string to_json(const dead_letter& letter);

}  // namespace aisle::flow
