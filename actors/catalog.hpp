// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// Every behaviour a topology can name: the only list of them.
[[nodiscard]] entity::catalog make_catalog();

}  // namespace aisle::shop
