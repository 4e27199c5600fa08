// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/field_rule.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/decimal.hpp"

namespace aisle::record {
namespace {

using word_result = std::expected<std::uint64_t, reject_code>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

word_result refused(reject_code code) { return std::unexpected{code}; }

word_result in_range(const field_rule& rule, std::int64_t number) {
  if (number < rule.least || number > rule.most) {
    return refused(reject_code::out_of_range);
  }
  return static_cast<std::uint64_t>(number);
}

word_result in_range(const field_rule& rule, double number) {
  if (number < rule.least_number || number > rule.most_number) {
    return refused(reject_code::out_of_range);
  }
  return std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
}

word_result read_integer(const field_rule& rule, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong == std::errc::invalid_argument || end != text.data() + text.size()) {
    return refused(reject_code::wrong_type);
  }
  return wrong == std::errc{} ? in_range(rule, number) : refused(reject_code::out_of_range);
}

/// Sign, digits, a point, more digits, an exponent; anything else is no number.
bool is_number_text(std::string_view text) {
  const auto skip = [&](std::string_view any) {
    const bool there = !text.empty() && any.contains(text.front());
    text.remove_prefix(there ? 1 : 0);
    return there;
  };
  const auto digits = [&] {
    std::size_t count = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      ++count;
    }
    return count;
  };
  skip("+-");
  auto count = digits();
  count += skip(".") ? digits() : 0;
  if (count == 0) {
    return false;
  }
  if (skip("eE")) {
    skip("+-");
    return digits() > 0 && text.empty();
  }
  return text.empty();
}

/// Plain money, `-12.34` with no more digits than the scale: nothing to round and nothing to
/// overflow.
std::optional<std::int64_t> plain_units(std::string_view text, std::uint8_t scale) {
  constexpr std::size_t digits_max = 18;
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (text.size() + scale > digits_max) {
    return std::nullopt;
  }
  std::int64_t units = 0;
  std::size_t at = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    units = units * 10 + (text[at] - '0');
  }
  const auto whole = at;
  at += at < text.size() && text[at] == '.' ? 1U : 0U;
  const auto behind_point = text.size() - at;
  if (whole == 0 || behind_point > scale) {
    return std::nullopt;
  }
  for (; at < text.size(); ++at) {
    if (!is_digit(text[at])) {
      return std::nullopt;
    }
    units = units * 10 + (text[at] - '0');
  }
  units *= base::power_of_ten(static_cast<int>(scale - behind_point));
  return negative ? -units : units;
}

word_result read_decimal(const field_rule& rule, std::string_view text, std::uint32_t& rounded) {
  if (const auto units = plain_units(text, rule.type.scale)) {
    return in_range(rule, *units);
  }
  const auto parsed = base::parse_decimal(text, rule.type.scale);
  if (!parsed) {
    return refused(is_number_text(text) ? reject_code::out_of_range : reject_code::wrong_type);
  }
  rounded += parsed->rounded ? 1U : 0U;
  return in_range(rule, parsed->value.units);
}

/// Of a number that no double holds: true when it is too large, false when it is too small. It is
/// large when its first digit that is not 0 stands before the point, once the exponent has moved
/// that.
bool is_too_large(std::string_view text) {
  const auto exponent_at = std::min(text.find_first_of("eE"), text.size());
  const auto digits = text.substr(0, exponent_at);
  const auto first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) {
    return false;
  }
  const auto point = std::min(digits.find('.'), digits.size());
  auto exponent = text.substr(std::min(exponent_at + 1, text.size()));
  exponent.remove_prefix(exponent.starts_with('+') ? 1 : 0);
  std::int64_t moved = 0;
  if (std::from_chars(exponent.data(), exponent.data() + exponent.size(), moved).ec ==
      std::errc::result_out_of_range) {
    return !exponent.starts_with('-');
  }
  return static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) > -moved;
}

word_result read_number(const field_rule& rule, std::string_view text) {
  if (!is_number_text(text)) {
    return refused(reject_code::wrong_type);
  }
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  double number = 0;
  const auto wrong = std::from_chars(text.data(), text.data() + text.size(), number).ec;
  if (wrong == std::errc::result_out_of_range || !std::isfinite(number)) {
    if (is_too_large(text)) {
      return refused(reject_code::out_of_range);
    }
    number = 0;
  }
  return in_range(rule, number);
}

