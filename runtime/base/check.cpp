// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/check.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

namespace aisle::base {

void die(std::string_view what, std::source_location where) {
  fmt::print(stderr, "aisle: bug: {} ({}:{}, {})\n", what, where.file_name(), where.line(),
             where.function_name());
  std::fflush(stderr);
  std::abort();
}

}  // namespace aisle::base
