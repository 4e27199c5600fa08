// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/kafka_places.hpp"

#include <deque>
#include <fstream>
#include <unordered_map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/world.hpp"
#include "tests/support/kafka_records.hpp"

namespace aisle::fault {

void kafka_places::add(const std::string& source, const std::filesystem::path& file,
                       const std::string& topic, const std::string& servers) {
  std::unordered_map<std::string, std::deque<place>> there;
  for (const auto& record : test_support::read_all(servers, topic))
    there[record.value.value_or("")].emplace_back(record.partition, record.offset);
  std::ifstream lines{file};
  auto& places = places_[source];
  for (std::string line; std::getline(lines, line);) {
    auto& equal = there[line];
    // An assertion for each of half a million lines would take longer than all else.
    if (equal.empty()) FAIL(topic, " lacks: ", line);
    places.push_back(equal.front());
    equal.pop_front();
  }
}

std::string kafka_places::moved(const std::string& result) const {
  const auto from = e2e::json::parse(result);
  if (from["source"].is_null()) return result;
  const auto line = from["offset"].get<std::size_t>();
  const auto& [partition, offset] = places_.at(from["source"].get<std::string>()).at(line);
  const auto before = fmt::format(R"("partition":0,"offset":{},)", line);
  auto after = result;
  const auto at = after.find(before);
  REQUIRE_MESSAGE(at != std::string::npos, result);
  return after.replace(at, before.size(),
                       fmt::format(R"("partition":{},"offset":{},)", partition, offset));
}

}  // namespace aisle::fault
