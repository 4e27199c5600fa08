// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "tools/world/branches.hpp"
#include "tools/world/goods.hpp"
#include "tools/world/options.hpp"

namespace aisle::world {

// The small files, each as one text. README.md has their columns and fields.

/// stores.csv, products.csv: what the chain knows.
std::string stores_csv(std::span<const branch> branches);
std::string products_csv(std::span<const product> goods);

/// truth/stores.ndjson, products.ndjson, promotions.ndjson: what is true and nobody knows.
std::string stores_truth(std::span<const branch> branches);
std::string products_truth(std::span<const product> goods);
std::string promotions_truth(const world_options& options, std::span<const product> goods);

}  // namespace aisle::world