word_result read_boolean(std::string_view text) {
  if (text == "true" || text == "false") {
    return text == "true" ? 1 : 0;
  }
  return refused(reject_code::wrong_type);
}

/// `behind_point` digits of the number are finer than a millisecond.
word_result read_epoch(const field_rule& rule, std::string_view text, std::uint8_t ms_digits) {
  constexpr std::uint8_t finer = 6;
  const auto parsed = base::parse_decimal(text, static_cast<std::uint8_t>(ms_digits + finer));
  if (!parsed) {
    return refused(is_number_text(text) ? reject_code::out_of_range : reject_code::wrong_type);
  }
  const auto one = base::power_of_ten(finer);
  const auto units = parsed->value.units;
  return in_range(rule, units / one - (units % one < 0 ? 1 : 0));
}

word_result read_time(const field_rule& rule, std::string_view text) {
  if (rule.notation == time_notation::epoch_seconds) {
    return read_epoch(rule, text, 3);
  }
  if (rule.notation == time_notation::epoch_milliseconds) {
    return read_epoch(rule, text, 0);
  }
  const auto time =
      rule.notation == time_notation::stated ? rule.format->parse(text) : base::parse_rfc3339(text);
  if (!time) {
    return refused(reject_code::wrong_type);
  }
  return in_range(rule, time->time_since_epoch().count());
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// ---- messages ---------------------------------------------------------------------------------

std::string range_text(std::string_view what, std::optional<std::string> least,
                       std::optional<std::string> most) {
  if (least && most) {
    return fmt::format("{} from {} to {}", what, *least, *most);
  }
  if (least) {
    return fmt::format("{} of at least {}", what, *least);
  }
  return most ? fmt::format("{} of at most {}", what, *most) : std::string{what};
}

template <class Bound, class Print>
std::optional<std::string> bound_text(Bound bound, Bound unbounded, Print print) {
  return bound == unbounded ? std::nullopt : std::optional<std::string>{print(bound)};
}

std::string words_range(const field_rule& rule, std::string_view what, auto print) {
  using limits = std::numeric_limits<std::int64_t>;
  return range_text(what, bound_text(rule.least, limits::min(), print),
                    bound_text(rule.most, limits::max(), print));
}

std::string number_range(const field_rule& rule) {
  using limits = std::numeric_limits<double>;
  const auto print = [](double bound) { return fmt::format("{}", bound); };
  return range_text("a number", bound_text(rule.least_number, limits::lowest(), print),
                    bound_text(rule.most_number, limits::max(), print));
}

std::string time_range(const field_rule& rule) {
  const auto print = [](std::int64_t ms) {
    return base::to_rfc3339(base::event_time{base::duration{ms}});
  };
  switch (rule.notation) {
    case time_notation::epoch_seconds:
      return words_range(rule, "seconds since 1970", print);
    case time_notation::epoch_milliseconds:
      return words_range(rule, "milliseconds since 1970", print);
    case time_notation::stated:
      return words_range(rule, fmt::format("a time as {}", rule.format->text()), print);
    case time_notation::rfc3339:
      break;
  }
  return words_range(rule, "an RFC 3339 time with an offset", print);
}

std::string text_range(const field_rule& rule) {
  if (!rule.words.empty()) {
    std::string all;
    for (const auto& word : rule.words) {
      all += fmt::format("{}{}", all.empty() ? "one of " : ", ", word);
    }
    return all;
  }
  const auto print = [](std::size_t bound) { return fmt::format("{}", bound); };
  auto text =
      range_text("a text", bound_text(rule.length_least, std::size_t{0}, print),
                 bound_text(rule.length_most, std::numeric_limits<std::size_t>::max(), print));
  text += text.size() > std::string_view{"a text"}.size() ? " characters" : "";
  return rule.shape ? fmt::format("{} like {}", text, rule.shape->text()) : text;
}

/// The beginning of what was found; long enough to recognise it, short enough for a line.
std::string excerpt(std::string_view found) {
  constexpr std::size_t shown_max = 40;
  if (found.size() <= shown_max) {
    return std::string{found};
  }
  auto end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(found[end]) & 0xC0) == 0x80) {
    --end;
  }
  return fmt::format("{}…", found.substr(0, end));
}

}  // namespace

