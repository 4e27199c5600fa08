// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tools/world/records.hpp"

namespace aisle::world {

/// Writes records as the lines of the event files, without the newline. README.md has the shapes.
class record_text {
 public:
  /// Both must outlive the object.
  record_text(std::span<const product> goods, std::span<const branch> branches)
      : goods_(goods), branches_(branches) {}

  std::string_view store_id(branch_index store) const { return branches_[store].id; }
  void put_transaction_id(std::string& to, const sale& what) const;

  /// What the record's contract partitions by: the store, the customer, the product.
  void put_key(std::string& to, const sale& what) const;
  void put_key(std::string& to, const stock_move& what) const;
  void put_key(std::string& to, const click& what) const;
  void put_key(std::string& to, const quote& what) const;

  void put(std::string& to, const sale& what) const;
  void put(std::string& to, const stock_move& what) const;
  void put(std::string& to, const click& what) const;
  void put(std::string& to, const quote& what) const;

 private:
  void put_item(std::string& to, std::uint64_t number, const sale_line& line) const;

  std::span<const product> goods_;
  std::span<const branch> branches_;
};

/// The code of an anomaly as decisions and truth have it: "price_error".
std::string_view anomaly_name(anomaly code);

}  // namespace aisle::world
