// SPDX-License-Identifier: Apache-2.0
// What does an epoch cost? A shard of SKU actors as in bench/actors_memory, kept on the disk by the
// node's own classes.
//
// 1. By how many actors changed: what the shard stands still for, and what the writer does.
// 2. With 100 k of a million changed in each second: events per second with 1 s epochs and without,
//    in turns, and how long the shard stands still.
//
//   bench_epochs                      1 M actors, below the temporary folder
//   bench_epochs --actors 100000 --work /mnt/disk
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/epochs/keeper.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/checkpoint/shard_keeping.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/node/wiring.hpp"

namespace {

using namespace aisle;
namespace fs = std::filesystem;
using bench::cost;
using bench::cost_of;
using std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

/// Events fall on every tenth actor, on others in each epoch.
constexpr std::size_t sets = 10;

struct settings {
  std::size_t actors = 1'000'000;
  int rounds = 3;
  /// Of each round with events, and how often an epoch starts in it.
  double round_seconds = 10;
  double epoch_seconds = 1;
  fs::path work = fs::temp_directory_path();
};

double ms(seconds time) { return time.count() * 1e3; }
double mb(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

/// What a cut makes a shard stand still for.
struct pause {
  /// Packs the actors, and notes where each is found meanwhile.
  cost freeze;
  /// Makes one piece of bytes of it.
  cost encode;
};

/// One shard: its actors, and where they are kept.
class shard {
 public:
  /// Without a folder nothing is kept.
  shard(const topology::plan& plan, const node::wiring& wired, std::optional<fs::path> folder)
      : stage_{wired.stages[0]}, folder_{std::move(folder)} {
    if (folder_) {
      fs::remove_all(*folder_);
      auto opened = node::kept_state::open(plan, wired, {.folder = *folder_, .partitions = {1}});
      base::check(opened.has_value(), "a state can be made");
      state_ = std::move(*opened);
      keeper_ = std::make_unique<bench::keeper>(*state_);
      store_ = state_->store_of(0);
      kept_ = std::make_shared<entity::kept_actors>(store_);
    }
    entity::resting rest;
    rest.kept = kept_;
    host_ = std::make_unique<entity::actor_host>(stage_, std::move(rest));
  }
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;
  ~shard() {
    host_.reset();
    kept_.reset();
    store_.reset();
    keeper_.reset();
    state_.reset();
    if (folder_) {
      fs::remove_all(*folder_);
    }
  }

  [[nodiscard]] const entity::stage& stage() const { return stage_; }
  [[nodiscard]] bool keeps() const { return keeper_ != nullptr; }
  [[nodiscard]] bench::keeper& keeper() { return *keeper_; }
  [[nodiscard]] std::size_t file_bytes() const { return fs::file_size(*folder_ / "data.mdb"); }

  /// Rows `first` to `last`, asked for ahead as a shard does.
  void apply(const record::batch& events, std::size_t first, std::size_t last) {
    for (auto i = first; i < last; ++i) {
      if (i + 8 < last) {
        host_->fetch_place(events[i + 8].head->key_hash);
        host_->fetch_actor(events[i + 4].head->key_hash);
      }
      host_->apply(0, events[i], events[i].head->seen, made_);
      made_.clear();
    }
  }

  checkpoint::shared_bytes cut(pause& took) {
    auto delta = std::make_shared<entity::shard_delta>();
    took.freeze = cost_of([&] {
      host_->freeze(delta->actors);
      delta->facts.epoch = base::epoch{++epochs_};
      delta->facts.host.counts = host_->counts();
      kept_->add(delta);
    });
    checkpoint::shared_bytes bytes;
    took.encode =
        cost_of([&] { bytes = std::make_shared<const std::string>(checkpoint::freeze(*delta)); });
    return bytes;
  }

  /// The state answers for all that was cut.
  void stored() {
    store_->refresh();
    kept_->stored(base::epoch{epochs_});
  }

 private:
  const entity::stage& stage_;
  std::optional<fs::path> folder_;
  std::unique_ptr<node::kept_state> state_;
  std::unique_ptr<bench::keeper> keeper_;
  std::shared_ptr<checkpoint::kept_store> store_;
  std::shared_ptr<entity::kept_actors> kept_;
  std::unique_ptr<entity::actor_host> host_;
  entity::outputs made_;
  std::uint64_t epochs_ = 0;
};

/// One event for each of these actors, in no order.
record::batch events_for(std::vector<std::uint64_t> keys, const entity::stage& stage) {
  std::ranges::shuffle(keys, std::mt19937_64{7});
  return bench::lines_of(keys, *stage.streams[0].contract, stage);
}

std::vector<std::uint64_t> every(std::size_t stride, std::size_t first, std::size_t count) {
  std::vector<std::uint64_t> keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    keys[i] = first + i * stride;
  }
  return keys;
}

// ---- 1. by dirty actors

struct epoch_cost {
  pause still;
  bench::keeper::costs kept;
  cost fold;
  std::size_t bytes = 0;
};

epoch_cost one_epoch(shard& of) {
  epoch_cost took;
  auto bytes = of.cut(took.still);
  took.bytes = bytes->size();
  took.kept = of.keeper().keep(std::move(bytes));
  of.stored();
  of.keeper().rest();
  for (bool more = true; more;) {
    took.fold += cost_of([&] { more = of.keeper().tidy(); });
  }
  return took;
}

void fill(shard& of, std::size_t actors) {
  constexpr std::size_t at_once = 100'000;
  for (std::size_t done = 0; done < actors; done += at_once) {
    const auto events = events_for(every(1, done, std::min(at_once, actors - done)), of.stage());
    of.apply(events, 0, events.size());
    if (of.keeps()) {
      one_epoch(of);
    }
  }
}

void by_dirty(shard& of, const settings& how) {
  fmt::print("\nAn epoch by actors that changed, of {}; median of {}\n", how.actors, how.rounds);
  fmt::print(
      "{:>9} {:>8} | {:>9} {:>9} {:>9} | {:>9} {:>9} {:>9} | {:>9} {:>9} {:>9} {:>7} | {:>9}\n",
      "changed", "MB", "freeze ms", "encode ms", "CPU ms", "check ms", "store ms", "CPU ms",
      "fold ms", "CPU ms", "MB out", "commits", "file MB");
  std::size_t shift = 0;
  for (std::size_t dirty = 1000; dirty <= how.actors; dirty *= 10) {
    std::vector<epoch_cost> rounds;
    for (int i = 0; i < how.rounds; ++i) {
      const auto stride = how.actors / dirty;
      const auto events = events_for(every(stride, shift++ % stride, dirty), of.stage());
      of.apply(events, 0, events.size());
      rounds.push_back(one_epoch(of));
    }
    const auto typical = [&](auto&& what) {
      std::vector<double> all;
      for (const auto& one : rounds) {
        all.push_back(what(one));
      }
      std::ranges::nth_element(all, all.begin() + how.rounds / 2);
      return all[static_cast<std::size_t>(how.rounds / 2)];
    };
    fmt::print(
        "{:>9} {:>8.1f} | {:>9.1f} {:>9.1f} {:>9.1f} | {:>9.1f} {:>9.0f} {:>9.0f} | {:>9.0f} "
        "{:>9.0f} {:>9.0f} {:>7} | {:>9.0f}\n",
        dirty, mb(rounds.back().bytes), typical([](auto& e) { return ms(e.still.freeze.wall); }),
        typical([](auto& e) { return ms(e.still.encode.wall); }),
        typical([](auto& e) { return ms(e.still.freeze.cpu + e.still.encode.cpu); }),
        typical([](auto& e) { return ms(e.kept.take.wall); }),
        typical([](auto& e) { return ms(e.kept.store.wall); }),
        typical([](auto& e) { return ms(e.kept.store.cpu); }),
        typical([](auto& e) { return ms(e.fold.wall); }),
        typical([](auto& e) { return ms(e.fold.cpu); }),
        typical([](auto& e) { return mb(e.fold.written + e.kept.store.written); }),
        rounds.back().fold.steps, mb(of.file_bytes()));
    std::fflush(stdout);
  }
}

// ---- 2. with epochs and without

/// Keeps what is handed to it on a thread of its own, as the node's writer does.
class background {
 public:
  explicit background(bench::keeper& with) : keeper_{with}, thread_{[this] { work(); }} {}
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  /// Returns when all is done.
  ~background() {
    {
      const std::scoped_lock lock{gate_};
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void keep(checkpoint::shared_bytes bytes) {
    {
      const std::scoped_lock lock{gate_};
      given_ = std::move(bytes);
    }
    busy_ = true;
    changed_.notify_one();
  }
  /// The last epoch is not complete yet: no other may start.
  [[nodiscard]] bool is_busy() const { return busy_; }

 private:
  void work() {
    bool more = false;
    while (true) {
      std::unique_lock lock{gate_};
      changed_.wait(lock, [&] { return more || given_ || over_; });
      auto bytes = std::exchange(given_, nullptr);
      if (!bytes && !more) {
        keeper_.rest();
        more = keeper_.tidy();
        if (!more) {
          return;
        }
      }
      lock.unlock();
      if (bytes) {
        keeper_.keep(std::move(bytes));
        busy_ = false;
        more = true;
      } else {
        more = keeper_.tidy();
      }
    }
  }

  bench::keeper& keeper_;
  std::mutex gate_;
  std::condition_variable changed_;
  checkpoint::shared_bytes given_;
  bool over_ = false;
  std::atomic<bool> busy_ = false;
  std::thread thread_;
};

struct round {
  std::uint64_t events = 0;
  seconds wall{0};
  /// Of all threads, until everything is folded.
  seconds cpu{0};
  seconds drained{0};
  int epochs = 0;
  /// Milliseconds: for cuts, and for taking note that the state has them.
  std::vector<double> pauses;
  std::uint64_t changed_bytes = 0;
  std::uint64_t written = 0;
};

round live(shard& of, const std::array<record::batch, sets>& events, const settings& how) {
  constexpr std::size_t slice = 1000;
  round done;
  const auto cpu = bench::cpu_used();
  const auto written = bench::bytes_written();
  std::optional<background> writer;
  if (of.keeps()) {
    writer.emplace(of.keeper());
  }
  const auto began = steady_clock::now();
  std::size_t set = 0;
  std::size_t at = 0;
  bool waits = false;
  double next = how.epoch_seconds;
  for (double now = 0; now < how.round_seconds;
       now = seconds{steady_clock::now() - began}.count()) {
    const auto last = std::min(at + slice, events[set].size());
    of.apply(events[set], at, last);
    done.events += last - at;
    at = last % events[set].size();
    if (writer && waits && !writer->is_busy()) {
      done.pauses.push_back(ms(cost_of([&] { of.stored(); }).wall));
      waits = false;
    }
    if (now < next || (writer && writer->is_busy())) {
      continue;
    }
    next = std::max(next + how.epoch_seconds, now);
    set = (set + 1) % sets;
    at = 0;
    if (writer && !waits) {
      pause still;
      auto bytes = of.cut(still);
      ++done.epochs;
      done.changed_bytes += bytes->size();
      done.pauses.push_back(ms(still.freeze.wall + still.encode.wall));
      writer->keep(std::move(bytes));
      waits = true;
    }
  }
  done.wall = steady_clock::now() - began;
  writer.reset();
  if (waits) {
    of.stored();
  }
  done.drained = steady_clock::now() - began - done.wall;
  done.cpu = bench::cpu_used() - cpu;
  done.written = bench::bytes_written() - written;
  return done;
}

void print(std::string_view name, round& of) {
  const auto events = static_cast<double>(of.events);
  fmt::print("{:<10} {:>8.0f} k/CPU-s {:>8.0f} k/s", name, events / of.cpu.count() / 1e3,
             events / of.wall.count() / 1e3);
  if (!of.pauses.empty()) {
    std::ranges::sort(of.pauses);
    fmt::print(
        "   {} epochs; still {} times, p50 {:.0f} ms, max {:.0f} ms; {:.0f} MB changed, {:.0f} MB "
        "written; all folded {:.1f} s later",
        of.epochs, of.pauses.size(), of.pauses[of.pauses.size() / 2], of.pauses.back(),
        mb(of.changed_bytes), mb(of.written), of.drained.count());
  }
  fmt::print("\n");
  std::fflush(stdout);
}

void with_and_without(shard& kept, shard& free, const settings& how) {
  std::array<record::batch, sets> events{};
  for (std::size_t i = 0; i < sets; ++i) {
    events[i] = events_for(every(sets, i, how.actors / sets), kept.stage());
  }
  fmt::print("\n{} actors, {} of them change in each {} s; rounds of {} s, in turns\n", how.actors,
             how.actors / sets, how.epoch_seconds, how.round_seconds);
  round all[2];
  for (int i = 0; i < std::max(2, how.rounds); ++i) {
    for (const bool keeps : {false, true}) {
      auto one = live(keeps ? kept : free, events, how);
      print(keeps ? "epochs" : "without", one);
      auto& sum = all[keeps ? 1 : 0];
      sum.events += one.events;
      sum.wall += one.wall;
      sum.cpu += one.cpu;
    }
  }
  const auto rate = [](const round& r, seconds time) {
    return static_cast<double>(r.events) / time.count();
  };
  fmt::print(
      "with epochs beside without: {:.2f} by wall, {:.2f} by CPU; file {:.0f} MB, resident {:.0f} "
      "MB\n",
      rate(all[1], all[1].wall) / rate(all[0], all[0].wall),
      rate(all[1], all[1].cpu) / rate(all[0], all[0].cpu), mb(kept.file_bytes()),
      mb(bench::resident("VmRSS:")));
}

void run(const settings& how) {
  const auto plan = bench::make_sku_plan();
  const auto wired = node::wire(plan, {}, 1, base::system_clock());
  shard kept{plan, *wired, how.work / fmt::format("aisle-bench-epochs-{}", ::getpid())};
  fill(kept, how.actors);
  by_dirty(kept, how);
  shard free{plan, *wired, std::nullopt};
  fill(free, how.actors);
  with_and_without(kept, free, how);
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  CLI::App app{"what an epoch costs"};
  app.add_option("--actors", how.actors)->check(CLI::Range(10'000, 100'000'000));
  app.add_option("--rounds", how.rounds)->check(CLI::Range(1, 100));
  app.add_option("--round", how.round_seconds, "seconds of a round with events");
  app.add_option("--epoch", how.epoch_seconds, "seconds from epoch to epoch");
  app.add_option("--work", how.work, "folder on the disk that is measured");
  CLI11_PARSE(app, argc, argv);
  run(how);
  return 0;
}
