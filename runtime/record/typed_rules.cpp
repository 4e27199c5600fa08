// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/typed_rules.hpp"

#include <cstring>

#include <fmt/core.h>
#include <simdjson.h>

namespace aisle::record {
namespace {

/// A text can be longer in memory than in the record (an Avro enum is a number there), so the
/// record's bound does not bound them.
constexpr std::size_t text_bytes_max = std::size_t{16} << 20;

/// Eight bytes at a look.
bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    seen |= word;
  }
  for (const char byte : text) {
    seen |= static_cast<std::uint8_t>(byte);
  }
  return (seen & 0x8080'8080'8080'8080U) == 0;
}

// Most texts are short and ASCII: for them a call of simdjson is dear.
bool is_utf8(std::string_view text) {
  return is_ascii(text) || simdjson::validate_utf8(text.data(), text.size());
}

std::optional<reject> refused(const field_rule& rule, reject_code code, const typed_value& found) {
  return refuse(rule, rule.name, code, to_text(found));
}

std::optional<reject> put_text(const field_rule& rule, std::size_t place, const typed_value& value,
                               std::uint64_t* row, row_writer& to) {
  if (const auto wrong = check_text(rule, value.text)) {
    return refused(rule, *wrong, value);
  }
  if (to.text_bytes() + value.text.size() > text_bytes_max) {
    return reject{reject_code::too_large, rule.name,
                  fmt::format("texts of more than {} bytes", text_bytes_max)};
  }
  row_writer::set(row, place, to.add_text(value.text));
  return std::nullopt;
}

std::expected<std::uint64_t, reject_code> word_of_value(const field_rule& rule,
                                                        const typed_value& value,
                                                        std::uint32_t& rounded) {
  if (value.kind == typed_kind::boolean) {
    return value.boolean ? 1 : 0;
  }
  if (value.kind == typed_kind::moment) {
    return word_of(rule, base::value::of(base::event_time{base::duration{value.moment}}), rounded);
  }
  return read_word(rule, value.text, rounded);
}

}  // namespace

bool fits(const field_rule& rule, typed_kind found) {
  const bool is_time = rule.type.kind == base::kind::timestamp;
  const bool is_epoch = is_time && (rule.notation == time_notation::epoch_seconds ||
                                    rule.notation == time_notation::epoch_milliseconds);
  const bool is_fraction =
      rule.type.kind == base::kind::decimal || rule.type.kind == base::kind::number;
  switch (found) {
    case typed_kind::boolean:
      return rule.type.kind == base::kind::boolean;
    case typed_kind::exact:
      return is_fraction || is_epoch || rule.type.kind == base::kind::integer;
    case typed_kind::floating:
      return is_fraction || is_epoch;
    case typed_kind::text:
      return rule.type.kind == base::kind::string || rule.type.kind == base::kind::decimal ||
             (is_time && !is_epoch);
    case typed_kind::moment:
      return is_time;
    case typed_kind::null:
    case typed_kind::bytes:
    case typed_kind::compound:
      break;
  }
  return false;
}

std::optional<reject> put_value(const field_rule& rule, std::size_t place, const typed_value& value,
                                std::uint64_t* row, row_writer& to) {
  if (value.kind == typed_kind::null) {
    return std::nullopt;
  }
  if (value.kind == typed_kind::text && !is_utf8(value.text)) {
    return reject{reject_code::malformed, rule.name, "not UTF-8"};
  }
  if (!fits(rule, value.kind)) {
    return refused(rule, reject_code::wrong_type, value);
  }
  if (rule.type.kind == base::kind::string) {
    return put_text(rule, place, value, row, to);
  }
  const auto word = word_of_value(rule, value, to.rounded());
  if (!word) [[unlikely]] {
    return refused(rule, word.error(), value);
  }
  row_writer::set(row, place, *word);
  return std::nullopt;
}

}  // namespace aisle::record
