// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/told_status.hpp"

#include <algorithm>

namespace aisle::fault {

told_status told_status::latest_of(const e2e::running& process) {
  const auto all = process.printed();
  const auto end = all.rfind('\n');
  if (end == std::string::npos)
    return told_status{e2e::json::parse(R"({"epochs": 0, "sources": {}, "sinks": {}})")};
  const auto before = end == 0 ? std::string::npos : all.rfind('\n', end - 1);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  return told_status{e2e::json::parse(all.substr(begin, end - begin))};
}

std::uint64_t told_status::read() const {
  std::uint64_t records = 0;
  for (const auto& source : of_["sources"])
    records += source["read"].get<std::uint64_t>();
  return records;
}

bool told_status::some_source_held_up() const {
  return std::ranges::any_of(of_["sources"], [](const e2e::json& source) {
    return source["held_up"].get<bool>() && !source["ended"].get<bool>();
  });
}

std::uint64_t told_status::epochs() const { return of_["epochs"].get<std::uint64_t>(); }

std::uint64_t told_status::epochs_waiting() const {
  std::uint64_t most = 0;
  for (const auto& sink : of_["sinks"])
    most = std::max(most, sink["epochs_waiting"].get<std::uint64_t>());
  return most;
}

e2e::strings told_status::standing() const {
  e2e::strings names;
  for (const auto& [name, sink] : of_["sinks"].items()) {
    if (sink["stands"].get<bool>()) names.push_back(name);
  }
  return names;
}

}  // namespace aisle::fault
