// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/aisle/commands.hpp"

namespace aisle::tool {

// What `aisle checkpoint` does, once its arguments make sense; each answers the exit code.

/// The epochs that a state holds.
int checkpoint_ls(const checkpoint_options& options);
/// Its copies one by one, and the control log.
int checkpoint_show(const checkpoint_options& options);
int checkpoint_verify(const checkpoint_options& options);
int checkpoint_export(const checkpoint_options& options);
int checkpoint_restore(const checkpoint_options& options);
int checkpoint_diff(const checkpoint_options& options);

}  // namespace aisle::tool
