// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <source_location>
#include <string_view>

namespace aisle::base {

/// Ends the process with the text and the place: called when only a bug can be the reason.
[[noreturn]] void die(std::string_view what,
                      std::source_location where = std::source_location::current());

/// Stays on in release: states what the code below relies on, and what only a bug can break.
constexpr void check(bool holds, std::string_view what,
                     std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]] {
    die(what, where);
  }
}

}  // namespace aisle::base
