// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cluster_disk.hpp"

#include <algorithm>

#include "runtime/base/check.hpp"
#include "runtime/base/pack.hpp"

namespace aisle::cluster_sim {

checkpoint::copy_image stored_copy::image() const {
  checkpoint::copy_image found;
  if (whole) {
    found.versions.push_back(base);
    for (const auto& link : chain) {
      found.versions.push_back(link.is);
    }
  }
  return found;
}

bool stored_copy::holds(attempt is) const {
  const auto versions = image().versions;
  return std::ranges::find(versions, is, &version::attempt) != versions.end();
}

std::map<std::string, cell> stored_copy::cells_at(attempt is) const {
  auto found = cells;
  for (const auto& link : chain) {
    if (link.is.attempt > is) {
      break;
    }
    for (const auto& [row, value] : link.rows) {
      found[row] = {.attempt = link.is.attempt, .value = value};
    }
  }
  return found;
}

rows stored_copy::read(attempt is) const {
  rows found;
  for (const auto& [row, cell] : cells_at(is)) {
    if (cell.value) {
      found[row] = *cell.value;
    }
  }
  return found;
}

bool stored_copy::fold_some(attempt to, std::size_t cells_max) {
  for (const auto& link : chain) {
    if (link.is.attempt > to) {
      break;
    }
    for (const auto& [row, value] : link.rows) {
      auto& known = cells[row];
      if (known.attempt >= link.is.attempt) {
        continue;
      }
      if (cells_max-- == 0) {
        return false;
      }
      known = {.attempt = link.is.attempt, .value = value};
    }
  }
  const auto last = std::ranges::find(chain, to, [](const link& l) { return l.is.attempt; });
  if (last != chain.end()) {
    base = last->is;
    chain.erase(chain.begin(), last + 1);
    std::erase_if(cells, [](const auto& entry) { return !entry.second.value; });
  }
  return true;
}

std::string encode_cells(const std::map<std::string, cell>& cells) {
  std::string bytes;
  base::packer to{bytes};
  to.array(static_cast<std::uint32_t>(cells.size()));
  for (const auto& [row, cell] : cells) {
    to.text(row);
    to.integer(cell.attempt.generation.get());
    to.integer(static_cast<std::int64_t>(cell.attempt.epoch.get()));
    cell.value ? to.bytes(*cell.value) : to.nil();
  }
  return bytes;
}

std::map<std::string, cell> decode_cells(const std::string& bytes) {
  std::map<std::string, cell> cells;
  base::unpacker from{bytes};
  const auto size = from.array(1U << 20);
  for (std::uint32_t i = 0; i < size; ++i) {
    auto& to = cells[std::string{from.text()}];
    to.attempt.generation = control::generation{from.integer()};
    to.attempt.epoch = base::epoch{static_cast<std::uint64_t>(from.integer())};
    if (!from.nil()) {
      to.value = std::string{from.bytes()};
    }
  }
  base::check(from.done(), "a fill is read as it was written");
  return cells;
}

}  // namespace aisle::cluster_sim
