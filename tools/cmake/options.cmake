# SPDX-License-Identifier: Apache-2.0
# How everything of ours is compiled: language, warnings, sanitizers, ccache, precompiled header.

option(AISLE_WITH_NODE "Build runtime/node and the program (needs CAF)" ON)
option(AISLE_TESTS "Build the tests" ON)
option(AISLE_FUZZ "Build tests/fuzz (needs clang's libFuzzer)" OFF)
option(AISLE_PCH "Use a precompiled header for the standard library" ON)
set(AISLE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Werror -fno-plt -pthread
  # g++ 12 takes the members of an enum class for variables when it looks for shadows further away.
  $<IF:$<CXX_COMPILER_ID:GNU>,-Wshadow=local,-Wshadow>
  # std::stable_sort of libstdc++ 12 calls what it deprecates itself; clang says so at every use.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  # These three are known to be wrong about std::string under optimisation there (GCC bugs 105329,
  # 105651); ASan sees the real thing.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
add_link_options(-pthread)

if(AISLE_SANITIZE)
  add_compile_options(
    -fsanitize=${AISLE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${AISLE_SANITIZE})
endif()

find_program(AISLE_CCACHE ccache)
if(AISLE_CCACHE)
  # A precompiled header can only be cached when ccache may overlook what it hides from it.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${AISLE_CCACHE})
  if(AISLE_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

# One precompiled header for all; aisle_pch has no other use than to own it.
if(AISLE_PCH)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/pch.cpp" CONTENT "")
  add_library(aisle_pch OBJECT "${CMAKE_BINARY_DIR}/pch.cpp")
  target_precompile_headers(aisle_pch PRIVATE "${CMAKE_SOURCE_DIR}/tools/cmake/pch.hpp")
endif()

function(use_pch target)
  if(AISLE_PCH)
    target_precompile_headers(${target} REUSE_FROM aisle_pch)
  endif()
endfunction()
