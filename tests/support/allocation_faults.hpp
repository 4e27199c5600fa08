// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#include <malloc.h>

#include "runtime/base/heap.hpp"

/// Lets the n-th allocation of the calling thread fail, and counts what is given back. Including
/// this header replaces the global operator new of the test program; the definitions are weak, so
/// that every file may include it.
namespace aisle::support {

class allocation_faults {
 public:
  /// Allocations still to come until one fails; none fails when it is negative.
  static constexpr long off = -1;

  /// From now on, `granted` allocations succeed and every later one fails, until the guard ends.
  explicit allocation_faults(long granted) {
    left = granted;
    fired = false;
  }
  allocation_faults(const allocation_faults&) = delete;
  allocation_faults& operator=(const allocation_faults&) = delete;
  ~allocation_faults() { left = off; }

  /// True once an allocation was refused.
  [[nodiscard]] static bool has_fired() { return fired; }

  /// Memory for operator new, and for nobody else.
  static void* allocate(std::size_t size, std::size_t alignment) {
    if (left == 0) {
      fired = true;
      return nullptr;
    }
    left -= left > 0 ? 1 : 0;
    return alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
               ? std::malloc(size)
               : std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  }

  /// What operator delete gives back, for who asks how much that was.
  static void release(void* memory) {
    if (memory != nullptr) {
      bytes_released += base::heap_block(malloc_usable_size(memory));
    }
    std::free(memory);
  }
  /// Bytes this thread has given back so far, with the allocator's own share; grows for ever.
  [[nodiscard]] static std::size_t released() { return bytes_released; }

 private:
  inline static constinit thread_local long left = off;
  inline static constinit thread_local bool fired = false;
  inline static constinit thread_local std::size_t bytes_released = 0;
};

inline void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  void* memory = allocation_faults::allocate(size, alignment);
  if (memory == nullptr) {
    throw std::bad_alloc{};
  }
  return memory;
}

}  // namespace aisle::support

// All forms are replaced, because a sanitizer brings its own of those that are missing.

[[gnu::weak]] void* operator new(std::size_t size) {
  return aisle::support::allocate_or_throw(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
[[gnu::weak]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return aisle::support::allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return aisle::support::allocation_faults::allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
[[gnu::weak]] void* operator new(std::size_t size, std::align_val_t alignment,
                                 const std::nothrow_t&) noexcept {
  return aisle::support::allocation_faults::allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void operator delete(void* memory) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete(void* memory, std::size_t) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete(void* memory, std::align_val_t) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  aisle::support::allocation_faults::release(memory);
}

[[gnu::weak]] void* operator new[](std::size_t size) {
  return aisle::support::allocate_or_throw(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
[[gnu::weak]] void* operator new[](std::size_t size, std::align_val_t alignment) {
  return aisle::support::allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return aisle::support::allocation_faults::allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
[[gnu::weak]] void* operator new[](std::size_t size, std::align_val_t alignment,
                                   const std::nothrow_t&) noexcept {
  return aisle::support::allocation_faults::allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void operator delete[](void* memory) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete[](void* memory, std::size_t) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete[](void* memory, std::align_val_t) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  aisle::support::allocation_faults::release(memory);
}
[[gnu::weak]] void operator delete[](void* memory, std::align_val_t,
                                     const std::nothrow_t&) noexcept {
  aisle::support::allocation_faults::release(memory);
}
