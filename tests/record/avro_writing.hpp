// SPDX-License-Identifier: Apache-2.0
// Apache's own library writes Avro here, so that what reads it is held against something else.
#pragma once

#include <string>

#include <avro.h>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace aisle::record::test {

inline void fill(avro_value_t value, const nlohmann::json& from);

inline void fill_record(avro_value_t value, const nlohmann::json& from) {
  std::size_t fields = 0;
  avro_value_get_size(&value, &fields);
  for (std::size_t i = 0; i < fields; ++i) {
    avro_value_t member;
    const char* name = nullptr;
    avro_value_get_by_index(&value, i, &member, &name);
    fill(member, from.value(name, nlohmann::json{}));
  }
}

/// A union takes null, or its other branch.
inline void fill_choice(avro_value_t value, const nlohmann::json& from) {
  avro_value_t branch;
  avro_value_set_branch(&value, from.is_null() ? 0 : 1, &branch);
  fill(branch, from);
}

inline void fill_list(avro_value_t value, const nlohmann::json& from) {
  for (const auto& element : from) {
    avro_value_t member;
    avro_value_append(&value, &member, nullptr);
    fill(member, element);
  }
}

inline void fill_map(avro_value_t value, const nlohmann::json& from) {
  for (const auto& [key, element] : from.items()) {
    avro_value_t member;
    avro_value_add(&value, key.c_str(), &member, nullptr, nullptr);
    fill(member, element);
  }
}

inline void fill_symbol(avro_value_t value, const nlohmann::json& from) {
  const auto schema = avro_value_get_schema(&value);
  avro_value_set_enum(&value,
                      avro_schema_enum_get_by_name(schema, from.get<std::string>().c_str()));
}

inline void fill(avro_value_t value, const nlohmann::json& from) {
  switch (avro_value_get_type(&value)) {
    case AVRO_NULL:
      avro_value_set_null(&value);
      return;
    case AVRO_BOOLEAN:
      avro_value_set_boolean(&value, from.get<bool>() ? 1 : 0);
      return;
    case AVRO_INT32:
      avro_value_set_int(&value, from.get<std::int32_t>());
      return;
    case AVRO_INT64:
      avro_value_set_long(&value, from.get<std::int64_t>());
      return;
    case AVRO_FLOAT:
      avro_value_set_float(&value, from.get<float>());
      return;
    case AVRO_DOUBLE:
      avro_value_set_double(&value, from.get<double>());
      return;
    case AVRO_STRING:
      avro_value_set_string(&value, from.get<std::string>().c_str());
      return;
    case AVRO_BYTES: {
      auto bytes = from.get<std::string>();
      avro_value_set_bytes(&value, bytes.data(), bytes.size());
      return;
    }
    case AVRO_FIXED: {
      auto bytes = from.get<std::string>();
      avro_value_set_fixed(&value, bytes.data(), bytes.size());
      return;
    }
    case AVRO_ENUM:
      fill_symbol(value, from);
      return;
    case AVRO_ARRAY:
      fill_list(value, from);
      return;
    case AVRO_MAP:
      fill_map(value, from);
      return;
    case AVRO_UNION:
      fill_choice(value, from);
      return;
    default:
      fill_record(value, from);
  }
}

/// A value of the schema as libavro encodes it.
inline std::string written(const std::string& schema, const nlohmann::json& from) {
  avro_schema_t parsed = nullptr;
  REQUIRE_MESSAGE(avro_schema_from_json_length(schema.data(), schema.size(), &parsed) == 0,
                  std::string{avro_strerror()});
  auto* const type = avro_generic_class_from_schema(parsed);
  avro_value_t value;
  avro_generic_value_new(type, &value);
  fill(value, from);
  std::size_t size = 0;
  avro_value_sizeof(&value, &size);
  std::string bytes(size, '\0');
  const auto to = avro_writer_memory(bytes.data(), static_cast<std::int64_t>(size));
  CHECK(avro_value_write(to, &value) == 0);
  avro_writer_free(to);
  avro_value_decref(&value);
  avro_value_iface_decref(type);
  avro_schema_decref(parsed);
  return bytes;
}

}  // namespace aisle::record::test
