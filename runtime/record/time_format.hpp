// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/base/zone.hpp"

namespace aisle::record {

/// A stated way of writing a time, as strptime has it: `%Y-%m-%d %H:%M:%S`.
///
/// %Y (four digits), %m %d %H %M %S (one or two digits), %f (a fraction of the second, one to nine
/// digits, cut to milliseconds towards the past), %z (`+01:00`, `+0100` or `Z`), %% (a %). Anything
/// else stands for itself. Year, month and day must stand in it, each once; what is left out is 0.
class time_format {
 public:
  /// `where` says what local times mean; it is null when, and only when, the format has a %z. The
  /// error is for a person.
  [[nodiscard]] static std::expected<time_format, std::string> compile(std::string_view text,
                                                                       const base::zone* where);

  /// Nothing when the text is not written so, or names a day or an hour that does not exist.
  [[nodiscard]] std::optional<base::event_time> parse(std::string_view text) const;
  /// As it was written.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  /// A directive's letter, or a sign that stands for itself.
  struct item {
    char sign = 0;
    bool directive = false;
  };

  std::string text_;
  std::vector<item> items_;
  const base::zone* where_ = nullptr;
};

}  // namespace aisle::record
