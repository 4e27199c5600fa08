// SPDX-License-Identifier: Apache-2.0
#include "tools/world/accounts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aisle::world {
namespace {

constexpr double days_per_year = 365.0;

std::string amount(money value) {
  const auto cents = std::abs(value.cents);
  return fmt::format("\"{}{}.{:02}\"", value.cents < 0 ? "-" : "", cents / 100, cents % 100);
}

}  // namespace

double accounts::fill() const {
  const auto wanted = units_sold + lost_units;
  return wanted == 0 ? 1.0 : static_cast<double>(units_sold) / static_cast<double>(wanted);
}

void bookkeeper::on_sale(const sale& what) {
  if (what.at < from_) {
    return;
  }
  books_.revenue += what.due;
  books_.goods_cost += what.goods_cost;
  books_.units_sold += what.units_due;
}

void bookkeeper::on_move(const stock_move& what) {
  if (what.at >= from_ && what.kind == move_kind::ordered) {
    ++books_.orders;
    books_.ordering += rates_.order_line;
  }
}

void bookkeeper::on_lost(const lost_sale& what) {
  if (what.at >= from_) {
    books_.lost_units += what.units;
    books_.lost_value += what.value;
  }
}

void bookkeeper::on_theft(const theft& what) {
  if (what.at >= from_) {
    books_.shrink += goods_[what.sku].cost;
  }
}

void bookkeeper::on_day_end(const held_stock& what) {
  if (what.at < from_) {
    return;
  }
  const auto day = std::chrono::floor<std::chrono::days>(what.at);
  const auto found = std::ranges::find(days_, day);
  const auto place = static_cast<std::size_t>(found - days_.begin());
  if (found == days_.end()) {
    days_.push_back(day);
    stock_by_day_.emplace_back();
  }
  stock_by_day_[place] += what.cost;
}

accounts bookkeeper::books() const {
  auto books = books_;
  books.days = std::ssize(days_);
  for (const auto& held : stock_by_day_) {
    books.stock_days += held;
  }
  if (!stock_by_day_.empty()) {
    books.stock_begin = stock_by_day_.front();
    books.stock_end = stock_by_day_.back();
  }
  books.holding = scaled(books.stock_days, rates_.holding_per_year / days_per_year);
  return books;
}

std::string to_json(const accounts& books) {
  return fmt::format(
      R"({{"profit":{},"revenue":{},"goods_cost":{},"shrink":{},"ordering":{},"holding":{},)"
      R"("orders":{},"price_changes":{},"units_sold":{},"lost_units":{},"lost_value":{},)"
      R"("stock_held":{},"stock_begin":{},"stock_end":{},"days":{}}})",
      amount(books.profit()), amount(books.revenue), amount(books.goods_cost), amount(books.shrink),
      amount(books.ordering), amount(books.holding), books.orders, books.price_changes,
      books.units_sold, books.lost_units, amount(books.lost_value), amount(books.stock_held()),
      amount(books.stock_begin), amount(books.stock_end), books.days);
}

}  // namespace aisle::world
