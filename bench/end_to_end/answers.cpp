// SPDX-License-Identifier: Apache-2.0
#include "bench/end_to_end/answers.hpp"

#include <fstream>

#include <fmt/format.h>

namespace aisle::bench {
namespace {

void add(answers& all, std::string_view record) {
  const auto hash = base::hash_128(record);
  all.sum.low += hash.low;
  all.sum.high += hash.high;
  all.bytes += record.size() + 1;
  ++all.records;
}

}  // namespace

answers answers_in(const std::filesystem::path& folder) {
  answers all;
  std::string line;
  for (const auto& file : std::filesystem::directory_iterator{folder}) {
    std::ifstream records{file.path()};
    while (std::getline(records, line)) {
      add(all, line);
    }
  }
  return all;
}

std::string to_text(const answers& all) {
  return fmt::format("{} records, {} bytes, {}", all.records, all.bytes, base::to_hex(all.sum));
}

}  // namespace aisle::bench
