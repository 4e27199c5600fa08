// SPDX-License-Identifier: Apache-2.0
#include "actors/stock/stock_book.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "actors/parameters.hpp"

namespace aisle::shop {
namespace {

/// More units than a shelf, or all orders for it, ever come to: sums stay far from overflow.
constexpr std::int64_t units_most = 1'000'000'000'000;

std::int64_t units_of(const base::value& v) {
  return static_cast<std::int64_t>(std::clamp(v.to_number(), -1e12, 1e12));
}

stock_book sold_from(stock_book book, std::int64_t units) {
  book.on_hand = std::clamp(book.on_hand - units, std::int64_t{0}, units_most);
  return book;
}

stock_book moved(stock_book book, std::string_view kind, std::int64_t units) {
  if (kind == "receipt") {
    book.on_hand = std::min(book.on_hand + units, units_most);
    book.on_order = std::max(book.on_order - units, std::int64_t{0});
  } else if (kind == "ordered") {
    book.on_order = std::min(book.on_order + units, units_most);
  } else if (kind == "count") {
    book.on_hand = units;
    book.counted = true;
  } else if (kind == "shrink") {
    book.on_hand = std::max(book.on_hand - units, std::int64_t{0});
  } else {
    throw entity::evaluation_failed{
        fmt::format("a stock move is receipt, ordered, count or shrink, not \"{}\"", kind)};
  }
  return book;
}

}  // namespace

stock_feed::stock_feed(entity::settings& from, entity::event_expression sold)
    : sold_{std::move(sold)},
      move_{event_expression_or(from, "move", "kind")},
      units_{event_expression_or(from, "units", "units")} {}

bool stock_feed::has_moves() const {
  for (std::size_t i = 0; i < move_.by_stream.size(); ++i) {
    if (tells_moves(static_cast<entity::stream_index>(i))) {
      return true;
    }
  }
  return false;
}

stock_book stock_feed::after(stock_book book, const entity::event& e) const {
  if (tells_moves(e.stream)) {
    const auto kind = move_.of(e);
    const auto units = units_.of(e);
    if (!kind.is_null() && !units.is_null()) {
      book = moved(book, kind.as_string(), std::max(units_of(units), std::int64_t{0}));
    }
  }
  const auto sold = sold_.of(e);
  return sold.is_null() ? book : sold_from(book, units_of(sold));
}

std::vector<entity::parameter> stock_parameters() {
  return {field_parameter("move", "kind", base::kind::string,
                          "Whether a stock move is receipt, ordered, count or shrink"),
          field_parameter("units", "units", base::kind::number, "The units of a stock move")};
}

}  // namespace aisle::shop
