// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/ids.hpp"

#include <fmt/core.h>

namespace aisle::control {

std::string to_text(attempt of) {
  return fmt::format("({},{})", of.generation.get(), of.epoch.get());
}

}  // namespace aisle::control
