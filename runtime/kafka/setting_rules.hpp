// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "runtime/kafka/settings.hpp"

namespace aisle::kafka {

/// Why this setting is refused or doubtful, and what to use instead; nothing when it is neither.
/// Knows only settings that would break what is promised; librdkafka itself knows the rest.
[[nodiscard]] std::optional<complaint> refusal_of(std::string_view name, std::string_view value);

}  // namespace aisle::kafka
