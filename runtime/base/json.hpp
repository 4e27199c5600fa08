// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::base {

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8; bytes that are not stand as
/// U+FFFD.
void append_json_string(std::string& to, std::string_view text);
void append_json_integer(std::string& to, std::int64_t number);
/// The shortest decimal that reads back as the same double; null for NaN and the infinities, which
/// JSON does not know. -0 is written as 0.
void append_json_number(std::string& to, double number);

/// True when `text` is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

/// RFC 4648 with padding: for bytes that are no text.
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// The bytes of such a text; nothing when it is none.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace aisle::base
