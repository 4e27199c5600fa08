// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/program.hpp"

namespace aisle::e2e {

/// A line of a source: somebody passes a gate in that minute after ten.
[[nodiscard]] std::string visit(int minute, std::string_view gate = "north");

/// A small topology with everything beside it: two sources that may be followed, and windows of a
/// minute by gate.
struct site {
  /// `idle`: what the sources say of it.
  explicit site(std::string_view idle);

  void append(std::string_view name, std::string_view bytes) const;
  /// `aisle run` of it, into D/out.
  [[nodiscard]] strings command(const strings& more = {}) const;
  [[nodiscard]] std::vector<std::string> windows() const;

  temp_folder folder;
  std::string file;
};

/// One of the windows begins in that minute after ten and holds these words.
[[nodiscard]] bool has(const std::vector<std::string>& windows, std::string_view start,
                       std::string_view values);

}  // namespace aisle::e2e
