// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::base {

/// What is wrong with the syntax of a text, in the words of who wrote it.
struct syntax_trouble {
  std::size_t offset = 0;
  std::string code;
  std::string message;
  std::string expected{};
};

/// What yaml-cpp means that stopped at `offset` with these words. `opened`: the line of the bracket
/// that is open there, from 1; 0: none is.
[[nodiscard]] syntax_trouble explain_syntax(std::string_view text, std::size_t offset,
                                            std::string_view words, std::uint32_t opened);

}  // namespace aisle::base
