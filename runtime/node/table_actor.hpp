// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include "runtime/node/table_watch.hpp"
#include "runtime/node/topic_table.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// What is followed of the plan's tables: files, and topics by table (null for a file).
struct followed_tables {
  std::shared_ptr<table_watch> files;
  std::vector<std::shared_ptr<topic_table>> topics;
};

/// Follows the plan's tables, detached, because files block: a good new version goes to the
/// coordinator, what is wrong with a bad one to the supervisor, and the old one stays in force.
/// `plan` must outlive it.
caf::behavior table_actor(caf::event_based_actor* self, const followed_tables& followed,
                          const topology::plan& plan, const caf::actor& coordinator,
                          const caf::actor& supervisor);

}  // namespace aisle::node
