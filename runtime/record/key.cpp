// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/key.hpp"

#include <array>
#include <bit>
#include <optional>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/base/json.hpp"

namespace aisle::record {
namespace {

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

/// The word of a value, such that words compare, most significant byte first, as the values do.
std::uint64_t sortable_word(const base::value& v) {
  switch (v.type().kind) {
    case base::kind::number: {
      const auto bits = std::bit_cast<std::uint64_t>(v.as_number() + 0.0);  // -0 and 0 are one key
      return (bits & sign_bit) != 0 ? ~bits : bits | sign_bit;
    }
    case base::kind::boolean:
      return v.as_boolean() ? sign_bit | 1 : sign_bit;
    case base::kind::decimal:
      return static_cast<std::uint64_t>(v.as_decimal().units) ^ sign_bit;
    case base::kind::timestamp:
      return static_cast<std::uint64_t>(v.as_timestamp().time_since_epoch().count()) ^ sign_bit;
    case base::kind::duration:
      return static_cast<std::uint64_t>(v.as_duration().count()) ^ sign_bit;
    case base::kind::integer:
      return static_cast<std::uint64_t>(v.as_integer()) ^ sign_bit;
    case base::kind::string:
    case base::kind::null:
      break;
  }
  base::die("a word of a value that has none");
}

base::value from_sortable_word(std::uint64_t word, base::value_type type) {
  const auto plain = static_cast<std::int64_t>(word ^ sign_bit);
  switch (type.kind) {
    case base::kind::number:
      return base::value::of(
          std::bit_cast<double>((word & sign_bit) != 0 ? word ^ sign_bit : ~word));
    case base::kind::boolean:
      return base::value::of(plain != 0);
    case base::kind::decimal:
      return base::value::of(base::decimal{plain, type.scale});
    case base::kind::timestamp:
      return base::value::of(base::event_time{base::duration{plain}});
    case base::kind::duration:
      return base::value::of(base::duration{plain});
    case base::kind::integer:
      return base::value::of(plain);
    case base::kind::string:
    case base::kind::null:
      break;
  }
  base::die("a word of a type that has none");
}

void append_length(std::string& to, std::uint64_t length) {
  for (; length >= 0x80; length >>= 7) {
    to += static_cast<char>(length | 0x80);
  }
  to += static_cast<char>(length);
}

/// Reads what append_length wrote, and only its shortest form: two spellings would be two keys.
std::optional<std::uint64_t> take_length(std::string_view& bytes) {
  std::uint64_t length = 0;
  for (unsigned shift = 0; shift < 35 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    length |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) {
      return byte == 0 && shift > 0 ? std::nullopt : std::optional{length};
    }
  }
  return std::nullopt;
}

void append_part(std::string& to, const base::value& v, bool alone) {
  base::check(!v.is_null(), "a key field has a value: contracts require it");
  if (v.type().kind == base::kind::string) {
    const auto text = v.as_string();
    if (!alone) {
      append_length(to, text.size());
    }
    to += text;
    return;
  }
  const auto word = sortable_word(v);
  for (int shift = 56; shift >= 0; shift -= 8) {
    to += static_cast<char>(word >> shift);
  }
}

std::optional<base::value> take_text(std::string_view& bytes, bool alone) {
  const auto length = alone ? std::optional{std::uint64_t{bytes.size()}} : take_length(bytes);
  if (!length || *length > bytes.size()) {
    return std::nullopt;
  }
  const auto text = bytes.substr(0, *length);
  bytes.remove_prefix(*length);
  return base::value::of(text);
}

std::optional<base::value> take_word(std::string_view& bytes, base::value_type type) {
  if (bytes.size() < 8) {
    return std::nullopt;
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    word = word << 8 | static_cast<unsigned char>(bytes[i]);
  }
  bytes.remove_prefix(8);
  if (type.kind == base::kind::boolean && (word & ~sign_bit) > 1) {
    return std::nullopt;
  }
  return from_sortable_word(word, type);
}

std::optional<base::value> take_part(std::string_view& bytes, base::value_type type, bool alone) {
  if (type.kind == base::kind::null) {
    return std::nullopt;
  }
  return type.kind == base::kind::string ? take_text(bytes, alone) : take_word(bytes, type);
}

void append_member(std::string& to, std::string_view name, const base::value& v) {
  to += to.back() == '{' ? "" : ",";
  base::append_json_string(to, name);
  to += ':';
  base::append_json(to, v);
}

}  // namespace

void encode_key(std::string& to, expr::row_ref row, std::span<const std::uint8_t> places,
                const layout& of) {
  for (const auto place : places) {
    append_part(to, expr::load(row, place, of.fields()[place].type), places.size() == 1);
  }
}

void encode_key(std::string& to, std::span<const base::value> values) {
  for (const auto& v : values) {
    append_part(to, v, values.size() == 1);
  }
}

bool decode_key(std::string_view bytes, std::span<const key_field> fields,
                std::span<base::value> values) {
  base::check(fields.size() == values.size(), "a value for every field of the key");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto part = take_part(bytes, fields[i].type, fields.size() == 1);
    if (!part) {
      return false;
    }
    values[i] = *part;
  }
  return bytes.empty();
}

void append_key_json(std::string& to, std::span<const key_field> fields, std::string_view bytes) {
  to += '{';
  for (const auto& field : fields) {
    const auto part = take_part(bytes, field.type, fields.size() == 1);
    base::check(part.has_value(), "bytes that are a key of these fields");
    append_member(to, field.name, *part);
  }
  to += '}';
}

void append_event_name(std::string& to, const contract& by, row_kind kind, expr::row_ref row) {
  const auto& places = by.unique_key();
  const auto& fields = by.fields().fields();
  if (places.empty()) {
    to += "null";
    return;
  }
  // A line's own fields stand before those of its record.
  const auto skipped =
      kind == row_kind::line ? by.line_fields().fields().size() - fields.size() : 0;
  const auto load = [&](std::uint8_t place) {
    return expr::load(row, static_cast<std::uint8_t>(place + skipped), fields[place].type);
  };
  if (places.size() > 1) {
    to += '{';
    for (const auto place : places) {
      append_member(to, fields[place].name, load(place));
    }
    to += '}';
    return;
  }
  const auto only = load(places.front());
  const bool quoted = only.type().kind == base::kind::integer ||
                      only.type().kind == base::kind::number ||
                      only.type().kind == base::kind::boolean;
  to += quoted ? "\"" : "";
  base::append_json(to, only);
  to += quoted ? "\"" : "";
}

}  // namespace aisle::record
