// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/record/contract.hpp"
#include "runtime/topology/complaints.hpp"
#include "runtime/topology/spec.hpp"

namespace aisle::topology {

/// Finds contracts by name: NAME.yaml in the first of its folders that has one. Each is read once.
class contract_shelf {
 public:
  explicit contract_shelf(std::vector<std::filesystem::path> folders)
      : folders_{std::move(folders)} {}

  /// The contract, or null, when it is not there or not good; what is wrong with it is said once.
  [[nodiscard]] std::shared_ptr<const record::contract> take(const word& name, complaints& about);

  /// The names of all contracts in all folders, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::vector<std::filesystem::path> folders_;
  std::map<std::string, std::shared_ptr<const record::contract>> taken_;
};

}  // namespace aisle::topology
