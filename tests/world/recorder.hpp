// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/world/chain.hpp"

namespace aisle::world {

/// A sale that outlives the call it was seen in.
struct kept_sale {
  sale what;
  std::vector<sale_line> lines;
};

/// Keeps everything that happens.
class recorder final : public observer {
 public:
  std::vector<kept_sale> sales;
  std::vector<stock_move> moves;
  std::vector<lost_sale> lost;
  std::vector<click> clicks;
  std::vector<quote> quotes;
  /// Sales and moves in the order they were seen: (is it a sale, where in its vector).
  std::vector<std::pair<bool, std::size_t>> order;

  void on_sale(const sale& what) override {
    order.emplace_back(true, sales.size());
    sales.push_back({what, {what.lines.begin(), what.lines.end()}});
  }
  void on_move(const stock_move& what) override {
    order.emplace_back(false, moves.size());
    moves.push_back(what);
  }
  void on_lost(const lost_sale& what) override { lost.push_back(what); }
  void on_click(const click& what) override { clicks.push_back(what); }
  void on_quote(const quote& what) override { quotes.push_back(what); }
};

/// A world that has been lived through.
struct lived {
  world_options options;
  std::unique_ptr<chain> world;
  recorder seen;
};

inline std::unique_ptr<lived> live(world_options options) {
  auto life = std::make_unique<lived>();
  options.out = "unused";
  life->options = options;
  life->world = chain::open(options).value();
  while (!life->world->over()) {
    life->world->run_hour(life->seen);
  }
  return life;
}

inline instant local(const sale& what) { return what.at + what.offset; }

inline calendar_day local_date(const sale& what) {
  return std::chrono::floor<std::chrono::days>(local(what));
}

inline milliseconds clock_of(const sale& what) { return local(what) - instant{local_date(what)}; }

inline std::chrono::year_month_day day_of(int year, unsigned month, unsigned day) {
  return {std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
}

}  // namespace aisle::world
