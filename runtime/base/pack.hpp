// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::base {

/// Writes msgpack behind what `to` already holds. A reader must ask in the same order.
class packer {
 public:
  /// `to` must outlive the packer.
  explicit packer(std::string& to) : to_{to} {}

  void nil();
  void boolean(bool flag);
  void integer(std::int64_t number);
  /// Never rounded: a double is written as its eight bytes.
  void number(double number);
  void text(std::string_view text);
  void bytes(std::string_view bytes);
  /// Values another packer wrote, as they are.
  void packed(std::string_view values) { to_ += values; }
  /// The next `size` values belong to this array.
  void array(std::uint32_t size);

 private:
  std::string& to_;
};

/// Reads what a packer wrote. Never trusts its input: bounded depth and sizes, no allocation before
/// the bytes for it are there. The first misfit makes the reader fail for good: from then on it
/// answers zeros and empty texts, and `ok()` is false. A caller reads everything, then asks once.
class unpacker {
 public:
  /// `bytes` must outlive the reader and every text it answered.
  explicit unpacker(std::string_view bytes) : rest_{bytes} {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// True when all bytes were read and every read fitted.
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }
  void fail() { ok_ = false; }

  /// True, and reads it, when the next value is nil.
  [[nodiscard]] bool nil();
  [[nodiscard]] bool boolean();
  [[nodiscard]] std::int64_t integer();
  [[nodiscard]] double number();
  [[nodiscard]] std::string_view text();
  [[nodiscard]] std::string_view bytes();
  /// The size of the array that begins here; at most `size_max`, otherwise the reader fails and it
  /// is 0.
  [[nodiscard]] std::uint32_t array(std::uint32_t size_max);

 private:
  [[nodiscard]] std::string_view left() const { return ok_ ? rest_ : std::string_view{}; }
  /// Goes on behind what was taken, or fails for good when nothing was.
  template <class Value>
  Value accept(std::string_view rest, const std::optional<Value>& taken);

  std::string_view rest_;
  bool ok_ = true;
};

/// The next value a packer wrote, as JSON behind what `to` holds: bytes as base64, an array as an
/// array, a number that is not finite as null. Takes it off `from`. False, with `to` unspecified,
/// when it is none.
[[nodiscard]] bool append_packed_json(std::string& to, std::string_view& from);

}  // namespace aisle::base
