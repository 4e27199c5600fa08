// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "tools/aisle/cli.hpp"

int main(int count, char** arguments) {
  const auto size = static_cast<std::size_t>(count > 0 ? count - 1 : 0);
  return aisle::tool::run_cli(std::span<const char* const>{arguments + 1, size});
}
