// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::record {

/// Splits a CSV record into its cells. Keeps its memory from record to record.
class csv_cells {
 public:
  explicit csv_cells(char separator) : separator_{separator} {}

  /// Why the record is no CSV. Otherwise the cells are in `cells()` until the next split; they
  /// point into `record` or into the splitter.
  [[nodiscard]] std::expected<void, std::string> split(std::string_view record);
  [[nodiscard]] const std::vector<std::string_view>& cells() const { return cells_; }

 private:
  [[nodiscard]] std::expected<void, std::string> take_quoted(std::string_view record,
                                                             std::size_t& at);

  char separator_;
  std::vector<std::string_view> cells_;
  /// Cells whose doubled quotes were made single.
  std::string plain_;
};

}  // namespace aisle::record
