// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "runtime/record/decoder.hpp"
#include "tests/record/contracts.hpp"

namespace aisle::record::test {

/// The record and its lines as JSON, or `code field`, or what else the record is.
inline std::string told(const contract& by, decoder& from, std::string_view raw, decoded& into,
                        reject& why) {
  const auto read = from.decode(raw, into);
  if (!read) {
    why = read.error();
    return fmt::format("{} {}", to_text(why.code), why.field);
  }
  if (*read == outcome::nothing || *read == outcome::deletion) {
    return *read == outcome::nothing ? "nothing" : "gone";
  }
  if (*read == outcome::held_up) {
    return fmt::format("held up: {}", from.waits_for());
  }
  std::string json;
  append_json(json, by.fields(), into.row());
  for (std::size_t i = 0; i < into.lines(); ++i) {
    json += '\n';
    append_json(json, by.line_fields(), into.line(i));
  }
  return json;
}

/// `bytes` with a few of them changed, put in, taken out or cut off.
inline std::string damaged(std::string bytes, std::mt19937_64& chance) {
  const auto any = [&](std::size_t below) { return static_cast<std::size_t>(chance() % below); };
  for (auto left = 1 + any(4); left > 0 && !bytes.empty(); --left) {
    const auto at = any(bytes.size());
    switch (any(5)) {
      case 0:
        bytes[at] = static_cast<char>(chance());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << any(8)));
        break;
      case 2:
        bytes.insert(at, any(9), static_cast<char>(chance()));
        break;
      case 3:
        bytes.erase(at, 1 + any(8));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

}  // namespace aisle::record::test
