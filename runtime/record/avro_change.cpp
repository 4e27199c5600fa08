// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/avro_change.hpp"

#include "runtime/record/avro_value.hpp"

namespace aisle::record {
namespace {

bool read_op(std::size_t type, avro_cursor& in, std::string_view& into) {
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

bool read_moment(std::size_t type, avro_cursor& in, std::optional<std::int64_t>& into) {
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
  into = milliseconds_of(in.type(type).meaning, count);
  return true;
}

bool read_source(const avro_schema& schema, std::size_t type, avro_cursor& in,
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

/// Where a row begins, which is read later.
bool note_row(std::size_t type, avro_cursor& in, std::optional<avro_cursor>& row) {
  auto ahead = in;
  auto branch = type;
  if (!ahead.choose(branch)) {
    return in.choose(branch);
  }
  row = in.type(branch).kind == avro_kind::record ? std::optional{ahead} : std::nullopt;
  return in.skip(type, 2);
}

bool read_part(const avro_binding& by, std::size_t at, avro_cursor& in, avro_change& into) {
  const auto type = by.schema.types[by.schema.root].parts[at];
  if (at == by.before_at) {
    return note_row(type, in, into.before);
  }
  if (at == by.after_at) {
    return note_row(type, in, into.after);
  }
  if (at == by.op_at) {
    return read_op(type, in, into.facts.op);
  }
  if (at == by.captured_at) {
    return read_moment(type, in, into.facts.captured);
  }
  if (at == by.source_at) {
    return read_source(by.schema, type, in, into.facts);
  }
  return in.skip(type, 2);
}

}  // namespace

bool read_change(const avro_binding& by, avro_cursor& in, avro_change& into) {
  const auto parts = by.schema.types[by.schema.root].parts.size();
  for (std::size_t at = 0; at < parts; ++at) {
    if (!read_part(by, at, in, into)) {
      return false;
    }
  }
  return true;
}

}  // namespace aisle::record
