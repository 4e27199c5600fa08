// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/checkpoint/kept_store.hpp"
#include "runtime/checkpoint/lane_note.hpp"
#include "runtime/checkpoint/shard_keeping.hpp"
#include "runtime/checkpoint/sole_member.hpp"
#include "runtime/checkpoint/state_writer.hpp"
#include "runtime/io/source_delta.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/topology/past_layouts.hpp"
#include "runtime/topology/transition.hpp"

namespace aisle::node {

/// How the shards, lanes and readers of a wiring are called in the state, by their index there.
struct kept_names {
  std::vector<control::shard_name> shards;
  std::vector<control::shard_name> lanes;
  std::vector<control::shard_name> readers;
};
[[nodiscard]] kept_names names_of(const topology::plan& plan, const wiring& wired);

/// A lane as the last complete epoch left it.
struct kept_lane {
  checkpoint::lane_note note;
  checkpoint::lane_memory memory;
  /// Where its output ends for certain: what is not delivered yet comes behind it.
  std::int64_t delivered_bytes = 0;
};

/// What a state is opened with.
struct state_options {
  /// None: nothing outlives the run.
  std::optional<std::filesystem::path> folder{};
  /// Of each stage.
  std::uint32_t shards = 1;
  /// By source, 0 for one without its own.
  std::vector<std::uint32_t> partitions{};
  /// What the topology has no use for, or cannot go on with, is forgotten.
  bool may_drop = false;
};

/// What a node remembers: in a folder, or, without one, only as long as it runs. Opened before
/// anything else is, it has read the control log, leads, and stands on the last complete epoch.
class kept_state {
 public:
  /// The text of an error says what is wrong, where, and what to do.
  struct trouble {
    /// Nothing was changed or begun; otherwise a fault.
    bool nothing_done = true;
    std::string text;
  };
  [[nodiscard]] static std::expected<std::unique_ptr<kept_state>, trouble> open(
      const topology::plan& plan, const wiring& wired, const state_options& how,
      base::identities& ids = base::system_identities());

  [[nodiscard]] bool is_durable() const { return kv_ != nullptr; }
  /// Something of an earlier run is there to go on from.
  [[nodiscard]] bool goes_on() const { return from_ != control::the_beginning; }
  /// And of this shard, lane or reader, too: it is not new in the topology.
  [[nodiscard]] bool goes_on(const control::shard_name& shard) const {
    return goes_on() && !new_.contains(shard);
  }
  [[nodiscard]] control::attempt from() const { return from_; }
  [[nodiscard]] control::generation generation() const { return member_->generation(); }
  /// Names this history, and no other.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const kept_names& names() const { return names_; }
  /// By reader: its partitions, at least one.
  [[nodiscard]] const std::vector<std::uint32_t>& partitions() const { return partitions_; }
  [[nodiscard]] kv::copy_id copy_of(const control::shard_name& shard) const {
    return copies_.at(shard);
  }

  // Of a durable one; the last three only where it goes on.

  /// How what was kept of a stage under other topologies is read.
  [[nodiscard]] const std::shared_ptr<const entity::kept_layouts>& layouts_of(
      std::size_t stage) const {
    return layouts_[stage];
  }
  [[nodiscard]] std::unique_ptr<checkpoint::kept_store> store_of(std::size_t shard) const;
  /// A shard that is new in the topology stands where the rest does, with nothing.
  [[nodiscard]] std::expected<entity::shard_beginning, std::string> load_shard(
      std::size_t shard, const wired_shard& wired) const;
  [[nodiscard]] std::expected<io::source_beginning, std::string> load_source(
      std::size_t reader) const;
  [[nodiscard]] std::expected<kept_lane, std::string> load_lane(std::size_t lane) const;
  /// One part of an outbox, as it was stored.
  [[nodiscard]] std::expected<std::string, std::string> outbox_part(std::size_t lane,
                                                                    control::attempt of,
                                                                    std::uint32_t part) const;

  /// For whoever drives the epochs from here on.
  [[nodiscard]] checkpoint::sole_member& member() { return *member_; }
  /// Null: nothing is written.
  [[nodiscard]] checkpoint::state_writer* writer() { return writer_.get(); }

 private:
  kept_state() = default;

  friend class state_opener;

  kept_names names_;
  std::vector<std::uint32_t> partitions_;
  std::string id_;
  control::attempt from_;
  std::map<control::shard_name, kv::copy_id> copies_;
  std::set<control::shard_name> new_;
  /// By stage.
  std::vector<std::shared_ptr<const entity::kept_layouts>> layouts_;
  std::unique_ptr<kv::node_state> kv_;
  std::unique_ptr<kv::embedded_log> log_;
  std::unique_ptr<checkpoint::state_writer> writer_;
  std::unique_ptr<checkpoint::sole_member> member_;
};

}  // namespace aisle::node