word_result read_word(const field_rule& rule, std::string_view text, std::uint32_t& rounded) {
  switch (rule.type.kind) {
    case base::kind::integer:
      return read_integer(rule, text);
    case base::kind::decimal:
      return read_decimal(rule, text, rounded);
    case base::kind::number:
      return read_number(rule, text);
    case base::kind::boolean:
      return read_boolean(text);
    case base::kind::timestamp:
      return read_time(rule, text);
    case base::kind::string:
    case base::kind::duration:
    case base::kind::null:
      break;
  }
  base::die("a contract has fields of other types only");
}

bool converts(base::value_type from, const field_rule& rule) {
  const auto is_exact = from.kind == base::kind::integer || from.kind == base::kind::decimal;
  switch (rule.type.kind) {
    case base::kind::decimal:
      return is_exact;
    case base::kind::number:
      return is_exact || from.kind == base::kind::number;
    default:
      return from.kind == rule.type.kind;
  }
}

word_result word_of(const field_rule& rule, const base::value& computed, std::uint32_t& rounded) {
  switch (rule.type.kind) {
    case base::kind::number:
      return in_range(rule, computed.to_number());
    case base::kind::boolean:
      return computed.as_boolean() ? 1 : 0;
    case base::kind::timestamp:
      return in_range(rule, std::int64_t{computed.as_timestamp().time_since_epoch().count()});
    case base::kind::integer:
      return in_range(rule, computed.as_integer());
    case base::kind::decimal:
      break;
    case base::kind::string:
    case base::kind::duration:
    case base::kind::null:
      base::die("a computed value of a type that no field has");
  }
  const auto exact = computed.type().kind == base::kind::integer
                         ? base::decimal{computed.as_integer(), 0}
                         : computed.as_decimal();
  const auto scaled = base::rescale(exact, rule.type.scale);
  if (!scaled) {
    return refused(reject_code::out_of_range);
  }
  rounded += base::rescale(*scaled, exact.scale) == exact ? 0U : 1U;
  return in_range(rule, scaled->units);
}

std::optional<reject_code> check_text(const field_rule& rule, std::string_view text) {
  // Bytes are never fewer than characters, so most texts need no counting.
  const bool bounded = rule.length_least > 0 || text.size() > rule.length_most;
  if (bounded && text.size() < rule.length_least) {
    return reject_code::out_of_range;
  }
  if (bounded && (text.size() > rule.length_most || rule.length_least > 1)) {
    const auto length = characters(text);
    if (length < rule.length_least || length > rule.length_most) {
      return reject_code::out_of_range;
    }
  }
  if (rule.shape && !rule.shape->matches(text)) {
    return reject_code::pattern;
  }
  if (!rule.words.empty() && std::ranges::find(rule.words, text) == rule.words.end()) {
    return reject_code::not_in_enum;
  }
  return std::nullopt;
}

std::string expectation(const field_rule& rule) {
  const auto plain = [](std::int64_t bound) { return fmt::format("{}", bound); };
  switch (rule.type.kind) {
    case base::kind::string:
      return text_range(rule);
    case base::kind::integer:
      return words_range(rule, "an integer", plain);
    case base::kind::decimal:
      return words_range(rule, "a decimal", [&](std::int64_t units) {
        return base::to_text(base::decimal{units, rule.type.scale});
      });
    case base::kind::number:
      return number_range(rule);
    case base::kind::boolean:
      return "true or false";
    case base::kind::timestamp:
      return time_range(rule);
    case base::kind::duration:
    case base::kind::null:
      break;
  }
  base::die("a contract has fields of other types only");
}

reject refuse(const field_rule& rule, std::string path, reject_code code, std::string_view found) {
  auto message = rule.pii ? fmt::format("not {}", expectation(rule))
                          : fmt::format("found {}, expected {}", excerpt(found), expectation(rule));
  return {code, std::move(path), std::move(message)};
}

reject refuse_missing(std::string path) {
  return {reject_code::missing, std::move(path), "required, but absent or null"};
}

}  // namespace aisle::record
