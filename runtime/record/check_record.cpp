// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/check_record.hpp"

#include <fmt/core.h>

namespace aisle::record {
namespace {

std::expected<void, reject> check_list(const contract::impl& by, std::size_t lines,
                                       bool list_seen) {
  if (by.list_required && !list_seen) {
    return std::unexpected{refuse_missing(by.list)};
  }
  if (list_seen && lines < by.items_least) {
    return std::unexpected{reject{reject_code::out_of_range, by.list,
                                  fmt::format("{} lines, at least {}", lines, by.items_least)}};
  }
  return {};
}

}  // namespace

std::string path_in_line(const contract::impl& by, std::size_t line, std::string_view field) {
  return fmt::format("{}[{}].{}", by.list, line, field);
}

std::expected<void, reject> check_record(const contract::impl& by, decoded& into, row_writer& to,
                                         bool list_seen) {
  if (auto good = check_row(by.record, into.row()); !good) {
    return good;
  }
  if (auto good = check_list(by, into.lines(), list_seen); !good) {
    return good;
  }
  to.complete_lines();
  for (std::size_t line = 0; line < into.lines(); ++line) {
    if (auto good = check_row(by.line, into.line(line)); !good) {
      good.error().field = path_in_line(by, line, good.error().field);
      return good;
    }
  }
  return {};
}

}  // namespace aisle::record
