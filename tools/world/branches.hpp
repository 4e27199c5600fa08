// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/options.hpp"

namespace aisle::world {

/// A store by its place in stores.csv.
using branch_index = std::uint32_t;

/// One store: what the chain knows of it, and what is true of it.
struct branch {
  std::string id;    ///< "S001"
  std::string name;  ///< "Hamburg Altona"
  std::string_view region;
  std::size_t zone;  ///< in zones()
  int opens;         ///< whole hours on the clock on the wall, every day
  int closes;        ///< 24 with opens 0: always open
  int terminals;

  double size;                   ///< true: customers, as a multiple of the average store's
  std::uint32_t assortment;      ///< it sells the most popular so many products
  std::array<double, 7> rhythm;  ///< true: demand by day of the week, Monday first, mean 1
  std::array<double, 24> hours;  ///< true: weight of each hour of the clock; 0 when closed

  bool always_open() const { return opens == 0 && closes == 24; }
};

/// The IANA names of the chain's time zones.
std::span<const std::string_view> zones();

std::vector<branch> make_branches(const world_options& options);

}  // namespace aisle::world
