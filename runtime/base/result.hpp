// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace aisle::base {

/// An error of a room: a code of that room's own `errc` and a text for a person, which says what
/// went wrong, where, and what to do about it.
template <class Code>
struct error {
  Code code{};
  std::string message;
};

/// A value, or why there is none.
template <class Value, class Code>
using result = std::expected<Value, error<Code>>;

template <class Code>
[[nodiscard]] std::unexpected<error<Code>> fail(Code code, std::string message) {
  return std::unexpected{error<Code>{code, std::move(message)}};
}

}  // namespace aisle::base
