// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/control/control_log.hpp"
#include "runtime/kv/node_state.hpp"

namespace aisle::kv {

/// The control log in a node's own state: one synced commit per append. The lock of the folder is
/// the fence between processes; within this one, the object that fenced last may append.
class embedded_log final : public control::control_log {
 public:
  /// `state` must outlive it.
  explicit embedded_log(node_state& state) : state_{state} {}

  control::result<void> fence() override;
  std::expected<log_offset, control::append_failure> append(const control::record& what,
                                                            log_offset after) override;
  control::result<log_offset> end() override;
  control::result<std::vector<control::log_entry>> read(log_offset from,
                                                        std::size_t count_max) override;

  /// Why the last append failed. Where it is errc::no_space, nothing has changed, so that the same
  /// append may be made again: this log knows what others can only guess.
  [[nodiscard]] const error& trouble() const { return trouble_; }

 private:
  node_state& state_;
  std::uint64_t fence_ = 0;
  error trouble_{};
};

}  // namespace aisle::kv
