// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/csv_cells.hpp"

#include <fmt/core.h>

#include "runtime/record/csv.hpp"

namespace aisle::record {

std::expected<void, std::string> csv_cells::split(std::string_view record) {
  cells_.clear();
  plain_.clear();
  // Cells point into it: it must not grow while they do.
  plain_.reserve(record.size());
  std::size_t at = 0;
  while (true) {
    if (at < record.size() && record[at] == '"') {
      if (auto taken = take_quoted(record, at); !taken) {
        return taken;
      }
    } else {
      const auto begin = at;
      while (at < record.size() && record[at] != separator_) {
        ++at;
      }
      cells_.push_back(record.substr(begin, at - begin));
    }
    if (at == record.size()) {
      return {};
    }
    ++at;
  }
}

std::expected<void, std::string> csv_cells::take_quoted(std::string_view record, std::size_t& at) {
  const auto opened = at++;
  const auto begin = plain_.size();
  while (true) {
    const auto quote = record.find('"', at);
    if (quote == std::string_view::npos) {
      return std::unexpected{fmt::format("the quote at byte {} is not closed", opened + 1)};
    }
    plain_ += record.substr(at, quote - at);
    at = quote + 1;
    if (at == record.size() || record[at] != '"') {
      break;
    }
    plain_ += '"';
    ++at;
  }
  if (at < record.size() && record[at] != separator_) {
    return std::unexpected{fmt::format("text behind the closing quote at byte {}", at)};
  }
  cells_.push_back(std::string_view{plain_}.substr(begin));
  return {};
}

bool csv_record_is_open(std::string_view text, char separator, bool open) {
  bool cell_begins = !open;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (open) {
      const bool doubled = text[at] == '"' && at + 1 < text.size() && text[at + 1] == '"';
      at += doubled ? 1 : 0;
      open = doubled || text[at] != '"';
    } else {
      open = cell_begins && text[at] == '"';
      cell_begins = text[at] == separator;
    }
  }
  return open;
}

}  // namespace aisle::record
