// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entity/stage.hpp"
#include "runtime/kv/node_state.hpp"
#include "tools/aisle/open_topology.hpp"

// What commands that look into the state of a stopped node share.
namespace aisle::tool {

/// Opens the state for looking; it must be there. Who may not have it says which process has it.
[[nodiscard]] kv::result<std::unique_ptr<kv::node_state>> open_state(const std::string& folder);

/// Says on stderr why, with `instead` as a hint when a node runs there, and answers the exit code:
/// nothing was done, or stopped by a fault.
int state_failure(const kv::error& why, std::string_view instead = {});

/// The stages of the topology that was given with a state; none when none was given.
class known_stages {
 public:
  /// The diagnostics were reported when there is an error, which is the exit code.
  [[nodiscard]] static std::expected<known_stages, int> read(const topology_options& options);

  [[nodiscard]] const entity::stage* find(std::string_view name) const;
  [[nodiscard]] const std::vector<entity::stage>& all() const { return stages_; }
  [[nodiscard]] bool empty() const { return stages_.empty(); }

  /// A key as JSON: by its fields' names where the stage is known, otherwise as text, or, where it
  /// is none, `{"hex":…}`.
  [[nodiscard]] std::string key_json(std::string_view stage, std::string_view key) const;
  /// An actor's states as JSON, by the names of behaviours where the stage is known; null when
  /// there are none.
  [[nodiscard]] std::string states_json(std::string_view stage, std::string_view kept) const;

 private:
  /// On the heap: stages point into it.
  std::unique_ptr<opened_topology> topology_;
  std::vector<entity::stage> stages_;
};

/// `(12,5)` as `{"generation":12,"epoch":5}`.
[[nodiscard]] std::string attempt_json(const control::attempt& of);

/// Times that mean none are empty.
[[nodiscard]] std::string time_text(base::event_time at);

/// When a file was written last.
[[nodiscard]] std::string written_at(const std::filesystem::path& file);

}  // namespace aisle::tool
