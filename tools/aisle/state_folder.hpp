// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entity/actor_host.hpp"
#include "runtime/kv/node_state.hpp"
#include "runtime/topology/past_layouts.hpp"
#include "tools/aisle/open_topology.hpp"

// What commands that look into the state of a stopped node share.
namespace aisle::tool {

/// Opens the state for looking; it must be there. Who may not have it says which process has it.
[[nodiscard]] kv::result<std::unique_ptr<kv::node_state>> open_state(const std::string& folder);

/// Says on stderr why, with `instead` as a hint when a node runs there, and answers the exit code:
/// nothing was done, or stopped by a fault.
int state_failure(const kv::error& why, std::string_view instead = {});

/// What is known of the stages of a state: names and types from the manifest that it keeps, and,
/// where a topology is given, how behaviours show what they kept.
class known_stages {
 public:
  /// The error is the exit code; what is wrong was said.
  [[nodiscard]] static std::expected<known_stages, int> read(const topology_options& options,
                                                             const kv::node_state& state);

  /// Null without a topology that has it.
  [[nodiscard]] const entity::stage* find(std::string_view name) const;
  /// The fields of its key; none when nobody says.
  [[nodiscard]] std::span<const record::key_field> key_of(std::string_view stage) const;
  [[nodiscard]] bool has_topology() const { return topology_ != nullptr; }

  /// A key as JSON: by its fields' names where they are known, otherwise as text, or, where it is
  /// none, `{"hex":…}`.
  [[nodiscard]] std::string key_json(std::string_view stage, std::string_view key) const;
  /// An actor's states as JSON, by the names of its behaviours where those are known.
  [[nodiscard]] std::string states_json(std::string_view stage, std::string_view key,
                                        std::string_view kept) const;
  /// Whether the behaviours take an actor up; of a stage that is not known, nobody says no.
  [[nodiscard]] std::expected<void, std::string> read_actor(std::string_view stage,
                                                            std::string_view key,
                                                            std::string_view kept) const;
  [[nodiscard]] std::expected<void, std::string> read_page(std::string_view stage,
                                                           std::string_view bytes) const;

 private:
  struct known {
    std::vector<record::key_field> key;
    /// In the order in which states are packed, as the newest manifest has them.
    std::vector<std::string> behaviours;
    /// With a topology.
    const entity::stage* stage = nullptr;
    std::shared_ptr<const entity::kept_layouts> layouts;
    std::unique_ptr<entity::actor_host> host;
  };

  [[nodiscard]] std::expected<void, std::string> take(const topology::history& of_state);
  [[nodiscard]] const known* look_up(std::string_view stage) const;

  /// On the heap: stages point into it, and hosts to stages.
  std::unique_ptr<opened_topology> topology_;
  std::vector<entity::stage> stages_;
  std::map<std::string, known, std::less<>> known_;
};

/// `(12,5)` as `{"generation":12,"epoch":5}`.
[[nodiscard]] std::string attempt_json(const control::attempt& of);

/// Times that mean none are empty.
[[nodiscard]] std::string time_text(base::event_time at);

/// When a file was written last.
[[nodiscard]] std::string written_at(const std::filesystem::path& file);

}  // namespace aisle::tool
