// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/coordinator.hpp"

#include <array>

#include "runtime/base/check.hpp"

namespace aisle::checkpoint {
namespace {

struct edge {
  epoch_state from;
  epoch_state to;
};
constexpr std::array edges{
    edge{epoch_state::idle, epoch_state::started},
    edge{epoch_state::started, epoch_state::complete},
    edge{epoch_state::complete, epoch_state::idle},
    edge{epoch_state::complete, epoch_state::started},
};

}  // namespace

std::string_view to_text(epoch_state state) {
  switch (state) {
    case epoch_state::idle:
      return "idle";
    case epoch_state::started:
      return "started";
    case epoch_state::complete:
      return "complete";
  }
  return "";
}

bool is_edge(epoch_state from, epoch_state to) {
  for (const auto& edge : edges) {
    if (edge.from == from && edge.to == to) {
      return true;
    }
  }
  return false;
}

void coordinator::transition_to(epoch_state next) {
  base::check(is_edge(state_, next), "epochs follow the picture in coordinator.hpp");
  state_ = next;
}

void coordinator::want_epoch(coordinator_effects& effects) {
  wanted_ = true;
  start_if_possible(effects);
}

void coordinator::reader_ended(coordinator_effects& effects) {
  ++ended_readers_;
  finish_if_all_ended(effects);
}

void coordinator::shard_finished(coordinator_effects& effects) {
  ++finished_shards_;
  finish_if_all_ended(effects);
}

void coordinator::finish_if_all_ended(coordinator_effects& effects) {
  if (ended_readers_ == who_.readers && finished_shards_ == who_.shards) {
    finish(effects);
  }
}

void coordinator::finish(coordinator_effects& effects) {
  finishing_ = true;
  start_if_possible(effects);
}

void coordinator::start_if_possible(coordinator_effects& effects) {
  const bool wanted = wanted_ || (finishing_ && !last_);
  if (!wanted || state_ == epoch_state::started || undelivered_.size() >= max_undelivered ||
      last_) {
    return;
  }
  transition_to(epoch_state::started);
  wanted_ = false;
  newest_ = newest_.next();
  if (finishing_) {
    last_ = newest_;
  }
  cuts_ = passes_ = prepares_ = 0;
  effects.start = newest_;
}

void coordinator::cut(base::epoch n, coordinator_effects& effects) {
  base::check(n == newest_, "readers cut only the epoch that was started");
  ++cuts_;
  complete_if_ready(effects);
}

void coordinator::passed(base::epoch n, coordinator_effects& effects) {
  base::check(n == newest_, "shards pass only the epoch that was started");
  ++passes_;
  complete_if_ready(effects);
}

void coordinator::prepared(base::epoch n, coordinator_effects& effects) {
  base::check(n == newest_, "lanes close only the epoch that was started");
  ++prepares_;
  complete_if_ready(effects);
}

void coordinator::complete_if_ready(coordinator_effects& effects) {
  if (cuts_ < who_.readers || passes_ < who_.shards || prepares_ < who_.lanes) {
    return;
  }
  transition_to(epoch_state::complete);
  last_complete_ = newest_;
  effects.complete = newest_;
  if (who_.lanes == 0) {
    all_delivered(newest_, effects);
    return;
  }
  undelivered_.emplace(newest_, who_.lanes);
  start_if_possible(effects);
}

void coordinator::delivered(base::epoch n, coordinator_effects& effects) {
  const auto found = undelivered_.find(n);
  base::check(found != undelivered_.end(), "lanes deliver only what is complete");
  if (--found->second == 0) {
    undelivered_.erase(found);
    all_delivered(n, effects);
  }
}

void coordinator::all_delivered(base::epoch n, coordinator_effects& effects) {
  if (undelivered_.empty() && state_ == epoch_state::complete) {
    transition_to(epoch_state::idle);
  }
  effects.done = last_ && *last_ == n;
  start_if_possible(effects);
}

}  // namespace aisle::checkpoint
