// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/value.hpp"
#include "runtime/expr/row.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/layout.hpp"

namespace aisle::record {

// A key as bytes: what addresses an actor, what is hashed into a slot, what stands on disk. Equal
// keys have equal bytes and unequal keys unequal ones, among keys of the same types. FORMAT.md has
// the grammar; in short: one text alone is its own bytes; in a key of several fields a text stands
// behind its length (LEB128); every other type is 8 bytes, most significant first, with the sign
// bit turned over, so that bytes sort as the numbers do.

/// One field of a key: the name it has in records and the type it is encoded by.
struct key_field {
  std::string name;
  base::value_type type;
};

/// Appends the key of a row. `places` are fields of `of`, all required by its contract: an absent
/// one is a bug.
void encode_key(std::string& to, expr::row_ref row, std::span<const std::uint8_t> places,
                const layout& of);

/// Appends the key made of these values, none null: the same bytes as from a row with the same
/// values.
void encode_key(std::string& to, std::span<const base::value> values);

/// Reads a key back into one value per field; texts point into `bytes`. False, with `values`
/// unspecified, when the bytes are no key of these types. `values` is as long as `fields`.
[[nodiscard]] bool decode_key(std::string_view bytes, std::span<const key_field> fields,
                              std::span<base::value> values);

/// Appends the key as a JSON object, in the order of its fields: `{"region":"north","lane":"L7"}`.
/// The bytes must be a key of these fields; anything else is a bug.
void append_key_json(std::string& to, std::span<const key_field> fields, std::string_view bytes);

/// Which of a contract's two layouts a row has.
enum class row_kind : std::uint8_t { record, line };

/// Appends the name of an event, as decisions carry it: the record's unique key. A JSON string when
/// that is one field (whatever its type), an object when it is several, null when the contract has
/// none. A line of a list bears the name of its record.
void append_event_name(std::string& to, const contract& by, row_kind kind, expr::row_ref row);

}  // namespace aisle::record
