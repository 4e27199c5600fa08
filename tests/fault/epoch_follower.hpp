// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "runtime/control/records.hpp"
#include "tests/fault/findings.hpp"

namespace aisle::fault {

/// Reads the control log in the state of a node that runs, or was killed: from the file itself,
/// page by page, without a lock and without LMDB. Checks that no record ever changes or goes, that
/// complete epochs have no gap, that each stands under the last Assign, each Assign on the last
/// complete one, and that no source goes back.
class epoch_follower {
 public:
  explicit epoch_follower(const std::filesystem::path& state) : file_{state / "data.mdb"} {}

  void look(findings& wrong);
  /// Of the last record seen that completes one; 0 before the first.
  [[nodiscard]] std::uint64_t epochs() const { return last_complete_.epoch.get(); }
  /// Generations: how often somebody began.
  [[nodiscard]] std::uint64_t generations() const { return generations_; }

 private:
  using rows = std::map<std::int64_t, std::string>;
  /// False when somebody wrote meanwhile, so that the rows are of no one moment.
  [[nodiscard]] bool read(rows& into, findings& wrong) const;
  void take(const control::log_entry& entry, findings& wrong);
  void take_assign(const control::assign_record& assign, std::int64_t at, findings& wrong);
  void take_complete(const control::complete_record& complete, findings& wrong);

  std::filesystem::path file_;
  rows seen_;
  control::attempt last_complete_;
  control::cut_state last_cut_;
  std::int64_t last_assign_ = 0;
  std::uint64_t generations_ = 0;
};

}  // namespace aisle::fault
