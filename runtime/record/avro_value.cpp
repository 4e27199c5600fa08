// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/avro_value.hpp"

#include <limits>
#include <optional>

#include "runtime/base/check.hpp"

namespace aisle::record {
namespace {

using base::int128;

/// Two's complement, most significant byte first. Nothing beyond 128 bits.
std::optional<int128> units_of(std::string_view bytes) {
  __extension__ using uint128 = unsigned __int128;
  const bool negative = !bytes.empty() && (static_cast<std::uint8_t>(bytes.front()) & 0x80U) != 0;
  const char filler = negative ? '\xFF' : '\0';
  const auto sign_of = [](char byte) { return (static_cast<std::uint8_t>(byte) & 0x80U) != 0; };
  while (bytes.size() > sizeof(int128) && bytes[0] == filler && sign_of(bytes[1]) == negative) {
    bytes.remove_prefix(1);
  }
  if (bytes.size() > sizeof(int128)) {
    return std::nullopt;
  }
  auto units = negative ? ~uint128{0} : uint128{0};
  for (const char byte : bytes) {
    units = units << 8 | static_cast<std::uint8_t>(byte);
  }
  return static_cast<int128>(units);
}

bool read_symbol(const avro_type& type, avro_cursor& in, typed_value& into) {
  std::int64_t symbol = 0;
  if (!in.integer(symbol)) {
    return false;
  }
  if (symbol < 0 || static_cast<std::uint64_t>(symbol) >= type.names.size()) {
    in.why() = {reject_code::malformed, {}, "no Avro of this schema: an enum without this symbol"};
    return false;
  }
  into = {.kind = typed_kind::text, .text = type.names[static_cast<std::size_t>(symbol)]};
  return true;
}

}  // namespace

std::int64_t milliseconds_of(avro_meaning meaning, std::int64_t count) {
  constexpr std::int64_t a_day = 86'400'000;
  const auto divided = [&](std::int64_t by) { return count / by - (count % by < 0 ? 1 : 0); };
  switch (meaning) {
    case avro_meaning::date:
      return count > std::numeric_limits<std::int32_t>::max() ||
                     count < std::numeric_limits<std::int32_t>::min()
                 ? std::numeric_limits<std::int64_t>::max()
                 : count * a_day;
    case avro_meaning::micros:
      return divided(1'000);
    case avro_meaning::nanos:
      return divided(1'000'000);
    case avro_meaning::millis:
    case avro_meaning::plain:
    case avro_meaning::decimal:
      break;
  }
  return count;
}

bool avro_values::read(std::size_t at, avro_cursor& in, typed_value& into) {
  const auto& type = in.type(at);
  std::string_view bytes;
  switch (type.kind) {
    case avro_kind::null:
      into = {};
      return true;
    case avro_kind::boolean:
      into.kind = typed_kind::boolean;
      return in.boolean(into.boolean);
    case avro_kind::integer:
      return read_integer(type, in, into);
    case avro_kind::single:
      return read_single(in, into);
    case avro_kind::number:
      return read_double(in, into);
    case avro_kind::bytes:
      return in.sized(bytes) && read_decimal(type, bytes, into);
    case avro_kind::fixed:
      return in.take(type.size, bytes) && read_decimal(type, bytes, into);
    case avro_kind::text:
      into.kind = typed_kind::text;
      return in.sized(into.text);
    case avro_kind::symbol:
      return read_symbol(type, in, into);
    case avro_kind::list:
    case avro_kind::map:
    case avro_kind::record:
      into.kind = typed_kind::compound;
      return in.skip(at, 2);
    case avro_kind::choice:
      break;
  }
  base::die("a union was chosen from before");
}

bool avro_values::read_integer(const avro_type& type, avro_cursor& in, typed_value& into) {
  std::int64_t count = 0;
  if (!in.integer(count)) {
    return false;
  }
  into =
      type.meaning == avro_meaning::plain
          ? number_.integer(count)
          : typed_value{.kind = typed_kind::moment, .moment = milliseconds_of(type.meaning, count)};
  return true;
}

bool avro_values::read_single(avro_cursor& in, typed_value& into) {
  float value = 0;
  if (!in.single(value)) {
    return false;
  }
  into = number_.floating(value);
  return true;
}

bool avro_values::read_double(avro_cursor& in, typed_value& into) {
  double value = 0;
  if (!in.number(value)) {
    return false;
  }
  into = number_.floating(value);
  return true;
}

/// A decimal that 128 bits do not hold is said as a number no contract's decimal holds either.
bool avro_values::read_decimal(const avro_type& type, std::string_view bytes, typed_value& into) {
  if (type.meaning != avro_meaning::decimal) {
    into = {.kind = typed_kind::bytes, .text = bytes};
    return true;
  }
  const auto units = units_of(bytes);
  into = units ? number_.decimal(*units, type.scale)
               : typed_value{.kind = typed_kind::exact, .text = "1e400"};
  return true;
}

}  // namespace aisle::record
