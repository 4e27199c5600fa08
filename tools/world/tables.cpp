// SPDX-License-Identifier: Apache-2.0
#include "tools/world/tables.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/world/prices.hpp"
#include "tools/world/text.hpp"

namespace aisle::world {
namespace {

/// The products in the order of their SKUs, which says nothing about how popular they are.
std::vector<sku_index> by_sku(std::span<const product> goods) {
  std::vector<sku_index> order(goods.size());
  std::iota(order.begin(), order.end(), sku_index{0});
  std::ranges::sort(order, {}, [&](sku_index sku) { return std::string_view{goods[sku].sku}; });
  return order;
}

}  // namespace

std::string stores_csv(std::span<const branch> branches) {
  std::string text = "store_id,name,region,zone,opens,closes,terminals\n";
  for (const auto& each : branches) {
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{:02}:00,{:02}:00,{}\n", each.id,
                   each.name, each.region, zones()[each.zone], each.opens, each.closes,
                   each.terminals);
  }
  return text;
}

std::string products_csv(std::span<const product> goods) {
  std::string text = "sku,name,category,price,cost,lead_time,pack,moq\n";
  for (const auto sku : by_sku(goods)) {
    const auto& each = goods[sku];
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{},{},{}\n", each.sku, each.name,
                   each.category, as_text(each.price), as_text(each.cost), each.lead_time,
                   each.pack, each.moq);
  }
  return text;
}

std::string stores_truth(std::span<const branch> branches) {
  std::string text;
  for (const auto& each : branches) {
    fmt::format_to(std::back_inserter(text),
                   R"({{"store_id":"{}","size":{:.6g},"assortment":{},"rhythm":[{:.6g}],)"
                   R"("hours":[{:.6g}]}})"
                   "\n",
                   each.id, each.size, each.assortment, fmt::join(each.rhythm, ","),
                   fmt::join(each.hours, ","));
  }
  return text;
}

std::string products_truth(std::span<const product> goods) {
  std::string text;
  for (const auto sku : by_sku(goods)) {
    const auto& each = goods[sku];
    fmt::format_to(std::back_inserter(text),
                   R"({{"sku":"{}","rank":{},"level":{:.6g},"elasticity":{:.6g},"phi":{:.6g},)"
                   R"("slow":{}}})"
                   "\n",
                   each.sku, sku + 1, each.level, each.elasticity, each.spread.phi(), each.slow);
  }
  return text;
}

std::string promotions_truth(const world_options& options, std::span<const product> goods) {
  const auto first = promotion_week(calendar_day{options.start});
  const auto last =
      promotion_week(calendar_day{options.start} + std::chrono::days{options.days - 1});
  std::string text;
  for (auto week = first; week <= last; ++week) {
    const auto from = first_day_of_week(week);
    for (const auto sku : by_sku(goods)) {
      if (const auto reduced = promotion_of(options.seed, goods, sku, from)) {
        fmt::format_to(std::back_inserter(text),
                       R"({{"sku":"{}","from":"{}","until":"{}","price":"{}","was":"{}",)"
                       R"("uplift":{:.6g}}})"
                       "\n",
                       goods[sku].sku, as_text(from), as_text(from + std::chrono::days{7}),
                       as_text(reduced->price), as_text(goods[sku].price), reduced->uplift);
      }
    }
  }
  return text;
}

}  // namespace aisle::world
