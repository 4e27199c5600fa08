// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::base {

/// Something wrong in a file a person wrote: where, what, and what to do. Lines and columns count
/// from 1, columns in characters; 0 when the whole file is meant.
struct diagnostic {
  std::string path;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// How many characters the caret underlines; at least 1.
  std::uint32_t width = 1;
  /// Stable and short, for scripts: `unknown-key`, `wrong-type` …
  std::string code;
  std::string message;
  /// What would have been right; may be empty.
  std::string expected;
  /// "did you mean"; may be empty.
  std::string suggestion;
  /// The line itself, for the caret; may be empty.
  std::string source_line;
};

using diagnostics = std::vector<diagnostic>;

/// Whether a text carries the escape sequences of a terminal's colours.
enum class colours : std::uint8_t { off, on };

/// `path:line:column: error[code]: message`, the line, a caret, what was expected, did you mean.
/// Ends with a line end. Of a very long line only what is around the caret is shown; control
/// characters are never passed on.
[[nodiscard]] std::string to_text(const diagnostic& d, colours use = colours::off);
/// As the JSON of `--json`: [{path, line, column, code, message, expected, suggestion}].
[[nodiscard]] std::string to_json(std::span<const diagnostic> all);

/// Puts them in the order in which a person reads the file `path`: by line and column, those of one
/// place as they came. Diagnostics of other files stay behind, in their order.
void sort_by_place(diagnostics& all, std::string_view path);

/// The candidate nearest to `word` by edit distance (a swap of neighbours counts once, case counts
/// nothing), empty when none is near enough to be meant. Of equally near ones the first.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace aisle::base
