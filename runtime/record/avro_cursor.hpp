// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/record/avro_schema.hpp"
#include "runtime/record/decoder.hpp"

namespace aisle::record {

/// Walks over the bytes of one record in Avro's binary encoding (Avro 1.12, "Binary Encoding").
/// Trusts nothing: what answers false has stored why. Depth and steps are bounded, because a schema
/// can make values of no bytes at all.
class avro_cursor {
 public:
  avro_cursor(const avro_schema& by, std::string_view body, std::size_t depth_max)
      : by_{&by}, rest_{body}, depth_max_{depth_max} {}

  [[nodiscard]] bool integer(std::int64_t& into);
  [[nodiscard]] bool boolean(bool& into);
  [[nodiscard]] bool single(float& into);
  [[nodiscard]] bool number(double& into);
  /// `count` bytes.
  [[nodiscard]] bool take(std::size_t count, std::string_view& into);
  /// Bytes or a text, behind their length.
  [[nodiscard]] bool sized(std::string_view& into);
  /// Of a union the branch that stands here; any other type stays what it is.
  [[nodiscard]] bool choose(std::size_t& type);
  /// The number of elements of a list's next block; 0 behind the last.
  [[nodiscard]] bool block(std::uint64_t& count);
  /// Goes over a value of this type, at this depth.
  [[nodiscard]] bool skip(std::size_t type, std::size_t depth);

  [[nodiscard]] const avro_type& type(std::size_t at) const { return by_->types[at]; }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  /// Why the last call answered false.
  [[nodiscard]] reject& why() { return why_; }

 private:
  bool refuse(reject_code code, std::string message);
  bool skip_elements(std::size_t held, bool keyed, std::size_t depth);

  const avro_schema* by_;
  std::string_view rest_;
  std::size_t depth_max_;
  std::uint64_t steps_ = 0;
  reject why_;
};

}  // namespace aisle::record
