// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "runtime/node/kafka_config.hpp"
#include "runtime/node/node.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// Asks every cluster that the plan speaks to whether it is there, so that what a person has to
/// mend is said before anything begins. A login, a certificate or a setting that is refused is
/// errc::not_started: only a person changes it. A broker that does not answer in time is a fault,
/// errc::stopped: the same command may work later.
[[nodiscard]] std::expected<void, run_error> reach_brokers(const topology::plan& plan,
                                                           const kafka_config& config);

}  // namespace aisle::node
