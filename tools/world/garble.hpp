// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/world/random.hpp"

namespace aisle::world {

/// A field of a flat JSON object and the text that takes the place of its value.
struct spoiled_field {
  std::string_view name;
  std::string_view value;
};

/// The ways the lines of one file are damaged, besides being cut off.
struct damage {
  std::string_view missing;                ///< a field that is left out
  std::span<const spoiled_field> spoiled;  ///< wrong type, out of range, unknown text
};

/// A copy of `line` that no contract may accept: cut off in the middle, or without a field, or
/// with a spoiled one. Each way is as likely as the others.
std::string garbled(random_stream& random, std::string_view line, const damage& ways);

}  // namespace aisle::world
