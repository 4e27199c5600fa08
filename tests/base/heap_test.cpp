// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/heap.hpp"

#include <cstdlib>

#include <doctest/doctest.h>
#include <malloc.h>

namespace {

using namespace aisle;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a block counts as what the allocator takes for it") {
  constexpr std::size_t of_its_own = 8;
  // The allocator may leave a rest with a block that is too small to be one.
  constexpr std::size_t rest_max = 16;
  for (std::size_t bytes = 1; bytes < 5'000; bytes += 7) {
    void* const block = std::malloc(bytes);
    const auto taken = malloc_usable_size(block) + of_its_own;
    std::free(block);
    CHECK(base::heap_block(bytes) <= taken);
    CHECK(base::heap_block(bytes) + rest_max >= taken);
  }
  CHECK(base::heap_block(0) == 0);
}
#endif

TEST_CASE("a short text owns nothing, a long one its block") {
  CHECK(base::heap_of(std::string{"short"}) == 0);
  CHECK(base::heap_of(std::string(100, 'a')) >= 101);
  CHECK(base::heap_of(std::vector<int>{}) == 0);
  CHECK(base::heap_of(std::vector<int>(100)) >= 400);
}

}  // namespace
