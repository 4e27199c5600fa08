// SPDX-License-Identifier: Apache-2.0
#include "tools/world/chain.hpp"

#include <algorithm>

namespace aisle::world {

std::expected<std::unique_ptr<chain>, world_error> chain::open(const world_options& options) {
  auto days = calendar::open(zones());
  if (!days) {
    return std::unexpected(days.error());
  }
  return std::unique_ptr<chain>(new chain(options, *std::move(days)));
}

chain::chain(const world_options& options, calendar days)
    : options_(options),
      days_(std::move(days)),
      goods_(make_goods(options_)),
      branches_(make_branches(options_)),
      prices_(options_.seed, goods_),
      web_(options_, goods_, branches_, prices_),
      rivals_(options_.seed, goods_),
      now_(instant::max()),
      end_(instant::min()) {
  for (branch_index index = 0; index < branches_.size(); ++index) {
    const chain_view view{options_, goods_, branches_, days_, prices_};
    floors_.push_back(std::make_unique<shop_floor>(view, index));
    now_ = std::min(now_, floors_.back()->begins());
    end_ = std::max(end_, floors_.back()->ends());
  }
  now_ = std::chrono::floor<std::chrono::hours>(now_);
}

void chain::run_hour(observer& seen) {
  const auto until = now_ + std::chrono::hours{1};
  for (const auto& each : floors_) {
    each->run_until(until, seen);
  }
  web_.run_hour(now_, seen);
  rivals_.run_hour(now_, seen);
  now_ = until;
}

void chain::obey() {
  for (const auto& each : floors_) {
    each->obey();
  }
}

bool chain::order(branch_index store, sku_index sku, std::int64_t units, observer& seen) {
  return floors_[store]->order(now_, sku, units, seen);
}

}  // namespace aisle::world
