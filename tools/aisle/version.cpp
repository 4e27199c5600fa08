// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <fmt/core.h>

#include "runtime/base/json_object.hpp"
#include "tools/aisle/commands.hpp"

namespace aisle::tool {

int version_command(const version_options& options) {
  // The version of the topology language stands beside the program's own: a topology begins with
  // it.
  constexpr int language = 1;
  if (!options.json) {
    fmt::print("aisle {} (topology language {})\n", AISLE_VERSION, language);
    return done;
  }
  std::string json;
  base::json_object object{json};
  object.text("version", AISLE_VERSION);
  object.integer("language", language);
  object.end();
  fmt::print("{}\n", json);
  return done;
}

}  // namespace aisle::tool
