// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>

#include "runtime/base/time.hpp"
#include "runtime/node/node.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// How long a start waits for a cluster that does not answer: as long as `kafka.connect_within`
/// says. Where it says nothing a run that goes on from a state waits without end (nothing): the
/// brokers it names were there before, and its results are to come. Any other waits 30 s, because a
/// name that is mistyped has to come to light.
[[nodiscard]] std::optional<base::duration> start_patience(const run_options& options);

enum class brokers {
  /// Every cluster has answered.
  are_there,
  /// The run was asked to stop while it waited for one.
  not_waited_for,
};

/// Asks every cluster that the plan speaks to whether it is there, so that what a person has to
/// mend is said before anything begins; `options.notice` hears which one is waited for, and since
/// when. A login, a certificate or a setting that is refused is errc::not_started: only a person
/// changes it. A broker that does not answer in time is a fault, errc::stopped: the same command
/// may work later.
[[nodiscard]] std::expected<brokers, run_error> reach_brokers(const topology::plan& plan,
                                                              const run_options& options);

}  // namespace aisle::node
