// SPDX-License-Identifier: Apache-2.0
#include "tools/world/closed_loop.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "tools/world/chain.hpp"
#include "tools/world/record_text.hpp"

namespace aisle::world {
namespace {

using shelf = std::pair<branch_index, sku_index>;

/// The records of an hour, until they are told in the order of time.
class hour_of_records final : public observer {
 public:
  hour_of_records(const chain& world, bookkeeper& books)
      : text_(world.goods(), world.branches()), books_(books) {}

  void on_sale(const sale& what) override {
    books_.on_sale(what);
    keep(sales, what);
  }
  void on_move(const stock_move& what) override {
    books_.on_move(what);
    if (what.kind == move_kind::ordered) {
      ordered_.emplace_back(what.store, what.sku);
    }
    keep(moves, what);
  }
  void on_lost(const lost_sale& what) override { books_.on_lost(what); }
  void on_click(const click& what) override { keep(clicks, what); }
  void on_quote(const quote& what) override { keep(quotes, what); }
  void on_theft(const theft& what) override { books_.on_theft(what); }
  void on_day_end(const held_stock& what) override { books_.on_day_end(what); }

  /// Hands over what has come, and how many records that were.
  std::uint64_t tell(advisor& who) {
    std::ranges::stable_sort(kept_, [](const kept& a, const kept& b) {
      return std::pair{a.topic, a.at} < std::pair{b.topic, b.at};
    });
    for (const auto& each : kept_) {
      who.tell(topic_names[each.topic], {.arrives = each.at, .key = each.key, .line = each.line});
    }
    const auto told = kept_.size();
    forget();
    return told;
  }
  void forget() { kept_.clear(); }
  /// The shelves somebody ordered for since the last call.
  std::vector<shelf> take_ordered() { return std::exchange(ordered_, {}); }

 private:
  // Places in topic_names.
  enum topic : std::uint8_t { sales, moves, clicks, quotes };
  struct kept {
    hour_of_records::topic topic;
    instant at;
    std::string key;
    std::string line;
  };

  template <class Record>
  void keep(topic to, const Record& what) {
    kept_.push_back({to, what.at, {}, {}});
    text_.put_key(kept_.back().key, what);
    text_.put(kept_.back().line, what);
  }

  record_text text_;
  bookkeeper& books_;
  std::vector<kept> kept_;
  std::vector<shelf> ordered_;
};

template <class Things, class Name>
auto index_by(const Things& things, Name Things::value_type::* name) {
  std::unordered_map<std::string, std::uint32_t> index;
  for (std::uint32_t i = 0; i < things.size(); ++i) {
    index.emplace(things[i].*name, i);
  }
  return index;
}

class loop {
 public:
  loop(const closed_loop_options& options, chain& world, advisor* who)
      : options_(options),
        world_(world),
        who_(who),
        stores_(index_by(world.branches(), &branch::id)),
        skus_(index_by(world.goods(), &product::sku)),
        obey_from_(calendar_day{options.world.start} + std::chrono::days{options.learn_days}),
        books_(world.goods(), options.rates, obey_from_),
        records_(world, books_) {}

  closed_loop_result run() {
    while (!world_.over() && (who_ == nullptr || !who_->gave_up())) {
      world_.run_hour(records_);
      if (who_ == nullptr) {
        records_.forget();
      } else {
        take_advice();
      }
    }
    result_.books = books_.books();
    return result_;
  }

 private:
  void take_advice() {
    result_.events += records_.tell(*who_);
    for (const auto& each : records_.take_ordered()) {
      standing_orders_.erase(each);
    }
    for (const auto& each : who_->advise(world_.now())) {
      stand(each);
    }
    if (world_.now() >= obey_from_) {
      obey();
    }
  }

  /// Notes advice until it is obeyed, replaced or too old; what the chain does not know is not for
  /// it.
  void stand(const advice& what) {
    const auto sku = skus_.find(what.sku);
    if (sku == skus_.end()) {
      return;
    }
    if (what.kind == advice::kind::price) {
      standing_prices_.insert_or_assign(sku->second, what);
    } else if (const auto store = stores_.find(what.store_id); store != stores_.end()) {
      standing_orders_.insert_or_assign(shelf{store->second, sku->second}, what);
    }
  }

  void obey() {
    if (options_.obey_orders && !std::exchange(obeys_orders_, true)) {
      world_.obey();
    }
    if (options_.obey_orders) {
      for (const auto& [at, what] : std::exchange(standing_orders_, {})) {
        if (what.until > world_.now() && world_.order(at.first, at.second, what.units, records_)) {
          ++result_.obeyed_orders;
        }
      }
    }
    if (options_.obey_prices) {
      for (const auto& [sku, what] : std::exchange(standing_prices_, {})) {
        if (what.until > world_.now() && what.price.cents > 0) {
          world_.set_price(sku, what.price);
          books_.on_price_change();
          ++result_.obeyed_prices;
        }
      }
    }
  }

  const closed_loop_options& options_;
  chain& world_;
  advisor* who_;
  std::unordered_map<std::string, std::uint32_t> stores_;
  std::unordered_map<std::string, std::uint32_t> skus_;
  instant obey_from_;
  bookkeeper books_;
  hour_of_records records_;
  std::map<shelf, advice> standing_orders_;
  std::map<sku_index, advice> standing_prices_;
  bool obeys_orders_ = false;
  closed_loop_result result_;
};

}  // namespace

std::vector<world_error> closed_loop_options::validate() const {
  auto found = world.validate();
  const auto add = [&](std::string message) {
    found.push_back({errc::bad_option, std::move(message)});
  };
  if (learn_days < 0 || learn_days >= world.days) {
    add(fmt::format("--learn is {}; give fewer days than --days, which is {}", learn_days,
                    world.days));
  }
  return found;
}

std::expected<closed_loop_result, world_error> run_closed_loop(const closed_loop_options& options,
                                                               advisor* who) {
  if (auto wrong = options.validate(); !wrong.empty()) {
    return std::unexpected(std::move(wrong.front()));
  }
  auto paired = options.world;
  paired.paired = true;
  auto world = chain::open(paired);
  if (!world) {
    return std::unexpected(world.error());
  }
  return loop{options, **world, who}.run();
}

}  // namespace aisle::world
