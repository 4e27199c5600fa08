// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "actors/catalog.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/entity/stage.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/topology/load.hpp"

// SKU actors with the price check and the price model of `retail`, and lines of invoices for them.
namespace aisle::bench {

inline constexpr std::string_view sku_topology = R"(aisle: 1
topology: bench
sources:
  lines: {topic: lines, contract: online_retail}
actors:
  sku:
    per: StockCode
    reads: lines
    decides:
      odd_price: {anomaly: price_error, of: UnitPrice, units: Quantity}
      price: {price: elasticity, sold: Quantity, paid: UnitPrice, cost_share: 0.6}
sinks:
  decisions: {from: "*.decisions", topic: decisions}
)";

inline topology::plan make_sku_plan() {
  topology::options with;
  with.inputs = topology::inputs::may_be_missing;
  with.contract_dirs = {std::filesystem::path{AISLE_SOURCE_DIR} / "config" / "contracts"};
  auto plan =
      topology::load_text(std::string{sku_topology}, "bench.yaml", with, shop::make_catalog());
  base::check(plan.has_value(), "the bench's own topology is sound");
  return std::move(*plan);
}

/// Event time of everything: one noon, so that no day ends and nothing is measured but events.
inline record::batch lines_of(const std::vector<std::uint64_t>& keys, const record::contract& by,
                              const entity::stage& of) {
  const auto decoder = record::make_json_decoder(by);
  const auto texts = record::text_fields(by.fields());
  record::batch events{by.fields().words()};
  record::decoded row;
  std::string key;
  for (const auto number : keys) {
    const auto raw =
        fmt::format(R"({{"InvoiceNo":"1","StockCode":"{:08}","Quantity":{},)"
                    R"("InvoiceDate":"2011-03-01 12:00:00","UnitPrice":4.95,"Country":"UK"}})",
                    number, 1 + number % 3);
    base::check(decoder->decode(raw, row).has_value(), "a good record");
    key.clear();
    record::encode_key(key, row.row(), of.streams[0].key, by.fields());
    record::event_head head;
    head.at = head.seen = base::event_time{std::chrono::seconds{1'298'980'800}};
    head.key_hash = base::hash64(key);
    events.append(head, row.row(), texts);
  }
  return events;
}

inline std::chrono::duration<double> cpu_used() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec};
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

/// A line of /proc/self/status, in bytes: VmRSS for now, VmHWM for the most there ever was.
inline std::size_t resident(std::string_view what) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) {
      return std::stoul(line.substr(what.size() + 1)) * 1024;
    }
  }
  return 0;
}

}  // namespace aisle::bench
