// SPDX-License-Identifier: Apache-2.0
// What does the runtime cost? `retail` by the program that ships and by one hand-written loop
// (bench/limit), in turns over the same generated world: events per CPU-second of both, their
// ratio, and whether every window and decision is the same.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/end_to_end/answers.hpp"
#include "bench/end_to_end/child.hpp"
#include "bench/limit/retail_loop.hpp"
#include "tools/aisle/open_topology.hpp"

namespace {

using namespace aisle;
namespace fs = std::filesystem;

struct settings {
  std::uint64_t baskets = 200'000;
  int stores = 50;
  int skus = 2000;
  std::uint64_t seed = 1;
  int rounds = 3;
  int shards = 4;
  int workers = 2;
  bool keep = false;
  /// A third side: the runtime with epochs on disk.
  bool state = false;
  bool loop_only = false;
  fs::path work = fs::temp_directory_path() / "aisle-bench";

  /// An average store of the world has so many baskets a day (tools/world/README.md).
  [[nodiscard]] int days() const {
    const auto a_day = stores * 500 * std::sqrt(skus / 2000.0);
    return std::max(1, static_cast<int>(std::ceil(static_cast<double>(baskets) / a_day)));
  }
  [[nodiscard]] fs::path world() const {
    return work / fmt::format("world-{}-{}-{}-{}", seed, stores, skus, days());
  }
};

/// One side of the comparison, over all rounds.
struct side {
  std::string name;
  fs::path out;
  std::vector<bench::spent> rounds;

