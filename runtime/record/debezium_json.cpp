// SPDX-License-Identifier: Apache-2.0
// The envelope is walked once, and the row it holds is decoded from its bytes as any other record.
// What is around the row is checked only as far as it is read.
#include <cstring>
#include <new>
#include <optional>

#include <fmt/core.h>
#include <simdjson.h>

#include "runtime/record/json_rows.hpp"

namespace aisle::record {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

/// What was found in an envelope. Views live until the next one.
struct json_change {
  std::optional<std::string_view> before;
  std::optional<std::string_view> after;
  change_facts facts;
  /// `{"payload": null}`: the tombstone of who writes schemas.
  bool is_null = false;
};

class debezium_json final : public decoder {
 public:
  debezium_json(const contract& by, deletes wanted, limits bounds)
      : bounds_{bounds}, deletes_{wanted}, rows_{make_json_rows(by, bounds)} {}

  std::expected<outcome, reject> decode(std::string_view raw, decoded& into) override {
    if (raw.empty()) {
      return outcome::nothing;
    }
    if (raw.size() > bounds_.record_bytes_max) {
      return std::unexpected{
          reject{reject_code::too_large,
                 {},
                 fmt::format("{} bytes, at most {}", raw.size(), bounds_.record_bytes_max)}};
    }
    json_change found;
    if (const auto error = open(without_schema_id(raw), found); error != simdjson::SUCCESS) {
      return std::unexpected{refused(error)};
    }
    return found.is_null ? outcome::nothing : decode_change(found, into);
  }

 private:
  static reject refused(error_code error) {
    if (error == simdjson::MEMALLOC) {
      throw std::bad_alloc{};
    }
    if (error == simdjson::INCORRECT_TYPE) {
      return {
          reject_code::wrong_type, {}, "no Debezium envelope: something has another type there"};
    }
    return {reject_code::malformed, {}, simdjson::error_message(error)};
  }

  std::expected<outcome, reject> decode_change(json_change& found, decoded& into) {
    const auto op = found.facts.op;
    const auto part = part_of(op, deletes_);
    if (!part) {
      return std::unexpected{part.error()};
    }
    if (*part == row_part::none || *part == row_part::gone) {
      return *part == row_part::gone ? outcome::deletion : outcome::nothing;
    }
    const auto& row = *part == row_part::before ? found.before : found.after;
    if (!row) {
      return std::unexpected{refuse_no_row(op, *part)};
    }
    found.facts.deleted = *part == row_part::before;
    return rows_->decode_row(*row, into, &found.facts);
  }

  error_code open(std::string_view raw, json_change& into) {
    // A copy with the bytes behind it that simdjson reads ahead.
    bytes_.resize(raw.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(bytes_.data(), raw.data(), raw.size());
    std::memset(bytes_.data() + raw.size(), 0, simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    ondemand::object object;
    if (const auto error =
            parser_.iterate(bytes_.data(), raw.size(), bytes_.size()).get(document)) {
      return error;
    }
    if (const auto error = document.get_object().get(object)) {
      return error;
    }
    if (const auto error = read_members(object, into, true)) {
      return error;
    }
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
  }

  error_code read_members(ondemand::object& object, json_change& into, bool outermost) {
    for (auto member : object) {
      ondemand::field field;
      std::string_view name;
      if (const auto error = std::move(member).get(field)) {
        return error;
      }
      if (const auto error = field.unescaped_key().get(name)) {
        return error;
      }
      if (const auto error = read_member(name, field.value(), into, outermost)) {
        return error;
      }
    }
    return simdjson::SUCCESS;
  }

  error_code read_member(std::string_view name, ondemand::value& value, json_change& into,
                         bool outermost) {
    if (name == "before" || name == "after") {
      return read_row(value, name == "before" ? into.before : into.after);
    }
    if (name == "op") {
      return value.get_string().get(into.facts.op);
    }
    if (name == "ts_ms") {
      return read_moment(value, into.facts.captured);
    }
    if (name == "source") {
      return read_source(value, into);
    }
    return outermost && name == "payload" ? read_payload(value, into) : simdjson::SUCCESS;
  }

  static error_code read_row(ondemand::value& value, std::optional<std::string_view>& into) {
    ondemand::object object;
    std::string_view bytes;
    bool null = false;
    if (const auto error = value.is_null().get(null); error != simdjson::SUCCESS || null) {
      into.reset();
      return error;
    }
    if (const auto error = value.get_object().get(object)) {
      return error;
    }
    const auto error = object.raw_json().get(bytes);
    into = bytes;
    return error;
  }

  static error_code read_moment(ondemand::value& value, std::optional<std::int64_t>& into) {
    bool null = false;
    if (const auto error = value.is_null().get(null); error != simdjson::SUCCESS || null) {
      into.reset();
      return error;
    }
    return value.get_int64().get(into.emplace());
  }

  static error_code read_source(ondemand::value& value, json_change& into) {
    ondemand::object source;
    bool null = false;
    if (const auto error = value.is_null().get(null); error != simdjson::SUCCESS || null) {
      return error;
    }
    if (const auto error = value.get_object().get(source)) {
      return error;
    }
    for (auto member : source) {
      ondemand::field field;
      std::string_view name;
      if (const auto error = std::move(member).get(field)) {
        return error;
      }
      if (const auto error = field.unescaped_key().get(name)) {
        return error;
      }
      if (name != "ts_ms") {
        continue;
      }
      if (const auto error = read_moment(field.value(), into.facts.made)) {
        return error;
      }
    }
    return simdjson::SUCCESS;
  }

  error_code read_payload(ondemand::value& value, json_change& into) {
    ondemand::object payload;
    if (const auto error = value.is_null().get(into.is_null);
        error != simdjson::SUCCESS || into.is_null) {
      return error;
    }
    if (const auto error = value.get_object().get(payload)) {
      return error;
    }
    return read_members(payload, into, false);
  }

  limits bounds_;
  deletes deletes_;
  ondemand::parser parser_;
  std::string bytes_;
  std::unique_ptr<json_rows> rows_;
};

}  // namespace

std::unique_ptr<decoder> make_debezium_json_decoder(const contract& by, deletes wanted,
                                                    limits bounds) {
  return std::make_unique<debezium_json>(by, wanted, bounds);
}

}  // namespace aisle::record
