// SPDX-License-Identifier: Apache-2.0
// `world closed-loop`: a simulated chain that does what a topology decides, and its books.
#include "tools/world/closed_loop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "runtime/node/lockstep.hpp"
#include "tools/aisle/advice.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/log_advisor.hpp"
#include "tools/aisle/open_topology.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/world/out_file.hpp"
#include "tools/world/tables.hpp"

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A topology, told what happens in the chain. Keeps what is said and answered, if asked to.
class topology_advisor final : public world::advisor {
 public:
  topology_advisor(const topology::plan& plan, node::lockstep& run, world::out_file* session,
                   world::out_file* decisions)
      : plan_{plan}, run_{run}, session_{session}, decisions_{decisions} {
    for (const auto& source : plan.sources) {
      if (source.topic) {
        sources_.emplace(*source.topic, &source);
      }
    }
  }

  void tell(std::string_view topic, const world::topic_record& record) override {
    const auto found = sources_.find(std::string{topic});
    if (found == sources_.end()) {
      return;
    }
    run_.take(found->second->id.get(), record.line);
    if (session_ != nullptr) {
      session_->write(
          fmt::format("{{\"source\":\"{}\",\"event\":{}}}\n", found->second->name, record.line));
    }
  }

  std::vector<world::advice> advise(world::instant now) override {
    const base::event_time to{now.time_since_epoch()};
    run_.advance(to);
    if (session_ != nullptr) {
      session_->write(fmt::format("{{\"advance\":\"{}\"}}\n", base::to_rfc3339(to)));
    }
    return read_output();
  }

  [[nodiscard]] const decision_reader& read() const { return read_; }

 private:
  std::vector<world::advice> read_output() {
    std::vector<std::string> texts;
    for (auto& record : run_.take_output()) {
      const auto& from = plan_.sinks[record.sink].from;
      const bool decides = std::ranges::any_of(from, [](const topology::planned_input& input) {
        return input.port == topology::port::decisions;
      });
      if (decides) {
        texts.push_back(std::move(record.json));
      }
    }
    std::ranges::sort(texts);
    std::vector<world::advice> all;
    for (const auto& text : texts) {
      if (decisions_ != nullptr) {
        decisions_->write(text + '\n');
      }
      read_.read(json::parse(text), all);
    }
    return all;
  }

  const topology::plan& plan_;
  node::lockstep& run_;
  world::out_file* session_;
  world::out_file* decisions_;
  std::unordered_map<std::string, const topology::planned_source*> sources_;
  decision_reader read_;
};

/// One chain, with its own rules and with the decisions obeyed.
struct comparison {
  std::uint64_t seed = 0;
  world::closed_loop_result own;
  world::closed_loop_result obeyed;
  decision_reader read;
};

using failure = std::string;

