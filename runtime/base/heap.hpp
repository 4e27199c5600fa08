// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

// What things on the heap take of it, for those who keep to a budget: with the allocator's own
// share, which for small things is as large as they are.
namespace aisle::base {

/// What the allocator takes for so many bytes: eight of its own, in steps of 16, at least 32 (glibc
/// malloc; allocations that have pages of their own take up to a page more). Nothing for nothing.
[[nodiscard]] constexpr std::size_t heap_block(std::size_t bytes) {
  return bytes == 0 ? 0 : std::max<std::size_t>(32, (bytes + 8 + 15) / 16 * 16);
}

/// The vector's own block, without what its elements own.
template <class T>
[[nodiscard]] std::size_t heap_of(const std::vector<T>& all) {
  return heap_block(all.capacity() * sizeof(T));
}

/// Nothing when the text is so short that the object itself holds it.
[[nodiscard]] inline std::size_t heap_of(const std::string& text) {
  static const auto inside = std::string{}.capacity();
  return text.capacity() > inside ? heap_block(text.capacity() + 1) : 0;
}

}  // namespace aisle::base
