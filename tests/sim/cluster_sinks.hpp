// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/checkpoint/delivery_sink.hpp"
#include "tests/sim/cluster_mutations.hpp"

namespace aisle::cluster_sim {

using checkpoint::marker;
using checkpoint::sink_end;

enum class sink_kind : std::uint8_t { transactional, embedded_log, database, files };

/// What becomes of the next write.
enum class write_fate : std::uint8_t {
  done,
  /// Done, and the answer is lost.
  done_unseen,
  not_done,
  /// On its way, and the answer is lost.
  done_later,
};

/// Where one lane's output ends up; outlives every node.
class sink_system {
 public:
  sink_system(sink_kind kind, mutation lie) : kind_{kind}, lie_{lie} {}

  /// Another producer of the lane; none other is touched until it fences.
  [[nodiscard]] std::unique_ptr<checkpoint::delivery_sink> make_producer();

  void next_write(write_fate fate) { fate_ = fate; }
  /// `commits`: how an unfinished transaction ends when its producer is fenced.
  void next_fence(bool commits) { commits_ = commits; }
  /// What is under way arrives.
  void land();
  [[nodiscard]] bool something_under_way() const { return under_way_.has_value(); }

  [[nodiscard]] sink_kind kind() const { return kind_; }
  /// What a reader of committed data sees.
  [[nodiscard]] const std::string& visible() const { return visible_; }
  /// Nothing for files.
  [[nodiscard]] const std::optional<marker>& committed_marker() const { return marker_; }

 private:
  friend class producer;
  struct write {
    std::uint64_t by = 0;
    std::optional<checkpoint::outbox_head> outbox;
    std::uint32_t part = 0;
    std::int64_t start = 0;
    std::string bytes;
  };

  void fence(std::uint64_t& token);
  [[nodiscard]] sink_end put(write what);
  [[nodiscard]] bool apply(const write& what);
  [[nodiscard]] bool fits(const write& what) const;

  sink_kind kind_;
  mutation lie_;
  write_fate fate_ = write_fate::done;
  bool commits_ = true;
  std::uint64_t fence_ = 0;
  std::optional<marker> marker_;
  std::string visible_;
  std::optional<write> under_way_;
};

}  // namespace aisle::cluster_sim
