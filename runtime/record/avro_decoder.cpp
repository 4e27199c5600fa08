// SPDX-License-Identifier: Apache-2.0
// 1. The schema of a record is found: the one there is, or that of the id in front of it, asked for
//    once and held against the contract once (avro_binding).
// 2. The bytes are walked by the schema; each value that has a place is put there by the rules of
//    JSON (row_builder), the others are stepped over.
#include "runtime/record/avro_decoder.hpp"

#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/record/avro_binding.hpp"
#include "runtime/record/avro_cursor.hpp"
#include "runtime/record/change.hpp"
#include "runtime/record/row_builder.hpp"

namespace aisle::record {
namespace {

using base::int128;

/// Schemas a reader keeps. Writers have a handful; only who makes ids up has more.
constexpr std::size_t schemas_max = 1000;

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

/// Cut to milliseconds towards the past. What they cannot hold is a moment no contract allows.
std::int64_t milliseconds(avro_meaning meaning, std::int64_t count) {
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

/// The schema of an id, held against the contract: or why its records are refused.
using known_schema = std::expected<avro_binding, std::string>;

class avro_decoder final : public decoder {
 public:
  avro_decoder(const contract& by, const decoding& how, limits bounds)
      : by_{by},
        key_by_{key_contract(by)},
        bounds_{bounds},
        debezium_{how.debezium},
        deletes_{how.deletes},
        schemas_{how.schemas},
        rows_{by.compiled(), bounds},
        keys_{key_by_.compiled(), bounds} {}

  /// The one schema of all records.
  std::expected<void, std::string> set_schema(std::string_view schema) {
    auto bound = bind_avro(schema, by_.compiled(), debezium_);
    if (!bound) {
      return std::unexpected{std::move(bound.error())};
    }
    only_ = std::move(*bound);
    return {};
  }

  std::expected<outcome, reject> decode(std::string_view raw, decoded& into) override {
    waits_for_.clear();
    if (raw.empty() && debezium_) {
      return outcome::nothing;
    }
    if (raw.empty()) {
      return refused(reject_code::empty, "no bytes");
    }
    if (raw.size() > bounds_.record_bytes_max) {
      return refused(reject_code::too_large,
                     fmt::format("{} bytes, at most {}", raw.size(), bounds_.record_bytes_max));
    }
    return only_ ? decode_by(*only_, raw, into) : decode_framed(raw, into);
  }

  std::string_view waits_for() const override { return waits_for_; }

 private:
  static std::unexpected<reject> refused(reject_code code, std::string message) {
    return std::unexpected{reject{code, {}, std::move(message)}};
  }

  std::expected<outcome, reject> decode_framed(std::string_view raw, decoded& into) {
    constexpr std::size_t frame_bytes = 5;
    if (raw.size() < frame_bytes || raw.front() != '\0') {
      return refused(reject_code::malformed,
                     "does not begin with 0 and the id of a schema, as Confluent's serialisers "
                     "write it; records without one take schema: FILE");
    }
    std::uint32_t id = 0;
    for (const char byte : raw.substr(1, 4)) {
      id = id << 8 | static_cast<std::uint8_t>(byte);
    }
    auto found = known_.find(id);
    if (found == known_.end()) {
      const auto text = schemas_->find(id);
      if (!text) {
        return without_schema(text.error());
      }
      found = keep(id, bind_avro(*text, by_.compiled(), debezium_));
    }
    if (!found->second) {
      return refused(reject_code::schema, fmt::format("schema {}: {}", id, found->second.error()));
    }
    return decode_by(*found->second, raw.substr(frame_bytes), into);
  }

  std::expected<outcome, reject> without_schema(const no_schema& why) {
    if (why.why == schema_absence::not_there) {
      return refused(reject_code::schema, why.message);
    }
    waits_for_ = why.message;
    return outcome::held_up;
  }

  std::unordered_map<std::uint32_t, known_schema>::iterator keep(std::uint32_t id,
                                                                 known_schema schema) {
    if (known_.size() == schemas_max) {
      known_.clear();
    }
    return known_.emplace(id, std::move(schema)).first;
  }

  std::expected<outcome, reject> decode_by(const avro_binding& by, std::string_view body,
                                           decoded& into) {
    avro_cursor in{by.schema, body, bounds_.depth_max};
    if (debezium_) {
      return decode_change(by, in, into);
    }
    rows_.begin(into, body.size());
    if (!read_record(by.row, rows_, in)) {
      return rows_.refusal();
    }
    if (!in.rest().empty()) {
      return refused(reject_code::malformed, "bytes behind the record");
    }
    return rows_.finish();
  }

  // ---- envelopes --------------------------------------------------------------------------------

  /// Where the rows of an envelope begin; nothing for one that is null.
  struct found_change {
    std::optional<avro_cursor> before;
    std::optional<avro_cursor> after;
    change_facts facts;
  };

  std::expected<outcome, reject> decode_change(const avro_binding& by, avro_cursor& in,
                                               decoded& into) {
    found_change found;
    if (!read_envelope(by, in, found)) {
      return std::unexpected{std::move(in.why())};
    }
    if (!in.rest().empty()) {
      return refused(reject_code::malformed, "bytes behind the record");
    }
    const auto part = part_of(found.facts.op, deletes_);
    if (!part) {
      return std::unexpected{part.error()};
    }
    if (*part == row_part::none) {
      return outcome::nothing;
    }
    const bool gone = *part == row_part::before;
    auto& row = gone ? found.before : found.after;
    if (!row) {
      return std::unexpected{refuse_no_row(found.facts.op, *part)};
    }
    found.facts.deleted = gone;
    return decode_row(gone ? by.before : by.row, gone && deletes_ == deletes::key, *row,
                      found.facts, into);
  }

  std::expected<outcome, reject> decode_row(const avro_rows& by, bool as_key, avro_cursor& in,
                                            const change_facts& facts, decoded& into) {
    auto& to = as_key ? keys_ : rows_;
    to.begin(into, in.rest().size());
    if (!read_record(by, to, in)) {
      return to.refusal();
    }
    const auto made = to.finish(as_key ? nullptr : &facts);
    return made && as_key ? outcome::deletion : made;
  }

  static bool read_envelope(const avro_binding& by, avro_cursor& in, found_change& found) {
    const auto& root = by.schema.types[by.schema.root];
    for (std::size_t at = 0; at < root.parts.size(); ++at) {
      const auto type = root.parts[at];
      if (at == by.before_at || at == by.after_at) {
        auto& row = at == by.before_at ? found.before : found.after;
        auto ahead = in;
        auto branch = type;
        if (!ahead.choose(branch)) {
          return in.choose(branch);
        }
        row = in.type(branch).kind == avro_kind::record ? std::optional{ahead} : std::nullopt;
      } else if (at == by.op_at) {
        if (!read_op(type, in, found.facts.op)) {
          return false;
        }
        continue;
      } else if (at == by.captured_at) {
        if (!read_moment(type, in, found.facts.captured)) {
          return false;
        }
        continue;
      } else if (at == by.source_at) {
        if (!read_source(by.schema, type, in, found.facts)) {
          return false;
        }
        continue;
      }
      if (!in.skip(type, 2)) {
        return false;
      }
    }
    return true;
  }

  static bool read_op(std::size_t type, avro_cursor& in, std::string_view& into) {
    std::int64_t symbol = 0;
    if (!in.choose(type)) {
      return false;
    }
    const auto& of = in.type(type);
    if (of.kind == avro_kind::text) {
      return in.sized(into);
    }
    if (of.kind != avro_kind::symbol) {
      return in.skip(type, 2);
    }
    if (!in.integer(symbol)) {
      return false;
    }
    const bool known = symbol >= 0 && static_cast<std::uint64_t>(symbol) < of.names.size();
    into = known ? std::string_view{of.names[static_cast<std::size_t>(symbol)]} : into;
    return true;
  }

  static bool read_moment(std::size_t type, avro_cursor& in, std::optional<std::int64_t>& into) {
    std::int64_t count = 0;
    if (!in.choose(type)) {
      return false;
    }
    if (in.type(type).kind != avro_kind::integer) {
      return in.skip(type, 2);
    }
    if (!in.integer(count)) {
      return false;
    }
    into = milliseconds(in.type(type).meaning, count);
    return true;
  }

  static bool read_source(const avro_schema& schema, std::size_t type, avro_cursor& in,
                          change_facts& facts) {
    if (!in.choose(type)) {
      return false;
    }
    const auto& of = schema.types[type];
    if (of.kind != avro_kind::record) {
      return in.skip(type, 2);
    }
    for (std::size_t at = 0; at < of.parts.size(); ++at) {
      const bool good = of.names[at] == "ts_ms" ? read_moment(of.parts[at], in, facts.made)
                                                : in.skip(of.parts[at], 3);
      if (!good) {
        return false;
      }
    }
    return true;
  }

  // ---- rows -------------------------------------------------------------------------------------

  /// False with the reason in `to`.
  static bool stop(avro_cursor& in, row_builder& to) {
    auto& why = in.why();
    return to.refuse(why.code, std::move(why.message));
  }

  bool read_record(const avro_rows& by, row_builder& to, avro_cursor& in) {
    const auto& record = in.type(by.type);
    for (std::size_t at = 0; at < by.places.size(); ++at) {
      const auto place = by.places[at];
      const bool is_list = place != avro_rows::none && to.is_list(place);
      const bool is_read = place != avro_rows::none && (!is_list || &to == &rows_);
      if (!is_read) {
        if (!in.skip(record.parts[at], 2)) {
          return stop(in, to);
        }
      } else if (!(is_list ? read_list(by, record.parts[at], to, in)
                           : read_value(record.parts[at], place, to, in))) {
        return false;
      }
    }
    return true;
  }

  bool read_value(std::size_t type, std::size_t place, row_builder& to, avro_cursor& in) {
    typed_value value;
    if (!in.choose(type) || !value_of(type, in, value)) {
      return stop(in, to);
    }
    return to.put(place, value);
  }

  bool read_list(const avro_rows& by, std::size_t type, row_builder& to, avro_cursor& in) {
    if (!in.choose(type)) {
      return stop(in, to);
    }
    if (in.type(type).kind != avro_kind::list) {
      typed_value found;
      return value_of(type, in, found) ? to.refuse_list(found) : stop(in, to);
    }
    to.begin_list();
    const auto held = in.type(type).parts.front();
    std::uint64_t left = 0;
    do {
      if (!in.block(left)) {
        return stop(in, to);
      }
      for (auto n = left; n > 0; --n) {
        if (!read_line(by, held, to, in)) {
          return false;
        }
      }
    } while (left > 0);
    return true;
  }

  bool read_line(const avro_rows& by, std::size_t type, row_builder& to, avro_cursor& in) {
    if (!in.choose(type)) {
      return stop(in, to);
    }
    if (type != by.line_type) {
      typed_value found;
      return value_of(type, in, found) ? to.refuse_line(found) : stop(in, to);
    }
    if (!to.begin_line()) {
      return false;
    }
    const auto& line = in.type(type);
    for (std::size_t at = 0; at < by.line_places.size(); ++at) {
      const auto place = by.line_places[at];
      if (place == avro_rows::none) {
        if (!in.skip(line.parts[at], 4)) {
          return stop(in, to);
        }
      } else if (!read_value(line.parts[at], place, to, in)) {
        return false;
      }
    }
    to.end_line();
    return true;
  }

  /// A value of a type that is no union.
  bool value_of(std::size_t at, avro_cursor& in, typed_value& into) {
    const auto& type = in.type(at);
    std::int64_t count = 0;
    std::string_view bytes;
    switch (type.kind) {
      case avro_kind::null:
        into = {};
        return true;
      case avro_kind::boolean:
        into.kind = typed_kind::boolean;
        return in.boolean(into.boolean);
      case avro_kind::integer:
        if (!in.integer(count)) {
          return false;
        }
        into = type.meaning == avro_meaning::plain
                   ? number_.integer(count)
                   : typed_value{.kind = typed_kind::moment,
                                 .moment = milliseconds(type.meaning, count)};
        return true;
      case avro_kind::single:
        return float_of(in, into);
      case avro_kind::number:
        return double_of(in, into);
      case avro_kind::bytes:
        return in.sized(bytes) && decimal_of(type, bytes, into);
      case avro_kind::fixed:
        return in.take(type.size, bytes) && decimal_of(type, bytes, into);
      case avro_kind::text:
        into.kind = typed_kind::text;
        return in.sized(into.text);
      case avro_kind::symbol:
        return in.integer(count) && symbol_of(type, count, in, into);
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

  bool float_of(avro_cursor& in, typed_value& into) {
    float value = 0;
    if (!in.single(value)) {
      return false;
    }
    into = number_.floating(value);
    return true;
  }

  bool double_of(avro_cursor& in, typed_value& into) {
    double value = 0;
    if (!in.number(value)) {
      return false;
    }
    into = number_.floating(value);
    return true;
  }

  /// A decimal that 128 bits do not hold is said as a number no contract's decimal holds either.
  bool decimal_of(const avro_type& type, std::string_view bytes, typed_value& into) {
    if (type.meaning != avro_meaning::decimal) {
      into = {.kind = typed_kind::bytes, .text = bytes};
      return true;
    }
    const auto units = units_of(bytes);
    into = units ? number_.decimal(*units, type.scale)
                 : typed_value{.kind = typed_kind::exact, .text = "1e400"};
    return true;
  }

  static bool symbol_of(const avro_type& type, std::int64_t count, avro_cursor& in,
                        typed_value& into) {
    if (count < 0 || static_cast<std::uint64_t>(count) >= type.names.size()) {
      in.why() = {
          reject_code::malformed, {}, "no Avro of this schema: an enum without this symbol"};
      return false;
    }
    into = {.kind = typed_kind::text, .text = type.names[static_cast<std::size_t>(count)]};
    return true;
  }

  const contract& by_;
  contract key_by_;
  limits bounds_;
  bool debezium_;
  deletes deletes_;
  std::shared_ptr<schema_source> schemas_;
  std::optional<avro_binding> only_;
  std::unordered_map<std::uint32_t, known_schema> known_;
  row_builder rows_;
  row_builder keys_;
  number_text number_;
  std::string waits_for_;
};

}  // namespace

std::expected<std::unique_ptr<decoder>, std::string> make_avro_decoder(const contract& by,
                                                                       const decoding& how,
                                                                       limits bounds) {
  auto made = std::make_unique<avro_decoder>(by, how, bounds);
  if (how.schema.empty()) {
    base::check(how.schemas != nullptr, "Avro has its schema, or somebody to ask for it");
    return made;
  }
  if (auto good = made->set_schema(how.schema); !good) {
    return std::unexpected{std::move(good.error())};
  }
  return made;
}

}  // namespace aisle::record