/// A folder of the user's, or one that goes away.
class work_folder {
 public:
  explicit work_folder(const std::string& asked)
      : path_{asked.empty() ? fs::temp_directory_path() / fmt::format("aisle-loop-{}", ::getpid())
                            : fs::path{asked}},
        temporary_{asked.empty()} {}
  work_folder(const work_folder&) = delete;
  work_folder& operator=(const work_folder&) = delete;
  ~work_folder() {
    std::error_code ignored;
    if (temporary_) {
      fs::remove_all(path_, ignored);
    }
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool temporary_;
};

std::optional<failure> write_tables(const world::world_options& of) {
  std::error_code code;
  fs::create_directories(of.out, code);
  if (code) {
    return fmt::format("the folder {} cannot be made: {}", of.out.string(), code.message());
  }
  for (const auto& [name, text] :
       {std::pair{"stores.csv", stores_csv(world::make_branches(of))},
        std::pair{"products.csv", products_csv(world::make_goods(of))}}) {
    if (const auto written = world::write_whole(of.out / name, text); !written) {
      return written.error().message;
    }
  }
  return std::nullopt;
}

world::closed_loop_options loop_of(const closed_loop_command_options& options, std::uint64_t seed,
                                   const fs::path& folder) {
  world::closed_loop_options made;
  made.world.seed = seed;
  made.world.stores = options.stores;
  made.world.skus = options.skus;
  made.world.days = options.days;
  made.world.out = folder;
  made.world.log = options.log;
  made.world.partitions = options.partitions;
  made.world.speed = options.speed;
  made.learn_days = options.learn;
  made.obey_orders = !options.no_orders;
  made.obey_prices = !options.no_prices;
  return made;
}

std::unexpected<int> fail(const std::string& why, int code) {
  fmt::print(stderr, "aisle world closed-loop: {}\n", why);
  return std::unexpected{code};
}

/// Both lives of a chain.
std::expected<comparison, int> live_both(const world::closed_loop_options& loop,
                                         world::advisor& who) {
  comparison made{.seed = loop.world.seed, .own = {}, .obeyed = {}, .read = {}};
  const auto own = run_closed_loop(loop, nullptr);
  if (!own) {
    return fail(own.error().message, stopped);
  }
  const auto obeyed = run_closed_loop(loop, &who);
  if (!obeyed) {
    return fail(obeyed.error().message, stopped);
  }
  made.own = *own;
  made.obeyed = *obeyed;
  return made;
}

/// Through lockstep. This and the next one say what is wrong themselves, and answer how the program
/// ends.
std::expected<comparison, int> in_lockstep(const closed_loop_command_options& options,
                                           const world::closed_loop_options& loop) {
  const auto& folder = loop.world.out;
  topology_options which;
  which.topology = options.topology.value_or("retail");
  which.set = options.set;
  which.set.push_back("dir=" + folder.string());
  const auto opened = open_topology(which, topology::inputs::tables_only);
  if (!opened) {
    report(opened.error().problems, report_form::text);
    return std::unexpected{nothing_done};
  }
  const auto run = node::lockstep::open(opened->plan, 1);
  if (!run) {
    report(run.error().problems, report_form::text);
    return std::unexpected{nothing_done};
  }
  std::optional<world::out_file> session;
  std::optional<world::out_file> decisions;
  if (!options.out.empty()) {
    for (auto [file, name] :
         {std::pair{&session, "session.ndjson"}, std::pair{&decisions, "decisions.ndjson"}}) {
      auto made = world::out_file::create(folder / name);
      if (!made) {
        return fail(made.error().message, stopped);
      }
      file->emplace(std::move(*made));
    }
  }
  topology_advisor who{opened->plan, **run, session ? &*session : nullptr,
                       decisions ? &*decisions : nullptr};
  auto made = live_both(loop, who);
  if (made && (*run)->fault()) {
    return fail(*(*run)->fault(), stopped);
  }
  for (auto* const file : {&session, &decisions}) {
    if (const auto done_well =
            *file ? (*file)->finish() : std::expected<void, world::world_error>{};
        !done_well) {
      return fail(done_well.error().message, stopped);
    }
  }
  if (made) {
    made->read = who.read();
  }
  return made;
}

/// Through a log, with a node that somebody else runs.
std::expected<comparison, int> through_log(const world::closed_loop_options& loop) {
  auto who = log_advisor::open(loop.world);
  if (!who) {
    const bool fault = who.error().code == world::errc::write_failed;
    return fail(who.error().message, fault ? stopped : nothing_done);
  }
  fmt::print(stderr, "{}", (*who)->how_to_answer());
  auto made = live_both(loop, **who);
  if (made && (*who)->fault()) {
    return fail(*(*who)->fault(), stopped);
  }
  if (made) {
    made->read = (*who)->read();
  }
  return made;
}

std::expected<comparison, int> compare(const closed_loop_command_options& options,
                                       std::uint64_t seed, const fs::path& folder) {
  const auto loop = loop_of(options, seed, folder);
  if (const auto wrong = loop.validate(); !wrong.empty()) {
    return fail(wrong.front().message, nothing_done);
  }
  if (const auto wrong = write_tables(loop.world)) {
    return fail(*wrong, stopped);
  }
  return options.log.empty() ? in_lockstep(options, loop) : through_log(loop);
}

/// An option that means nothing beside another; empty when there is none.
std::string misplaced(const closed_loop_command_options& o) {
  if (o.log.empty()) {
    const bool of_log = o.partitions != 1 || o.speed != 0.0;
    return of_log ? "--partitions and --speed are of a loop through a log; give one with --log"
                  : "";
  }
  if (o.topology || !o.set.empty()) {
    return "--run and --set are the node's, which somebody else starts when there is a --log";
  }
  if (o.seeds > 1) {
    return "a log takes one chain; leave --seeds out";
  }
  return o.out.empty() ? "with --log, give --out DIR too: the node reads the chain's tables there"
                       : "";
}

std::string whole(world::money value) {
  const auto units = (std::abs(value.cents) + 50) / 100;
  return (value.cents < 0 ? "-" : "") + with_commas(static_cast<std::uint64_t>(units));
}

std::string count(std::int64_t number) { return with_commas(static_cast<std::uint64_t>(number)); }

std::string change(double before, double after) {
  return before == 0 ? "" : fmt::format("{:+.1f} %", 100.0 * (after - before) / std::abs(before));
}

void print_books(const comparison& c, const closed_loop_command_options& options) {
  const auto& own = c.own.books;
  const auto& obeyed = c.obeyed.books;
  fmt::print(
      "{} stores, {} products, seed {}: {} days on their own rules, then {} days of books\n\n",
      options.stores, options.skus, c.seed, options.learn, options.days - options.learn);
  fmt::print("  {:<26} {:>14} {:>14} {:>10}\n", "", "own rules", "obeyed", "");
  const auto money_row = [](const char* name, world::money a, world::money b) {
    fmt::print("  {:<26} {:>14} {:>14} {:>10}\n", name, whole(a), whole(b),
               change(static_cast<double>(a.cents), static_cast<double>(b.cents)));
  };
  const auto count_row = [](const char* name, std::int64_t a, std::int64_t b) {
    fmt::print("  {:<26} {:>14} {:>14} {:>10}\n", name, count(a), count(b),
               change(static_cast<double>(a), static_cast<double>(b)));
  };
  money_row("revenue", own.revenue, obeyed.revenue);
  money_row("cost of goods", own.goods_cost, obeyed.goods_cost);
  money_row("shrink, at cost", own.shrink, obeyed.shrink);
  money_row("ordering", own.ordering, obeyed.ordering);
  money_row("holding", own.holding, obeyed.holding);
  money_row("profit", own.profit(), obeyed.profit());
  money_row("lost sales", own.lost_value, obeyed.lost_value);
  count_row("units lost", own.lost_units, obeyed.lost_units);
  count_row("orders", own.orders, obeyed.orders);
  count_row("price changes", own.price_changes, obeyed.price_changes);
  money_row("stock held, at cost", own.stock_held(), obeyed.stock_held());
  fmt::print("  {:<26} {:>13.2f}% {:>13.2f}%\n", "wanted and there", 100 * own.fill(),
             100 * obeyed.fill());
  fmt::print("  {:<26} {:>14} {:>14}\n", "waste", "none: nothing", "here perishes");
}

void print_row(const comparison& c) {
  const auto& own = c.own.books;
  const auto& obeyed = c.obeyed.books;
  fmt::print(
      "{:>6} {:>11} {:>11} {:>8}  {:>9} {:>9} {:>8}  {:>11} {:>11} {:>8}\n", c.seed,
      whole(own.profit()), whole(obeyed.profit()),
      change(static_cast<double>(own.profit().cents), static_cast<double>(obeyed.profit().cents)),
      whole(own.lost_value), whole(obeyed.lost_value),
      change(static_cast<double>(own.lost_value.cents),
             static_cast<double>(obeyed.lost_value.cents)),
      whole(own.stock_held()), whole(obeyed.stock_held()),
      change(static_cast<double>(own.stock_held().cents),
             static_cast<double>(obeyed.stock_held().cents)));
  std::fflush(stdout);
}

void print_head() {
  fmt::print("{:>6} {:>11} {:>11} {:>8}  {:>9} {:>9} {:>8}  {:>11} {:>11} {:>8}\n", "", "profit",
             "obeyed", "", "lost", "obeyed", "", "stock", "obeyed", "");
}

std::string json_of(const comparison& c) {
  return fmt::format(
      R"({{"seed":{},"events":{},"decisions":{{"reorder":{},"price":{},"anomaly":{}}},)"
      R"("obeyed":{{"orders":{},"prices":{}}},"books":{{"own":{},"obeyed":{}}}}})",
      c.seed, c.obeyed.events, c.read.reorders(), c.read.prices(), c.read.anomalies(),
      c.obeyed.obeyed_orders, c.obeyed.obeyed_prices, to_json(c.own.books),
      to_json(c.obeyed.books));
}

}  // namespace

int closed_loop_command(const closed_loop_command_options& options) {
  if (const auto wrong = misplaced(options); !wrong.empty()) {
    return fail(wrong, nothing_done).error();
  }
  const work_folder folder{options.out};
  if (options.seeds > 1 && !options.json) {
    print_head();
  }
  for (std::uint64_t seed = options.seed; seed < options.seed + options.seeds; ++seed) {
    const auto made = compare(options, seed, folder.path());
    if (!made) {
      return made.error();
    }
    if (options.json) {
      fmt::print("{}\n", json_of(*made));
    } else if (options.seeds > 1) {
      print_row(*made);
    } else {
      print_books(*made, options);
    }
  }
  return done;
}

}  // namespace aisle::tool
