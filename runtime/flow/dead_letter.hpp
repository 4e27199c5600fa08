// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/flow/record_frame.hpp"

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
  /// Of the record where it came from, or of the actor it was for; none: it had none.
  std::optional<std::string_view> key{};
  /// Of the record where it came from.
  std::span<const record_header> headers{};
};

/// What a record has beside its bytes where it comes from; its dead letter keeps it.
struct record_origin {
  /// Empty: it has none.
  std::string_view key{};
  /// Null: it has none. Asked only when the record is refused.
  const header_source* headers = nullptr;
};

/// {source, partition, offset, stage, reason, field, message, original | original_base64}: base64
/// when the bytes are not UTF-8.
[[nodiscard]] std::string to_json(const dead_letter& letter);

/// The letter as a record of a topic (record_frame.hpp), which is the record as it came: its bytes,
/// its key or none, its headers but for those without a name. Behind them, as headers too, what is
/// wrong with it: aisle_reason, aisle_message and, where they are known, aisle_source,
/// aisle_partition, aisle_offset, aisle_stage, aisle_field.
[[nodiscard]] std::string to_frame(const dead_letter& letter);
/// Letters that have this in common stay in order: their key or, where they have none, the
/// partition they came from.
[[nodiscard]] std::string order_key(const dead_letter& letter);

}  // namespace aisle::flow
