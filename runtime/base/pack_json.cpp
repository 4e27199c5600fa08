// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/base/pack.hpp"
#include "runtime/base/pack_token.hpp"
#include "runtime/base/value.hpp"

namespace aisle::base {
namespace {

constexpr int depth_max = 32;

bool append(std::string& to, std::string_view& from, int depth);

bool append_array(std::string& to, std::string_view& from, std::uint32_t size, int depth) {
  to += '[';
  for (std::uint32_t i = 0; i < size; ++i) {
    to += i > 0 ? "," : "";
    if (!append(to, from, depth + 1)) {
      return false;
    }
  }
  to += ']';
  return true;
}

bool append(std::string& to, std::string_view& from, int depth) {
  packed_token token;
  if (depth > depth_max || !take_token(from, token)) {
    return false;
  }
  const auto into = std::back_inserter(to);
  switch (token.kind) {
    case packed_kind::nil:
      to += "null";
      return true;
    case packed_kind::boolean:
      to += token.boolean ? "true" : "false";
      return true;
    case packed_kind::integer:
      fmt::format_to(into, "{}", token.integer);
      return true;
    case packed_kind::large:
      fmt::format_to(into, "{}", token.large);
      return true;
    case packed_kind::number:
      append_json(to, std::isfinite(token.number) ? value::of(token.number) : value{});
      return true;
    case packed_kind::text:
      append_json_string(to,
                         is_utf8(token.bytes) ? std::string{token.bytes} : to_base64(token.bytes));
      return true;
    case packed_kind::bytes:
      append_json_string(to, to_base64(token.bytes));
      return true;
    case packed_kind::array:
      return append_array(to, from, token.size, depth);
    // No packer writes these.
    case packed_kind::single:
    case packed_kind::map:
    case packed_kind::extension:
      break;
  }
  return false;
}

}  // namespace

bool append_packed_json(std::string& to, std::string_view& from) { return append(to, from, 0); }

}  // namespace aisle::base
