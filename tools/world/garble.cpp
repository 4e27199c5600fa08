// SPDX-License-Identifier: Apache-2.0
#include "tools/world/garble.hpp"

#include <cstddef>

#include <fmt/format.h>

namespace aisle::world {
namespace {

/// Where `"name":value` lies in a line; the value holds no comma and no brace.
struct field_place {
  std::size_t begin;
  std::size_t value;
  std::size_t end;
};

field_place find_field(std::string_view line, std::string_view name) {
  const auto key = fmt::format("\"{}\":", name);
  const auto begin = line.find(key);
  const auto value = begin + key.size();
  return {begin, value, line.find_first_of(",}", value)};
}

std::string without(std::string_view line, std::string_view name) {
  const auto place = find_field(line, name);
  std::string left{line.substr(0, place.begin)};
  return left.append(line.substr(place.end + 1));
}

std::string spoiled(std::string_view line, const spoiled_field& how) {
  const auto place = find_field(line, how.name);
  std::string left{line.substr(0, place.value)};
  return left.append(how.value).append(line.substr(place.end));
}

}  // namespace

std::string garbled(random_stream& random, std::string_view line, const damage& ways) {
  const auto way = random.below(2 + ways.spoiled.size());
  if (way == 0) {
    const auto kept = static_cast<double>(line.size()) * random.between(0.3, 0.9);
    return std::string{line.substr(0, static_cast<std::size_t>(kept))};
  }
  return way == 1 ? without(line, ways.missing) : spoiled(line, ways.spoiled[way - 2]);
}

}  // namespace aisle::world
