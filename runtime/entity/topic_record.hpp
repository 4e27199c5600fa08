// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/entity/output.hpp"

namespace aisle::entity {

// Outputs as records of a topic that keeps keys and headers (flow/record_frame.hpp): the key is the
// actor's, the value is the JSON that every sink gets, the headers are those of a CloudEvent 1.0 in
// binary mode. Nothing in them depends on when, where or in how many shards the output was made.

/// An actor's key as a record's: the text of one field, a JSON object of several, none where the
/// stage has none.
[[nodiscard]] std::optional<std::string> record_key(const speaker& by, std::string_view key);

/// type `aisle.window`, time: its end
[[nodiscard]] std::string to_frame(const speaker& by, std::string_view key,
                                   const window_result& result, std::string_view json);
/// type `aisle.decision.KIND`, id: the decision's own, time: when it was made
[[nodiscard]] std::string to_frame(const speaker& by, std::string_view key, std::string_view kind,
                                   std::string_view name, const cause& because,
                                   const decision& proposed, std::string_view json);
/// type `aisle.report`, time: when it was made; `name` is what it is called under `reports:`
[[nodiscard]] std::string report_frame(const speaker& by, std::string_view key,
                                       std::string_view name, const cause& because,
                                       std::string_view json);
/// type `aisle.late`, time: the event's
[[nodiscard]] std::string late_frame(const speaker& by, std::string_view key,
                                     std::string_view source, std::string_view window,
                                     record::event_ref event, std::string_view json);
/// A dead letter under the key of the actor that it was for.
[[nodiscard]] std::string to_frame(const speaker& by, std::string_view key,
                                   flow::dead_letter letter);

}  // namespace aisle::entity
