// SPDX-License-Identifier: Apache-2.0
// 1. The schema of a record is found: the one there is, or that of the id in front of it, asked for
//    once and held against the contract once (avro_binding).
// 2. The bytes are walked by the schema; each value that has a place is put there by the rules of
//    JSON (row_builder), the others are stepped over.
#include "runtime/record/avro_decoder.hpp"

#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/record/avro_binding.hpp"
#include "runtime/record/avro_change.hpp"
#include "runtime/record/avro_cursor.hpp"
#include "runtime/record/avro_value.hpp"
#include "runtime/record/change.hpp"
#include "runtime/record/row_builder.hpp"

namespace aisle::record {
namespace {

/// Schemas a reader keeps. Writers have a handful; only who makes ids up has more.
constexpr std::size_t schemas_max = 1000;

/// The schema of an id, held against the contract: or why its records are refused.
using known_schema = std::expected<avro_binding, std::string>;

class avro_decoder final : public decoder {
 public:
  avro_decoder(const contract& by, const decoding& how, limits bounds)
      : by_{by},
        bounds_{bounds},
        debezium_{how.debezium},
        deletes_{how.deletes},
        schemas_{how.schemas},
        rows_{by.compiled(), bounds} {}

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

  std::expected<outcome, reject> decode_change(const avro_binding& by, avro_cursor& in,
                                               decoded& into) {
    avro_change found;
    if (!read_change(by, in, found)) {
      return std::unexpected{std::move(in.why())};
    }
    if (!in.rest().empty()) {
      return refused(reject_code::malformed, "bytes behind the record");
    }
    const auto part = part_of(found.facts.op, deletes_);
    if (!part) {
      return std::unexpected{part.error()};
    }
    if (*part == row_part::none || *part == row_part::gone) {
      return *part == row_part::gone ? outcome::deletion : outcome::nothing;
    }
    const bool gone = *part == row_part::before;
    auto& row = gone ? found.before : found.after;
    if (!row) {
      return std::unexpected{refuse_no_row(found.facts.op, *part)};
    }
    found.facts.deleted = gone;
    rows_.begin(into, row->rest().size());
    if (!read_record(gone ? by.before : by.row, rows_, *row)) {
      return rows_.refusal();
    }
    return rows_.finish(&found.facts);
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
    if (!in.choose(type) || !values_.read(type, in, value)) {
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
      return values_.read(type, in, found) ? to.refuse_list(found) : stop(in, to);
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
      return values_.read(type, in, found) ? to.refuse_line(found) : stop(in, to);
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

  const contract& by_;
  limits bounds_;
  bool debezium_;
  deletes deletes_;
  std::shared_ptr<schema_source> schemas_;
  std::optional<avro_binding> only_;
  std::unordered_map<std::uint32_t, known_schema> known_;
  row_builder rows_;
  avro_values values_;
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
