// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"

namespace aisle::tool {
namespace {

std::string count(std::size_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

}  // namespace

int check_command(const check_options& options) {
  const auto opened = open_topology(options, topology::inputs::where_named);
  const auto form = options.json ? report_form::json : report_form::text;
  if (!opened) {
    const auto& [problems, was_read] = opened.error();
    report(problems, form);
    fmt::print(stderr, "aisle: {} found in {}\n", count(problems.size(), "problem"),
               options.topology);
    return was_read ? problems_found : nothing_done;
  }
  report({}, form);
  const auto& plan = opened->plan;
  fmt::print(stderr, "aisle: {} is good: {}, {}, {}\n", opened->file.string(),
             count(plan.sources.size(), "source"), count(plan.stages.size(), "stage"),
             count(plan.sinks.size(), "sink"));
  if (!plan.needs.empty()) {
    fmt::print(stderr, "aisle: what these name was not looked at: {}\n",
               fmt::join(plan.needs, " "));
  }
  fmt::print(stderr, "Next: aisle run {}{}{} --out OUT --bounded\n", arguments_again(options),
             plan.needs.empty() ? "" : " ", fmt::join(plan.needs, " "));
  return done;
}

}  // namespace aisle::tool
