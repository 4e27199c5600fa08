// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "actors/state.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// The units of one product in one shop, as sales and stock moves tell them. A shelf never holds
/// less than nothing: what sells beyond the book was there without being booked.
struct stock_book {
  std::int64_t on_hand = 0;
  std::int64_t on_order = 0;
  /// A count has said what is there; before, on_hand means nothing.
  bool counted = false;

  [[nodiscard]] bool empty_shelf() const { return counted && on_hand == 0; }
};

void fields(auto& archive, is<stock_book> auto& b) {
  archive({"on_hand", "on_order", "counted"}, b.on_hand, b.on_order, b.counted);
}

/// Where a stage's events tell of stock.
class stock_feed {
 public:
  /// From the parameters of `stock_parameters`, and the expression that yields units sold.
  stock_feed(entity::settings& from, entity::event_expression sold);

  [[nodiscard]] const entity::event_expression& sold() const { return sold_; }
  /// False where no stream tells of stock moves.
  [[nodiscard]] bool has_moves() const;
  [[nodiscard]] bool reads(entity::stream_index stream) const {
    return sold_.feeds(stream) || tells_moves(stream);
  }
  /// The book after the event. Throws entity::evaluation_failed for a kind of move that is none.
  [[nodiscard]] stock_book after(stock_book book, const entity::event& e) const;

 private:
  [[nodiscard]] bool tells_moves(entity::stream_index stream) const {
    return move_.feeds(stream) && units_.feeds(stream);
  }

  entity::event_expression sold_;
  entity::event_expression move_;
  entity::event_expression units_;
};

/// `move` and `units`: what kind of stock move an event is, and of how many units.
[[nodiscard]] std::vector<entity::parameter> stock_parameters();

}  // namespace aisle::shop
