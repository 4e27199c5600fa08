// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
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
  /// As what the record is known where it came from; none: as others of its partition.
  std::optional<std::string_view> key{};
};

/// {source, partition, offset, stage, reason, field, message, original | original_base64}: base64
/// when the bytes are not UTF-8.
[[nodiscard]] std::string to_json(const dead_letter& letter);

/// The letter as a record of a topic (record_frame.hpp): the original bytes, under their key or, as
/// order holds per partition, under `SOURCE/PARTITION`; everything else as headers: aisle_reason,
/// aisle_message and, where they are known, aisle_source, aisle_partition, aisle_offset,
/// aisle_stage, aisle_field.
[[nodiscard]] std::string to_frame(const dead_letter& letter);
/// Under which key that is.
[[nodiscard]] std::string frame_key(const dead_letter& letter);

}  // namespace aisle::flow
