// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aisle::io {

/// One format of compressed data, without any file.
class codec {
 public:
  struct progress {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };

  virtual ~codec() = default;
  /// Takes from `in`, which is empty only to ask for what is still inside, and puts into `out`.
  /// Makes progress whenever there is input and room. The error is what is wrong with the data.
  [[nodiscard]] virtual std::expected<progress, std::string> step(std::string_view in,
                                                                  std::span<char> out) = 0;
  /// True when the data may end here: between two members or frames, but not before the first.
  [[nodiscard]] virtual bool may_end() const = 0;
};

/// RFC 1952; members one after the other, zeros behind the last (tapes and block devices pad).
[[nodiscard]] std::unique_ptr<codec> make_gzip();
/// RFC 8878; frames one after the other, skippable ones among them; windows up to 128 MiB.
[[nodiscard]] std::unique_ptr<codec> make_zstd();

}  // namespace aisle::io
