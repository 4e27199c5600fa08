// SPDX-License-Identifier: Apache-2.0
// A record is walked once, value by value. What the contract does not know is skipped; its sizes
// and its depth are looked at, its texts are not.
#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "runtime/base/pack_token.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/row_builder.hpp"

namespace aisle::record {
namespace {

using token = base::packed_token;

constexpr std::int8_t moment_type = -1;

std::uint64_t number_in(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) {
    number = number << 8 | static_cast<std::uint8_t>(byte);
  }
  return number;
}

/// The extension type "timestamp" of the specification, cut to milliseconds towards the past.
/// Seconds that no milliseconds can hold are the last moment there is, which no contract allows.
std::optional<std::int64_t> moment_of(std::string_view bytes) {
  std::int64_t seconds = 0;
  std::uint64_t nanoseconds = 0;
  switch (bytes.size()) {
    case 4:
      seconds = static_cast<std::int64_t>(number_in(bytes));
      break;
    case 8:
      nanoseconds = number_in(bytes) >> 34;
      seconds = static_cast<std::int64_t>(number_in(bytes) & ((std::uint64_t{1} << 34) - 1));
      break;
    case 12:
      nanoseconds = number_in(bytes.substr(0, 4));
      seconds = static_cast<std::int64_t>(number_in(bytes.substr(4)));
      break;
    default:
      return std::nullopt;
  }
  constexpr std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / 1000 - 1;
  if (nanoseconds > 999'999'999) {
    return std::nullopt;
  }
  if (seconds > seconds_max || seconds < -seconds_max) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return seconds * 1000 + static_cast<std::int64_t>(nanoseconds / 1'000'000);
}

class msgpack_decoder final : public decoder {
 public:
  msgpack_decoder(const contract::impl& by, limits bounds) : bounds_{bounds}, row_{by, bounds} {}

  std::expected<outcome, reject> decode(std::string_view raw, decoded& into) override {
    rest_ = raw;
    if (!is_bounded(raw)) {
      return row_.refusal();
    }
    row_.begin(into, raw.size());
    if (!read_record()) {
      return row_.refusal();
    }
    return row_.finish();
  }

 private:
  bool is_bounded(std::string_view raw) {
    if (raw.size() > bounds_.record_bytes_max) {
      return row_.refuse(reject_code::too_large,
                         fmt::format("{} bytes, at most {}", raw.size(), bounds_.record_bytes_max));
    }
    return !raw.empty() || row_.refuse(reject_code::empty, "no bytes");
  }

  bool next(token& into) {
    return base::take_token(rest_, into) ||
           row_.refuse(reject_code::malformed, "no msgpack, or cut off");
  }

  bool read_record() {
    token head;
    if (!next(head)) {
      return false;
    }
    if (head.kind != base::packed_kind::map) {
      return row_.refuse(reject_code::wrong_type, "a record is a msgpack map");
    }
    for (auto left = head.size; left > 0; --left) {
      if (!read_member(2)) {
        return false;
      }
    }
    return rest_.empty() || row_.refuse(reject_code::malformed, "bytes behind the record");
  }

  /// A pair of the record, or of a line; its value stands at this depth.
  bool read_member(std::size_t depth) {
    token key;
    if (!next(key)) {
      return false;
    }
    const auto place =
        key.kind == base::packed_kind::text ? row_.find(key.bytes) : place_finder::none;
    if (place == place_finder::none) {
      return skip_inside(key, depth) && skip(depth);
    }
    token value;
    if (!row_.claim(place) || !next(value)) {
      return false;
    }
    return row_.is_list(place) ? read_list(value)
                               : row_.put(place, value_of(value)) && skip_inside(value, depth);
  }

  bool read_list(const token& list) {
    if (list.kind != base::packed_kind::array) {
      return row_.refuse_list(value_of(list));
    }
    row_.begin_list();
    for (auto left = list.size; left > 0; --left) {
      if (!read_line()) {
        return false;
      }
    }
    return true;
  }

  bool read_line() {
    token line;
    if (!next(line)) {
      return false;
    }
    if (line.kind != base::packed_kind::map) {
      return row_.refuse_line(value_of(line));
    }
    if (!row_.begin_line()) {
      return false;
    }
    for (auto left = line.size; left > 0; --left) {
      if (!read_member(4)) {
        return false;
      }
    }
    row_.end_line();
    return true;
  }

  bool skip(std::size_t depth) {
    token value;
    return next(value) && skip_inside(value, depth);
  }

  /// Skips what belongs to a value whose head was taken.
  bool skip_inside(const token& head, std::size_t depth) {
    const bool is_map = head.kind == base::packed_kind::map;
    if (!is_map && head.kind != base::packed_kind::array) {
      return true;
    }
    if (depth > bounds_.depth_max) {
      return row_.refuse(reject_code::too_deep,
                         fmt::format("nested deeper than {}", bounds_.depth_max));
    }
    for (auto left = std::uint64_t{head.size} * (is_map ? 2 : 1); left > 0; --left) {
      if (!skip(depth + 1)) {
        return false;
      }
    }
    return true;
  }

  typed_value value_of(const token& from) {
    using kind = typed_kind;
    switch (from.kind) {
      case base::packed_kind::nil:
        return {};
      case base::packed_kind::boolean:
        return {.kind = kind::boolean, .boolean = from.boolean};
      case base::packed_kind::integer:
        return number_.integer(from.integer);
      case base::packed_kind::large:
        return number_.integer(from.large);
      case base::packed_kind::single:
        return number_.floating(static_cast<float>(from.number));
      case base::packed_kind::number:
        return number_.floating(from.number);
      case base::packed_kind::text:
        return {.kind = kind::text, .text = from.bytes};
      case base::packed_kind::extension:
        if (const auto at = from.type == moment_type ? moment_of(from.bytes) : std::nullopt) {
          return {.kind = kind::moment, .moment = *at};
        }
        return {.kind = kind::bytes, .text = from.bytes};
      case base::packed_kind::bytes:
        return {.kind = kind::bytes, .text = from.bytes};
      case base::packed_kind::array:
      case base::packed_kind::map:
        break;
    }
    return {.kind = kind::compound};
  }

  limits bounds_;
  row_builder row_;
  number_text number_;
  /// What of the record is still to be read.
  std::string_view rest_;
};

}  // namespace

std::unique_ptr<decoder> make_msgpack_decoder(const contract& by, limits bounds) {
  return std::make_unique<msgpack_decoder>(by.compiled(), bounds);
}

}  // namespace aisle::record
