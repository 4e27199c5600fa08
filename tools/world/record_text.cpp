// SPDX-License-Identifier: Apache-2.0
#include "tools/world/record_text.hpp"

#include <array>

#include "tools/world/rivals.hpp"
#include "tools/world/text.hpp"

namespace aisle::world {
namespace {

template <class Enum, std::size_t N>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

constexpr std::array<std::string_view, anomaly_count> anomalies{"amount", "velocity", "off_hours",
                                                                "price_error", "decimal_slip"};
constexpr std::array<std::string_view, 3> payments{"card", "cash", "wallet"};
constexpr std::array<std::string_view, 4> moves{"receipt", "ordered", "count", "shrink"};
constexpr std::array<std::string_view, 3> clicks{"view", "cart", "purchase"};

calendar_day local_date(instant moment, milliseconds offset) {
  return std::chrono::floor<std::chrono::days>(moment + offset);
}

void put_terminal(std::string& to, std::string_view store, std::uint16_t terminal) {
  to += store;
  to += "-T";
  put_digits(to, terminal, 2);
}

void put_customer(std::string& to, std::uint32_t customer) {
  to += "\"C";
  put_digits(to, customer, 6);
  to += '"';
}

}  // namespace

std::string_view anomaly_name(anomaly code) { return name_of(anomalies, code); }

void record_text::put_transaction_id(std::string& to, const sale& what) const {
  const std::chrono::year_month_day day{local_date(what.at, what.offset)};
  put_terminal(to, branches_[what.store].id, what.terminal);
  to += '-';
  put_digits(to, static_cast<std::uint64_t>(static_cast<int>(day.year())), 4);
  put_digits(to, static_cast<unsigned>(day.month()), 2);
  put_digits(to, static_cast<unsigned>(day.day()), 2);
  to += '-';
  put_digits(to, what.number, 6);
}

void record_text::put_key(std::string& to, const sale& what) const { to += store_id(what.store); }

void record_text::put_key(std::string& to, const stock_move& what) const {
  to += store_id(what.store);
}

void record_text::put_key(std::string& to, const click& what) const {
  to += 'C';
  put_digits(to, what.customer, 6);
}

void record_text::put_key(std::string& to, const quote& what) const { to += goods_[what.sku].sku; }

void record_text::put(std::string& to, const sale& what) const {
  to += R"({"transaction_id":")";
  put_transaction_id(to, what);
  to += R"(","timestamp":")";
  put_local_time(to, what.at, what.offset);
  to += R"(","store_id":")";
  to += branches_[what.store].id;
  to += R"(","terminal_id":")";
  put_terminal(to, branches_[what.store].id, what.terminal);
  to += R"(","customer_id":)";
  if (what.customer == 0) {
    to += "null";
  } else {
    put_customer(to, what.customer);
  }
  to += R"(,"payment":")";
  to += name_of(payments, what.paid_by);
  to += R"(","total_amount":")";
  put_money(to, what.total);
  to += R"(","items":[)";
  for (std::size_t i = 0; i < what.lines.size(); ++i) {
    to.append(i == 0 ? 0 : 1, ',');
    put_item(to, i + 1, what.lines[i]);
  }
  to += "]}";
}

void record_text::put_item(std::string& to, std::uint64_t number, const sale_line& line) const {
  to += R"({"line":)";
  put_digits(to, number, 1);
  to += R"(,"sku":")";
  to += goods_[line.sku].sku;
  to += R"(","quantity":)";
  put_whole(to, line.quantity);
  to += R"(,"unit_price":")";
  put_money(to, line.unit_price);
  to += "\"}";
}

void record_text::put(std::string& to, const stock_move& what) const {
  to += R"({"move_id":"M)";
  to += std::string_view{branches_[what.store].id}.substr(1);
  to += '-';
  put_digits(to, what.number, 8);
  to += R"(","timestamp":")";
  put_local_time(to, what.at, what.offset);
  to += R"(","store_id":")";
  to += branches_[what.store].id;
  to += R"(","sku":")";
  to += goods_[what.sku].sku;
  to += R"(","kind":")";
  to += name_of(moves, what.kind);
  to += R"(","units":)";
  put_whole(to, what.units);
  to += '}';
}

void record_text::put(std::string& to, const click& what) const {
  to += R"({"event_id":"E)";
  put_digits(to, what.number, 10);
  to += R"(","timestamp":")";
  put_utc_time(to, what.at);
  to += R"(","customer_id":)";
  put_customer(to, what.customer);
  to += R"(,"session_id":"V)";
  put_digits(to, what.session, 9);
  to += R"(","kind":")";
  to += name_of(clicks, what.kind);
  to += R"(","sku":")";
  to += goods_[what.sku].sku;
  to += "\"}";
}

void record_text::put(std::string& to, const quote& what) const {
  to += R"({"quote_id":"Q)";
  put_digits(to, what.number, 10);
  to += R"(","timestamp":")";
  put_utc_time(to, what.at);
  to += R"(","competitor":")";
  to += competitors()[what.competitor];
  to += R"(","sku":")";
  to += goods_[what.sku].sku;
  to += R"(","price":")";
  put_money(to, what.price);
  to += R"(","in_stock":)";
  to += what.in_stock ? "true" : "false";
  to += '}';
}

}  // namespace aisle::world
