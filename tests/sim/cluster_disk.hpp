// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/checkpoint/copy.hpp"
#include "runtime/control/control_log.hpp"
#include "tests/sim/cluster_workload.hpp"

namespace aisle::cluster_sim {

using checkpoint::version;

/// A value and the attempt that wrote it; no value: a tombstone.
struct cell {
  control::attempt attempt;
  std::optional<std::string> value;
};

/// What a disk has of one shard.
struct stored_copy {
  /// Not while it is filled.
  bool whole = false;
  version base;
  std::map<std::string, cell> cells;
  struct link {
    version is;
    changes rows;
  };
  std::vector<link> chain;

  [[nodiscard]] checkpoint::copy_image image() const;
  [[nodiscard]] bool holds(attempt is) const;
  /// As of the attempt: deltas up to it over the base, whatever lies above.
  [[nodiscard]] rows read(attempt is) const;
  /// The same, each with the attempt that wrote it.
  [[nodiscard]] std::map<std::string, cell> cells_at(attempt is) const;
  /// Brings some cells of the chain up to `to` into the base; true when that was all of them.
  bool fold_some(attempt to, std::size_t cells_max);
};

/// What survives a crash of a node, unless the disk is lost with it.
struct disk {
  control::kv_id kv;
  std::optional<control::log_id> log;
  control::log_offset applied = control::before_the_log;
  control::generation kv_gen;
  std::map<shard_name, stored_copy> copies;
};

/// Values of a fill, as they are sent.
[[nodiscard]] std::string encode_cells(const std::map<std::string, cell>& cells);
[[nodiscard]] std::map<std::string, cell> decode_cells(const std::string& bytes);

}  // namespace aisle::cluster_sim
