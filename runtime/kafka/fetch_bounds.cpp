// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/fetch_bounds.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace aisle::kafka {
namespace {

// Of all partitions together, and of each at least.
constexpr std::uint32_t ahead_kib = 16 << 10;
constexpr std::uint32_t ahead_kib_min = 256;
constexpr std::uint32_t ahead_records = 200'000;
constexpr std::uint32_t ahead_records_min = 1000;
constexpr std::uint32_t fetch_bytes = 8 << 20;
constexpr std::uint32_t fetch_bytes_min = 64 << 10;
constexpr std::uint32_t fetch_bytes_max = 1 << 20;

std::string share(std::uint32_t all, std::uint32_t partitions, std::uint32_t least) {
  return fmt::to_string(std::max(all / partitions, least));
}

}  // namespace

settings with_fetch_bounds(settings to, std::uint32_t partitions) {
  const auto fetched = std::clamp(fetch_bytes / partitions, fetch_bytes_min, fetch_bytes_max);
  const std::vector<property> bounds{
      {"queued.max.messages.kbytes", secret{share(ahead_kib, partitions, ahead_kib_min)}},
      {"queued.min.messages", secret{share(ahead_records, partitions, ahead_records_min)}},
      {"fetch.message.max.bytes", secret{fmt::to_string(fetched)}},
      {"fetch.max.bytes", secret{fmt::to_string(fetch_bytes)}},
      // The end of a partition, behind the marks of transactions, is known only after this.
      {"fetch.wait.max.ms", secret{"100"}},
      {"fetch.error.backoff.ms", secret{"100"}}};
  to.properties.insert(to.properties.begin(), bounds.begin(), bounds.end());
  return to;
}

}  // namespace aisle::kafka
