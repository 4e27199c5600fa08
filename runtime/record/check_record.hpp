// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "runtime/record/compiled.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/row_writer.hpp"

namespace aisle::record {

/// `items[2].quantity`
[[nodiscard]] std::string path_in_line(const contract::impl& by, std::size_t line,
                                       std::string_view field);

/// The end of every decoder: the record's fields go behind those of its lines, and the record and
/// each line are checked as a whole. `list_seen`: the list was there, be it empty.
[[nodiscard]] std::expected<void, reject> check_record(const contract::impl& by, decoded& into,
                                                       row_writer& to, bool list_seen);

}  // namespace aisle::record
