// SPDX-License-Identifier: Apache-2.0
#include "tools/world/file_writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tools/world/text.hpp"

namespace aisle::world {
namespace {

using namespace std::chrono_literals;

constexpr spoiled_field spoiled_sales[] = {
    {"total_amount", "true"}, {"total_amount", "\"-99999999.99\""}, {"payment", "\"barter\""}};
constexpr spoiled_field spoiled_moves[] = {
    {"units", "\"five\""}, {"units", "-99999999"}, {"kind", "\"mislaid\""}};
constexpr spoiled_field spoiled_clicks[] = {
    {"sku", "[]"}, {"timestamp", "\"2026-13-45T25:61:00Z\""}, {"kind", "\"stare\""}};
constexpr spoiled_field spoiled_quotes[] = {
    {"price", "false"}, {"price", "\"-3.00\""}, {"in_stock", "\"perhaps\""}};

constexpr feed_habits sales_habits{topic_names[0], 30s, 4s, {"store_id", spoiled_sales}};
constexpr feed_habits moves_habits{topic_names[1], 30s, 6s, {"store_id", spoiled_moves}};
constexpr feed_habits clicks_habits{topic_names[2], 5min, 40s, {"session_id", spoiled_clicks}};
constexpr feed_habits quotes_habits{topic_names[3], 1h, 15min, {"sku", spoiled_quotes}};

constexpr std::array all_habits{sales_habits, moves_habits, clicks_habits, quotes_habits};
constexpr std::size_t to_sales = 0;
constexpr std::size_t to_moves = 1;
constexpr std::size_t to_clicks = 2;
constexpr std::size_t to_quotes = 3;

}  // namespace

std::expected<file_writer, world_error> file_writer::create(const world_options& options,
                                                            const chain& world,
                                                            const topic_opener& open) {
  std::vector<feed> feeds;
  for (const auto& habits : all_habits) {
    auto opened = open(habits.topic);
    if (!opened) {
      return std::unexpected(opened.error());
    }
    feeds.emplace_back(options, habits, *std::move(opened));
  }
  auto anomalies = out_file::create(options.out / "truth" / "anomalies.ndjson");
  if (!anomalies) {
    return std::unexpected(anomalies.error());
  }
  return file_writer{options, world, std::move(feeds), *std::move(anomalies)};
}

file_writer::file_writer(const world_options& options, const chain& world, std::vector<feed> feeds,
                         out_file anomalies)
    : text_(world.goods(), world.branches()),
      feeds_(std::move(feeds)),
      anomalies_(std::move(anomalies)) {
  summary_.options = options;
  for (branch_index store = 0; store < world.branches().size(); ++store) {
    random_stream random(options.seed, purpose::clocks, store);
    const auto most = static_cast<double>(options.bad_days.clock_skew.count());
    // Receipts are numbered by day: where it has sales at midnight, a clock must be right.
    const bool may_err = !world.branches()[store].always_open();
    clocks_.emplace_back(may_err ? std::llround(random.between(-most, most)) : 0);
  }
}

template <class Record>
void file_writer::send(std::size_t to, const Record& what, milliseconds clock) {
  auto shown = what;
  shown.at += clock;
  key_.clear();
  text_.put_key(key_, what);
  line_.clear();
  text_.put(line_, shown);
  feeds_[to].send(what.at, key_, line_);
}

day_totals& file_writer::totals_at(instant at) {
  return summary_.days[std::chrono::floor<std::chrono::days>(at)];
}

void file_writer::on_sale(const sale& what) {
  send(to_sales, what, clocks_[what.store]);
  auto& totals = totals_at(what.at);
  ++totals.transactions;
  totals.returns += what.lines.front().quantity < 0 ? 1U : 0U;
  totals.gross += what.total;
  for (const auto& each : what.lines) {
    totals.units += each.quantity;
  }
  if (what.planted) {
    auto shown = what;
    shown.at += clocks_[what.store];
    note_planted(shown, *what.planted);
  }
}

void file_writer::note_planted(const sale& what, anomaly code) {
  ++summary_.anomalies[static_cast<std::size_t>(code)];
  std::string text = R"({"event":")";
  text_.put_transaction_id(text, what);
  text += fmt::format(R"(","code":"{}","store_id":"{}","at":")", anomaly_name(code),
                      text_.store_id(what.store));
  put_utc_time(text, what.at);
  text += "\"}\n";
  planted_.push_back({what.at, std::move(text)});
}

void file_writer::on_move(const stock_move& what) { send(to_moves, what, clocks_[what.store]); }

void file_writer::on_lost(const lost_sale& what) {
  auto& totals = totals_at(what.at);
  totals.lost_units += what.units;
  totals.lost_value += what.value;
}

void file_writer::on_click(const click& what) { send(to_clicks, what); }

void file_writer::on_quote(const quote& what) { send(to_quotes, what); }

void file_writer::write_slice(instant until) {
  for (auto& each : feeds_) {
    each.write_until(until);
    each.flush();
  }
}

void file_writer::end_hour(instant until) {
  for (auto& each : feeds_) {
    each.write_until(until);
  }
  std::ranges::stable_sort(planted_, {}, &planted_line::at);
  for (const auto& each : planted_) {
    anomalies_.write(each.text);
  }
  planted_.clear();
}

bool file_writer::failed() const {
  return anomalies_.failed() || std::ranges::any_of(feeds_, &feed::failed);
}

std::expected<world_summary, world_error> file_writer::finish() {
  for (std::size_t i = 0; i < feeds_.size(); ++i) {
    if (const auto done = feeds_[i].finish(); !done) {
      return std::unexpected(done.error());
    }
    summary_.files.emplace_back(all_habits[i].topic, feeds_[i].counts());
  }
  if (const auto done = anomalies_.finish(); !done) {
    return std::unexpected(done.error());
  }
  return std::move(summary_);
}

}  // namespace aisle::world
