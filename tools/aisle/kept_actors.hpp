// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/aisle/commands.hpp"

namespace aisle::tool {

/// `actor ls` and `actor get` of a node that does not run: from its state, in the lines of one that
/// does.
int kept_actor_command(const actor_options& options);

}  // namespace aisle::tool
