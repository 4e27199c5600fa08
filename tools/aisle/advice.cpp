// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/advice.hpp"

#include <optional>

#include "runtime/base/time.hpp"

namespace aisle::tool {
namespace {

using nlohmann::json;

world::money money_of(const std::string& text) {
  const auto dot = text.find('.');
  const auto whole = std::stoll(text.substr(0, dot));
  const auto cents =
      dot == std::string::npos ? 0 : std::stoll((text.substr(dot + 1) + "00").substr(0, 2));
  return {whole * 100 + cents};
}

std::optional<world::advice> advice_of(const json& decision) {
  const auto kind = decision["kind"].get<std::string>();
  world::advice made;
  const auto until = decision["until"].is_string()
                         ? base::parse_rfc3339(decision["until"].get<std::string>())
                         : std::nullopt;
  made.until = until ? world::instant{until->time_since_epoch()} : world::instant::max();
  const auto& key = decision["key"];
  if (!key.contains("sku")) {
    return std::nullopt;
  }
  made.sku = key["sku"];
  if (kind == "reorder" && key.contains("store_id")) {
    made.kind = world::advice::kind::order;
    made.store_id = key["store_id"];
    made.units = decision["value"]["quantity"];
    return made;
  }
  if (kind == "price") {
    made.kind = world::advice::kind::price;
    made.price = money_of(decision["value"]["price"]);
    return made;
  }
  return std::nullopt;
}

}  // namespace

void decision_reader::read(const json& decision, std::vector<world::advice>& into) {
  const auto& kind = decision["kind"];
  reorders_ += kind == "reorder" ? 1U : 0U;
  prices_ += kind == "price" ? 1U : 0U;
  anomalies_ += kind == "anomaly" ? 1U : 0U;
  if (auto made = advice_of(decision)) {
    into.push_back(std::move(*made));
  }
}

}  // namespace aisle::tool
