// SPDX-License-Identifier: Apache-2.0
// The written rule (README.md says why):
// 1. The whole record is checked for UTF-8, closed strings and matching outermost braces
// (simdjson's first stage).
// 2. Every field of the contract is read and checked; numbers are read from their digits, by JSON's
// grammar.
// 3. What the contract does not know is skipped: its braces, brackets, colons and commas must be
// right and its depth
//    within the bound; its numbers, escapes and repeated keys are not looked at.
// 4. A known field stands at most once, and nothing stands behind the record.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include <fmt/core.h>
#include <simdjson.h>

#include "runtime/record/check_record.hpp"
#include "runtime/record/compiled.hpp"
#include "runtime/record/json_rows.hpp"
#include "runtime/record/name_index.hpp"
#include "runtime/record/row_builder.hpp"
#include "runtime/record/row_writer.hpp"

namespace aisle::record {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

static_assert(name_index::bytes_max <= simdjson::SIMDJSON_PADDING,
              "a key at the very end of a record can be compared with any name");

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view without_blanks_behind(std::string_view token) {
  while (!token.empty() && is_blank(token.back())) {
    token.remove_suffix(1);
  }
  return token;
}

/// RFC 8259, section 6.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const auto begin = at;
    while (at < text.size() && is_digit(text[at])) {
      ++at;
    }
    return at - begin;
  };
  const auto leading_zero = at < text.size() && text[at] == '0';
  const auto whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) {
      return false;
    }
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1U : 0U;
    if (digits() == 0) {
      return false;
    }
  }
  return at == text.size();
}

class json_decoder final : public json_rows {
 public:
  json_decoder(const contract::impl& by, limits bounds)
      : by_{by},
        bounds_{bounds},
        facts_{by},
        names_{record_columns(by)},
        line_names_{columns_of(by.line)} {}

  std::expected<outcome, reject> decode(std::string_view raw, decoded& into) override {
    return decode_row(without_schema_id(raw), into, nullptr);
  }

  std::expected<outcome, reject> decode_row(std::string_view raw, decoded& into,
                                            const change_facts* facts) override {
    if (raw.size() > bounds_.record_bytes_max) {
      return std::unexpected{
          reject{reject_code::too_large,
                 {},
                 fmt::format("{} bytes, at most {}", raw.size(), bounds_.record_bytes_max)}};
    }
    if (std::ranges::all_of(raw, is_blank)) {
      return std::unexpected{reject{reject_code::empty, {}, "no document in this line"}};
    }
    if (raw.starts_with(byte_order_mark)) {
      return std::unexpected{reject{reject_code::malformed, {}, "begins with a byte order mark"}};
    }
    row_writer to{into, by_, raw.size() + simdjson::SIMDJSON_PADDING};
    line_ = no_line;
    list_seen_ = false;
    if (!read_document(padded(raw), to)) {
      return std::unexpected{std::move(why_)};
    }
    if (auto wrong = facts != nullptr ? facts_.put(*facts, to) : std::nullopt) {
      return std::unexpected{std::move(*wrong)};
    }
    if (auto good = check_record(by_, into, to, list_seen_); !good) {
      return std::unexpected{std::move(good.error())};
    }
    return outcome::event;
  }

 private:
  static constexpr std::size_t no_line = static_cast<std::size_t>(-1);

