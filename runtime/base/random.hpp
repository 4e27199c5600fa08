// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace aisle::base {

/// Where numbers come from that no other process may have: ids of processes, states and logs. A
/// parameter of whoever makes such ids, so that a test may give its own.
class identities {
 public:
  identities() = default;
  identities(const identities&) = delete;
  identities& operator=(const identities&) = delete;
  virtual ~identities() = default;
  /// 64 bits that nobody can foresee.
  [[nodiscard]] virtual std::uint64_t next() = 0;
};

/// The system's. Any thread may use it.
[[nodiscard]] identities& system_identities();

}  // namespace aisle::base
