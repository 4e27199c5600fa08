// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/checkpoint/backlog.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

/// How many epochs wait for each sink. What was heard of why is forgotten where none does.
void show(const checkpoint::backlog& of, view::run_status& in);

/// What a person should hear now of sinks that stand, or go on: which, how much waits for them,
/// what that means for the run, and why, where that was heard. Marks those that stand.
[[nodiscard]] std::vector<std::string> news_of(checkpoint::backlog& of, base::duration now,
                                               view::run_status& in);

}  // namespace aisle::node