  [[nodiscard]] bench::spent typical() const {
    auto sorted = rounds;
    std::ranges::sort(sorted, {}, &bench::spent::cpu);
    return sorted[sorted.size() / 2];
  }
  /// Half the distance from the least to the most CPU time, as a share of the typical one.
  [[nodiscard]] double noise() const {
    const auto [least, most] = std::ranges::minmax(rounds, {}, &bench::spent::cpu);
    return (most.cpu - least.cpu) / 2 / typical().cpu;
  }
};

void make_world(const settings& how) {
  if (fs::exists(how.world() / "truth" / "summary.json")) {
    return;
  }
  fmt::print(stderr, "bench: making a world of {} days in {}\n", how.days(), how.world().string());
  fs::create_directories(how.work);
  const auto took =
      bench::run_program({AISLE_PROGRAM, "world", "--seed", std::to_string(how.seed), "--stores",
                          std::to_string(how.stores), "--skus", std::to_string(how.skus), "--days",
                          std::to_string(how.days()), "--out", how.world().string()},
                         (how.work / "world.log").string());
  fmt::print(stderr, "bench: made in {:.1f} s\n", took.wall.count());
}

bench::spent run_node(const settings& how, const fs::path& out,
                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{AISLE_PROGRAM,
                                 "run",
                                 AISLE_SOURCE_DIR "/topologies/retail/retail.yaml",
                                 "--log",
                                 "files:" + how.world().string(),
                                 "--set",
                                 "dir=" + how.world().string(),
                                 "--out",
                                 out.string(),
                                 "--overwrite",
                                 "--bounded",
                                 "--shards",
                                 std::to_string(how.shards),
                                 "--workers",
                                 std::to_string(how.workers)};
  words.insert(words.end(), more.begin(), more.end());
  return bench::run_program(words, (how.work / "node.log").string());
}

/// Begins with no state, and leaves none.
bench::spent run_kept(const settings& how, const fs::path& out, const std::string& max_cost) {
  const auto state = how.work / "state";
  const auto config = how.work / "node.yaml";
  std::ofstream{config} << "checkpoint: {interval: 1s, max_cost: " << max_cost << "}\n";
  fs::remove_all(state);
  const auto took = run_node(how, out, {"--state", state.string(), "--config", config.string()});
  fs::remove_all(state);
  return took;
}

/// The counts are handed over in a file: the loop runs in a process of its own.
bool loop_over(const settings& how, const fs::path& out, limit::depth how_far) {
  tool::topology_options asked;
  asked.topology = AISLE_SOURCE_DIR "/topologies/retail/retail.yaml";
  asked.log = "files:" + how.world().string();
  asked.set = {"dir=" + how.world().string()};
  const auto opened = tool::open_topology(asked, topology::inputs::must_exist);
  if (!opened) {
    tool::report(opened.error().problems, tool::report_form::text);
    return false;
  }
  const auto done = limit::run_retail(opened->plan, out, how_far);
  if (!done) {
    fmt::print(stderr, "bench: {}\n", done.error());
    return false;
  }
  auto* file = std::fopen((out / "counts").c_str(), "w");
  fmt::print(file, "{} {}\n", done->records, done->stores + done->shelves + done->products);
  std::fclose(file);
  return true;
}

bench::spent run_loop(const settings& how, const fs::path& out, limit::depth how_far) {
  fs::remove_all(out);
  return bench::run_apart([&] { return loop_over(how, out, how_far); });
}

struct world_counts {
  unsigned long long records = 0;
  unsigned long long actors = 0;
};

world_counts counts_in(const fs::path& out) {
  world_counts counts;
  auto* file = std::fopen((out / "counts").c_str(), "r");
  if (file == nullptr || std::fscanf(file, "%llu %llu", &counts.records, &counts.actors) != 2) {
    fmt::print(stderr, "bench: {} says nothing\n", (out / "counts").string());
    std::exit(1);
  }
  std::fclose(file);
  return counts;
}

bool compare(const side& a, const side& b) {
  bool equal = true;
  for (const auto* sink : {"windows", "decisions", "late"}) {
    const auto of_a = bench::answers_in(a.out / sink);
    const auto of_b = bench::answers_in(b.out / sink);
    equal = equal && of_a == of_b;
    if (of_a == of_b) {
      fmt::print("  {:<10} equal: {}\n", sink, to_text(of_a));
    } else {
      fmt::print("  {:<10} DIFFERENT\n    {}: {}\n    {}: {}\n", sink, a.name, to_text(of_a),
                 b.name, to_text(of_b));
    }
  }
  return equal;
}

void print_side(const side& one, const world_counts& counts) {
  const auto typical = one.typical();
  const auto memory = static_cast<double>(typical.memory_peak);
  fmt::print("  {:<22} {:>8.2f} s ±{:>2.0f} % {:>10.0f} {:>8.2f} s {:>8.0f} MiB {:>8.0f}\n",
             one.name, typical.cpu.count(), 100 * one.noise(),
             static_cast<double>(counts.records) / typical.cpu.count(), typical.wall.count(),
             memory / (1 << 20), memory / static_cast<double>(counts.actors));
}

/// The same loop, stopped early: what its parts cost.
void print_parts(const settings& how, const side& loop) {
  const auto out = how.work / "parts";
  const auto decode = run_loop(how, out, limit::depth::decode).cpu;
  const auto windows = run_loop(how, out, limit::depth::windows).cpu;
  const auto all = loop.typical().cpu;
  fs::remove_all(out);
  fmt::print(
      "\nthe loop's CPU: {:.2f} s read, decode, repeats; {:.2f} s order, windows; {:.2f} s "
      "models and decisions\n",
      decode.count(), (windows - decode).count(), (all - windows).count());
}

int run(const settings& how) {
  make_world(how);
  if (how.loop_only) {
    return loop_over(how, how.work / "limit", limit::depth::everything) ? 0 : 1;
  }
  side loop{"hand-written loop", how.work / "limit", {}};
  side node{fmt::format("aisle, {} workers", how.workers), how.work / "node", {}};
  // Whatever they cost, and as the program is shipped.
  side kept{"aisle, 1 s epochs", how.work / "kept", {}};
  side paced{"aisle, paced epochs", how.work / "paced", {}};
  for (int round = 0; round < how.rounds; ++round) {
    loop.rounds.push_back(run_loop(how, loop.out, limit::depth::everything));
    node.rounds.push_back(run_node(how, node.out));
    if (how.state) {
      kept.rounds.push_back(run_kept(how, kept.out, "100%"));
      paced.rounds.push_back(run_kept(how, paced.out, "10%"));
    }
  }
  const auto counts = counts_in(loop.out);
  fmt::print("retail over {} records, {} actors; median of {} rounds\n", counts.records,
             counts.actors, how.rounds);
  fmt::print("  {:<22} {:>10} {:>5} {:>10} {:>10} {:>12} {:>8}\n", "", "CPU", "", "events/CPU-s",
             "wall", "peak", "B/actor");
  print_side(loop, counts);
  print_side(node, counts);
  if (how.state) {
    print_side(kept, counts);
    print_side(paced, counts);
  }
  fmt::print("\nratio of events per CPU-second: {:.2f}\n", loop.typical().cpu / node.typical().cpu);
  if (how.state) {
    for (const auto& [name, with] : {std::pair{"1 s", &kept}, {"paced", &paced}}) {
      fmt::print("with {} epochs on disk beside without: {:.2f} by CPU, {:.2f} by wall\n", name,
                 node.typical().cpu / with->typical().cpu,
                 node.typical().wall / with->typical().wall);
    }
  }
  print_parts(how, loop);
  fmt::print("\nanswers\n");
  const bool equal =
      compare(loop, node) && (!how.state || (compare(node, kept) && compare(node, paced)));
  if (equal && !how.keep) {
    for (const auto& out : {loop.out, node.out, kept.out, paced.out}) {
      fs::remove_all(out);
    }
  }
  return equal ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  CLI::App app{"retail, by the runtime and by a hand-written loop"};
  app.add_option("--baskets", how.baskets, "about so many; whole days are made");
  app.add_option("--stores", how.stores);
  app.add_option("--skus", how.skus);
  app.add_option("--seed", how.seed);
  app.add_option("--rounds", how.rounds, "each side runs so often, in turns")
      ->check(CLI::Range(1, 100));
  app.add_option("--shards", how.shards, "of each stage");
  app.add_option("--workers", how.workers);
  app.add_option("--work", how.work, "folder for the world, which is kept, and the results");
  app.add_flag("--state", how.state, "the runtime also with epochs on disk, in turns");
  app.add_flag("--loop-only", how.loop_only, "run the loop once in this process, to be profiled");
  app.add_flag("--keep", how.keep, "keep the results too");
  CLI11_PARSE(app, argc, argv);
  return run(how);
}
