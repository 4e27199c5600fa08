// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace aisle::bench {

inline constexpr int stores = 100;

/// A sale in the middle of the night; every tenth store is closed then.
inline std::string sale(std::uint64_t number) {
  const auto store = number % stores;
  return fmt::format(
      R"({{"transaction_id":"{}","timestamp":"2026-01-05T03:00:00.000Z","store_id":"S{:03}",)"
      R"("terminal_id":"S{:03}-T{}","customer_id":null,"payment":"card","total_amount":"{}.{:02}",)"
      R"("items":[{{"line":1,"sku":"000012","quantity":1,"unit_price":"0.89"}},)"
      R"({{"line":2,"sku":"000025","quantity":2,"unit_price":"2.99"}}]}})",
      number, store, store, number / stores % 4, 3 + number % 17, number % 100);
}

/// The store of a sale: its key.
inline std::string store_of(std::uint64_t number) { return fmt::format("S{:03}", number % stores); }

/// Its store is closed, which is worth a decision.
inline bool is_decided(std::uint64_t number) { return number % stores % 10 == 0; }

/// The number of the sale that a record of decisions tells of: one of a store that is closed.
inline std::optional<std::uint64_t> sale_decided(std::string_view decision) {
  constexpr std::string_view code = R"("code":"off_hours")";
  constexpr std::string_view event = R"("event":")";
  const auto at = decision.find(event);
  if (decision.find(code) == std::string_view::npos || at == std::string_view::npos) {
    return std::nullopt;
  }
  return std::strtoull(decision.data() + at + event.size(), nullptr, 10);
}

/// The table of all stores, `stores.csv` in the folder.
inline void write_stores(const std::filesystem::path& to) {
  std::ofstream file{to / "stores.csv"};
  file << "store_id,name,region,zone,opens,closes,terminals\n";
  for (int store = 0; store < stores; ++store) {
    file << fmt::format("S{:03},Store,Region,UTC,{},4\n", store,
                        store % 10 == 0 ? "08:00,20:00" : "00:00,24:00");
  }
}

}  // namespace aisle::bench
