// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/record/decoder.hpp"

namespace aisle::record {

/// How the columns of a CSV file become the fields of a contract. Without options a column belongs
/// to the field of the same name; columns no field asks for are skipped.
struct csv_options {
  char separator = ',';
  /// Field → column of another name.
  std::vector<std::pair<std::string, std::string>> columns{};
  /// Field → the same text for every record, read by the field's type.
  std::vector<std::pair<std::string, std::string>> constants{};
  /// Field → an expression over the fields that come from columns and constants.
  std::vector<std::pair<std::string, std::string>> derived{};
};

/// A CSV decoder for files with this header line. RFC 4180 quoting; a record may span lines when a
/// quote is open (`csv_record_is_open`). An empty cell is an absent value, quoted or not. A quote
/// inside an unquoted cell stands for itself. Cells are not trimmed. A byte order mark in front of
/// the header is skipped. Fails when a field the contract requires has no column, or an option
/// names something that does not exist: the message says which.
[[nodiscard]] std::expected<std::unique_ptr<decoder>, std::string> make_csv_decoder(
    const contract& by, const csv_options& options, std::string_view header, limits bounds = {});

/// True when `text` ends inside quotes, so that the next line belongs to the same record. The text
/// begins a record, or, when `open` is set, goes on inside a quote of the lines before it.
[[nodiscard]] bool csv_record_is_open(std::string_view text, char separator = ',',
                                      bool open = false);

}  // namespace aisle::record
