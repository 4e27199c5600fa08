// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/avro_cursor.hpp"

#include <bit>
#include <limits>

#include <fmt/core.h>

#include "runtime/base/check.hpp"

namespace aisle::record {
namespace {

constexpr std::uint64_t steps_max = 10'000'000;

template <class Number, class Bits>
Number little_endian(std::string_view bytes) {
  Bits bits = 0;
  for (auto at = bytes.size(); at > 0; --at) {
    bits = static_cast<Bits>(bits << 8 | static_cast<std::uint8_t>(bytes[at - 1]));
  }
  return std::bit_cast<Number>(bits);
}

}  // namespace

bool avro_cursor::refuse(reject_code code, std::string message) {
  why_ = {code, {}, std::move(message)};
  return false;
}

bool avro_cursor::integer(std::int64_t& into) {
  std::uint64_t bits = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    bits |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) {
      // Zigzag: the sign is the lowest bit.
      into = static_cast<std::int64_t>(bits >> 1 ^ (~(bits & 1) + 1));
      return true;
    }
  }
  return refuse(reject_code::malformed, "no Avro: a number is cut off or longer than 64 bits");
}

bool avro_cursor::boolean(bool& into) {
  std::string_view byte;
  if (!take(1, byte)) {
    return false;
  }
  into = byte.front() == 1;
  return into || byte.front() == 0 ||
         refuse(reject_code::malformed, "no Avro: a boolean is neither 0 nor 1");
}

bool avro_cursor::single(float& into) {
  std::string_view bytes;
  if (!take(sizeof into, bytes)) {
    return false;
  }
  into = little_endian<float, std::uint32_t>(bytes);
  return true;
}

bool avro_cursor::number(double& into) {
  std::string_view bytes;
  if (!take(sizeof into, bytes)) {
    return false;
  }
  into = little_endian<double, std::uint64_t>(bytes);
  return true;
}

bool avro_cursor::take(std::size_t count, std::string_view& into) {
  if (count > rest_.size()) {
    return refuse(reject_code::malformed, "no Avro of this schema: it is cut off");
  }
  into = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return true;
}

bool avro_cursor::sized(std::string_view& into) {
  std::int64_t length = 0;
  if (!integer(length)) {
    return false;
  }
  if (length < 0) {
    return refuse(reject_code::malformed, "no Avro of this schema: a length below 0");
  }
  return take(static_cast<std::size_t>(length), into);
}

bool avro_cursor::choose(std::size_t& type) {
  const auto& choice = by_->types[type];
  if (choice.kind != avro_kind::choice) {
    return true;
  }
  std::int64_t branch = 0;
  if (!integer(branch)) {
    return false;
  }
  if (branch < 0 || static_cast<std::uint64_t>(branch) >= choice.parts.size()) {
    return refuse(reject_code::malformed, "no Avro of this schema: a union without this branch");
  }
  type = choice.parts[static_cast<std::size_t>(branch)];
  return true;
}

bool avro_cursor::block(std::uint64_t& count) {
  std::int64_t said = 0;
  std::int64_t bytes = 0;
  if (!integer(said) || (said < 0 && !integer(bytes))) {
    return false;
  }
  if (said == std::numeric_limits<std::int64_t>::min()) {
    return refuse(reject_code::malformed, "no Avro of this schema: a list of too many");
  }
  count = static_cast<std::uint64_t>(said < 0 ? -said : said);
  return true;
}

bool avro_cursor::skip(std::size_t at, std::size_t depth) {
  if (++steps_ > steps_max) {
    return refuse(reject_code::too_large, fmt::format("more than {} values", steps_max));
  }
  if (!choose(at)) {
    return false;
  }
  const auto& type = by_->types[at];
  const bool is_nested =
      type.kind == avro_kind::record || type.kind == avro_kind::list || type.kind == avro_kind::map;
  if (is_nested && depth > depth_max_) {
    return refuse(reject_code::too_deep, fmt::format("nested deeper than {}", depth_max_));
  }
  std::int64_t number = 0;
  std::string_view bytes;
  bool flag = false;
  switch (type.kind) {
    case avro_kind::null:
      return true;
    case avro_kind::boolean:
      return boolean(flag);
    case avro_kind::integer:
    case avro_kind::symbol:
      return integer(number);
    case avro_kind::single:
      return take(sizeof(float), bytes);
    case avro_kind::number:
      return take(sizeof(double), bytes);
    case avro_kind::bytes:
    case avro_kind::text:
      return sized(bytes);
    case avro_kind::fixed:
      return take(type.size, bytes);
    case avro_kind::list:
    case avro_kind::map:
      return skip_elements(type.parts.front(), type.kind == avro_kind::map, depth + 1);
    case avro_kind::choice:
      return skip(at, depth);
    case avro_kind::record:
      for (const auto part : type.parts) {
        if (!skip(part, depth + 1)) {
          return false;
        }
      }
      return true;
  }
  base::die("an Avro type of no kind");
}

bool avro_cursor::skip_elements(std::size_t held, bool keyed, std::size_t depth) {
  std::uint64_t left = 0;
  std::string_view key;
  do {
    if (!block(left)) {
      return false;
    }
    for (auto n = left; n > 0; --n) {
      const auto before = rest_.size();
      if ((keyed && !sized(key)) || !skip(held, depth)) {
        return false;
      }
      // What takes no bytes once takes none ever, however many a block promises.
      if (rest_.size() == before) {
        break;
      }
    }
  } while (left > 0);
  return true;
}

}  // namespace aisle::record