  /// A copy with the bytes behind it that simdjson reads ahead.
  simdjson::padded_string_view padded(std::string_view raw) {
    const auto size = raw.size() + simdjson::SIMDJSON_PADDING;
    if (size > buffer_size_) {
      buffer_size_ = size * 2;
      buffer_ = std::make_unique<char[]>(buffer_size_);
    }
    std::memcpy(buffer_.get(), raw.data(), raw.size());
    std::memset(buffer_.get() + raw.size(), 0, simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view{buffer_.get(), raw.size(), buffer_size_};
  }

  // ---- refusals: each stores why and answers false ----------------------------------------------

  [[nodiscard]] std::string path(std::string_view field) const {
    return line_ == no_line ? std::string{field} : path_in_line(by_, line_, field);
  }

  bool refuse_record(reject_code code, std::string message, std::string_view field = {}) {
    why_ = {code, std::string{field}, std::move(message)};
    return false;
  }

  bool refuse_value(const field_rule& rule, reject_code code, std::string_view found) {
    why_ = refuse(rule, path(rule.name), code, found);
    return false;
  }

  /// False, with the reason stored, when simdjson found something wrong.
  bool fine(error_code error, std::string_view field = {}) {
    if (error == simdjson::SUCCESS) [[likely]] {
      return true;
    }
    if (error == simdjson::MEMALLOC) {
      throw std::bad_alloc{};
    }
    const auto* const what =
        error == simdjson::UTF8_ERROR ? "not UTF-8" : simdjson::error_message(error);
    return refuse_record(reject_code::malformed, what, field);
  }

  // ---- structure --------------------------------------------------------------------------------

  bool read_document(simdjson::padded_string_view json, row_writer& to) {
    ondemand::document document;
    ondemand::object object;
    if (!fine(parser_.iterate(json).get(document))) {
      return false;
    }
    if (const auto error = document.get_object().get(object); error != simdjson::SUCCESS) {
      return error == simdjson::INCORRECT_TYPE
                 ? refuse_record(reject_code::wrong_type, "a record is a JSON object")
                 : fine(error);
    }
    names_.restart();
    std::uint64_t seen = 0;
    for (auto member : object) {
      if (!fine(member.error()) ||
          !read_record_member(std::move(member).value_unsafe(), seen, to)) {
        return false;
      }
    }
    // There is no location behind the last token.
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ||
           refuse_record(reject_code::malformed, "bytes behind the document");
  }

  /// Finds which of the names a member's key is. False when it is not readable, or stands twice.
  bool identify(const ondemand::field& field, name_index& names, std::uint64_t& seen,
                std::size_t& found) {
    if (!find(field.key(), names, found)) {
      return false;
    }
    if (found == name_index::none) {
      return true;
    }
    const auto bit = std::uint64_t{1} << found;
    if ((seen & bit) != 0) {
      return refuse_record(reject_code::duplicate_field, "stands twice",
                           path(name_of(names, found)));
    }
    seen |= bit;
    return true;
  }

  [[nodiscard]] const std::string& name_of(const name_index& names, std::size_t found) const {
    const auto& rules = &names == &names_ ? by_.record : by_.line;
    return found < rules.fields.size() ? rules.fields[found].name : by_.list;
  }

  bool find(ondemand::raw_json_string key, name_index& names, std::size_t& found) {
    found = names.find(key.raw());
    if (found != name_index::none) [[likely]] {
      return true;
    }
    const auto* at = key.raw();
    while (*at != '"' && *at != '\\') {
      ++at;
    }
    return *at == '"' || find_unescaped(key, names, found);
  }

  /// A key with escapes, which hardly anybody writes.
  bool find_unescaped(ondemand::raw_json_string key, name_index& names, std::size_t& found) {
    std::string plain(buffer_size_ + simdjson::SIMDJSON_PADDING, '\0');
    auto* to = reinterpret_cast<std::uint8_t*>(plain.data());
    std::string_view text;
    if (!fine(parser_.unescape(key, to).get(text))) {
      return false;
    }
    if (text.size() < name_index::bytes_max && !text.contains('"')) {
      plain[static_cast<std::size_t>(text.data() - plain.data()) + text.size()] = '"';
      found = names.find(text.data());
    }
    return true;
  }

  bool read_record_member(ondemand::field&& field, std::uint64_t& seen, row_writer& to) {
    std::size_t found = 0;
    if (!identify(field, names_, seen, found)) {
      return false;
    }
    if (found == name_index::none) {
      return skip(field.value(), 2);
    }
    if (found < by_.record.fields.size()) {
      return read_value(field.value(), by_.record.fields[found], found, to.row(), to);
    }
    return read_list(field.value(), to);
  }

  bool read_list(ondemand::value& value, row_writer& to) {
    const auto token = without_blanks_behind(value.raw_json_token());
    if (token == "null") {
      return !by_.list_required || refuse_missing_list();
    }
    ondemand::array array;
    if (token.front() != '[') {
      return refuse_record(reject_code::wrong_type, "expected a list of objects", by_.list);
    }
    if (!fine(value.get_array().get(array), by_.list)) {
      return false;
    }
    for (auto element : array) {
      if (!read_line(element, to)) {
        return false;
      }
    }
    line_ = no_line;
    list_seen_ = true;
    return true;
  }

  bool read_line(simdjson::simdjson_result<ondemand::value> element, row_writer& to) {
    const auto most = std::min(bounds_.items_max, by_.items_most);
    if (to.lines() == most) {
      return refuse_record(reject_code::too_many_items, fmt::format("more than {} lines", most),
                           by_.list);
    }
    line_ = to.lines();
    const auto where = [&] { return fmt::format("{}[{}]", by_.list, line_); };
    ondemand::value value;
    ondemand::object object;
    if (const auto error = element.get(value); error != simdjson::SUCCESS) {
      return fine(error, where());
    }
    if (value.raw_json_token().front() != '{') {
      return refuse_record(reject_code::wrong_type, "expected an object", where());
    }
    if (const auto error = value.get_object().get(object); error != simdjson::SUCCESS) {
      return fine(error, where());
    }
    auto* const line = to.add_line();
    line_names_.restart();
    std::uint64_t seen = 0;
    for (auto member : object) {
      if (!fine(member.error()) ||
          !read_line_member(std::move(member).value_unsafe(), seen, line, to)) {
        return false;
      }
    }
    return true;
  }

  bool read_line_member(ondemand::field&& field, std::uint64_t& seen, std::uint64_t* line,
                        row_writer& to) {
    std::size_t found = 0;
    if (!identify(field, line_names_, seen, found)) {
      return false;
    }
    if (found == name_index::none) {
      return skip(field.value(), 4);
    }
    return read_value(field.value(), by_.line.fields[found], found, line, to);
  }

  /// Walks over a value that nobody asked for, at this depth.
  bool skip(ondemand::value& value, std::size_t depth) {
    const char first = value.raw_json_token().front();
    if (first != '{' && first != '[') {
      return std::string_view{"\"-0123456789tfn"}.contains(first) ||
             refuse_record(reject_code::malformed, "a value that is none");
    }
    if (depth > bounds_.depth_max) {
      return refuse_record(reject_code::too_deep,
                           fmt::format("nested deeper than {}", bounds_.depth_max));
    }
    return first == '{' ? skip_members(value, depth) : skip_elements(value, depth);
  }

  bool skip_members(ondemand::value& value, std::size_t depth) {
    ondemand::object object;
    if (!fine(value.get_object().get(object))) {
      return false;
    }
    for (auto member : object) {
      ondemand::field field;
      if (!fine(std::move(member).get(field)) || !skip(field.value(), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  bool skip_elements(ondemand::value& value, std::size_t depth) {
    ondemand::array array;
    if (!fine(value.get_array().get(array))) {
      return false;
    }
    for (auto element : array) {
      ondemand::value inner;
      if (!fine(element.get(inner)) || !skip(inner, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  // ---- values -----------------------------------------------------------------------------------

  bool read_value(ondemand::value& value, const field_rule& rule, std::size_t place,
                  std::uint64_t* row, row_writer& to) {
    const auto token = without_blanks_behind(value.raw_json_token());
    const char first = token.front();
    if (token == "null") {
      return true;
    }
    if (first == '"') {
      return read_quoted(value, token, rule, place, row, to);
    }
    if (first == '-' || is_digit(first)) {
      return read_bare_number(token, rule, place, row, to);
    }
    if (token == "true" || token == "false") {
      return rule.type.kind == base::kind::boolean
                 ? store(read_word(rule, token, to.rounded()), token, rule, place, row)
                 : refuse_value(rule, reject_code::wrong_type, token);
    }
    return refuse_value(
        rule, first == '{' || first == '[' ? reject_code::wrong_type : reject_code::malformed,
        token);
  }

  bool store(std::expected<std::uint64_t, reject_code> word, std::string_view found,
             const field_rule& rule, std::size_t place, std::uint64_t* row) {
    if (!word) [[unlikely]] {
      return refuse_value(rule, word.error(), found);
    }
    row_writer::set(row, place, *word);
    return true;
  }

  static bool is_quoted(const field_rule& rule) {
    switch (rule.type.kind) {
      case base::kind::string:
      case base::kind::decimal:
        return true;
      case base::kind::timestamp:
        return rule.notation == time_notation::rfc3339 || rule.notation == time_notation::stated;
      default:
        return false;
    }
  }

  bool read_quoted(ondemand::value& value, std::string_view token, const field_rule& rule,
                   std::size_t place, std::uint64_t* row, row_writer& to) {
    if (!is_quoted(rule)) {
      return refuse_value(rule, reject_code::wrong_type, token);
    }
    std::string_view text;
    if (!unescape(value, token, rule, text, to)) {
      return false;
    }
    if (rule.type.kind != base::kind::string) {
      return store(read_word(rule, text, to.rounded()), token, rule, place, row);
    }
    if (const auto wrong = check_text(rule, text)) {
      return refuse_value(rule, *wrong, token);
    }
    row_writer::set(row, place, to.keep_text(text.size()));
    return true;
  }

  /// Writes the text of a quoted token where the next text belongs, without keeping it.
  bool unescape(ondemand::value& value, std::string_view token, const field_rule& rule,
                std::string_view& text, row_writer& to) {
    const auto inside = token.substr(1, token.size() - 2);
    if (!inside.contains('\\')) [[likely]] {
      std::memcpy(to.text_end(), inside.data(), inside.size());
      text = {to.text_end(), inside.size()};
      return true;
    }
    ondemand::raw_json_string raw;
    auto* end = reinterpret_cast<std::uint8_t*>(to.text_end());
    const auto error = value.get_raw_json_string().get(raw);
    return fine(error, path(rule.name)) &&
           fine(parser_.unescape(raw, end).get(text), path(rule.name));
  }

  static bool is_number(const field_rule& rule) {
    switch (rule.type.kind) {
      case base::kind::integer:
      case base::kind::decimal:
      case base::kind::number:
        return true;
      case base::kind::timestamp:
        return rule.notation == time_notation::epoch_seconds ||
               rule.notation == time_notation::epoch_milliseconds;
      default:
        return false;
    }
  }

  bool read_bare_number(std::string_view token, const field_rule& rule, std::size_t place,
                        std::uint64_t* row, row_writer& to) {
    if (!is_json_number(token)) {
      return refuse_value(rule, reject_code::malformed, token);
    }
    if (!is_number(rule)) {
      return refuse_value(rule, reject_code::wrong_type, token);
    }
    return store(read_word(rule, token, to.rounded()), token, rule, place, row);
  }

  // ---- the record as a whole --------------------------------------------------------------------

  bool refuse_missing_list() {
    why_ = refuse_missing(by_.list);
    return false;
  }

  const contract::impl& by_;
  limits bounds_;
  fact_fields facts_;
  ondemand::parser parser_;
  std::unique_ptr<char[]> buffer_;
  std::size_t buffer_size_ = 0;
  name_index names_;
  name_index line_names_;
  /// The line being read, for messages.
  std::size_t line_ = no_line;
  bool list_seen_ = false;
  reject why_;
};

}  // namespace

std::unique_ptr<json_rows> make_json_rows(const contract& by, limits bounds) {
  return std::make_unique<json_decoder>(by.compiled(), bounds);
}

std::unique_ptr<decoder> make_json_decoder(const contract& by, limits bounds) {
  return make_json_rows(by, bounds);
}

}  // namespace aisle::record
