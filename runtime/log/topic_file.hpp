// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "runtime/log/topic.hpp"

namespace aisle::log {

/// The file `topic` in a topic's folder: lines of a name and a value, the last one the checksum of
/// those before it.
[[nodiscard]] std::string encode_topic(const topic& of);

/// Reads it back, but for folder and name. The error says what is wrong with the text.
[[nodiscard]] std::expected<topic, std::string_view> decode_topic(std::string_view text);

}  // namespace aisle::log
