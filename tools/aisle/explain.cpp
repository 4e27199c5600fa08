// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/explain.hpp"

#include <fmt/core.h>

#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"

namespace aisle::tool {

int explain_command(const explain_options& options) {
  // A topology can be explained before its data is there.
  const auto opened = open_topology(options, topology::inputs::may_be_missing);
  if (!opened) {
    report(opened.error().problems, report_form::text);
    fmt::print(stderr, "aisle: nothing to explain before this is mended\n");
    return nothing_done;
  }
  fmt::print("{}", options.dot ? topology::to_dot(opened->plan) : topology::explain(opened->plan));
  if (!options.dot) {
    fmt::print(stderr, "Next: aisle check {}\n", arguments_again(options));
  }
  return done;
}

}  // namespace aisle::tool
