// SPDX-License-Identifier: Apache-2.0
// What does a SKU actor take in memory, and what does it cost when most of them have to sleep? A
// host of SKU actors, each with the price check and the price model of `retail`, with room for all
// and with a budget, in turns; every run in a process of its own, so that its memory is its own.
//
//   bench_actors_memory                                   1 M actors, all in memory
//   bench_actors_memory --actors 10000000 --budget 1073741824 --rounds 2
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/sku_actors.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/scratch_file.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/scratch_state.hpp"
#include "runtime/node/wiring.hpp"

namespace {

using namespace aisle;
using bench::cpu_used;
using bench::lines_of;
using bench::resident;
using std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

struct job {
  std::size_t actors = 1'000'000;
  std::size_t events = 4'000'000;
  /// 0: no run with a budget.
  std::size_t budget = 0;
  int rounds = 1;
};

/// Which keys events come to.
enum class pattern {
  uniform,
  /// As sales come to articles: the n-th most popular has a share of 1/n.
  zipf,
};

struct figures {
  double fill_seconds = 0;
  /// Of the events after all actors are there.
  double wall_seconds = 0;
  double cpu_seconds = 0;
  std::size_t awake = 0;
  std::size_t claimed = 0;
  std::size_t resident = 0;
  std::size_t resident_most = 0;
  std::uint64_t woken = 0;
};
static_assert(std::is_trivially_copyable_v<figures>);

class key_source {
 public:
  key_source(pattern how, std::size_t keys) : how_{how}, keys_{keys} {}

  std::uint64_t next() {
    if (how_ == pattern::uniform) {
      return chance_() % keys_;
    }
    // The inverse of the distribution function of 1/x over [1, keys + 1).
    const double u = std::uniform_real_distribution{0.0, 1.0}(chance_);
    const auto rank = std::exp(u * std::log(static_cast<double>(keys_) + 1)) - 1;
    // Who is popular has nothing to do with who came first.
    constexpr std::uint64_t stride = 982'451'653;
    return std::min(static_cast<std::uint64_t>(rank), keys_ - 1) * stride % keys_;
  }

 private:
  pattern how_;
  std::uint64_t keys_;
  std::mt19937_64 chance_{7};
};

/// One host that lives through a job.
class run {
 public:
  run(const job& of, std::optional<std::size_t> budget)
      : job_{of},
        plan_{bench::make_sku_plan()},
        wired_{node::wire(plan_, {}, 1, base::system_clock())},
        budget_{budget.value_or(0)},
        host_{wired_->stages[0], budget ? rest() : entity::resting{}} {}

  /// Answers the seconds it took.
  double fill() {
    const auto began = steady_clock::now();
    std::size_t next = 0;
    take(job_.actors, [&] { return next++; });
    return seconds{steady_clock::now() - began}.count();
  }

  figures live(pattern how) {
    figures found;
    key_source keys{how, job_.actors};
    // Who is used often is awake before anything is measured.
    take(job_.events / 2, [&] { return keys.next(); });
    wall_ = cpu_ = seconds{0};
    const auto woken_before = host_.woken();
    take(job_.events, [&] { return keys.next(); });
    found.wall_seconds = wall_.count();
    found.cpu_seconds = cpu_.count();
    found.woken = host_.woken() - woken_before;
    found.awake = host_.awake();
    found.claimed = host_.memory();
    found.resident = resident("VmRSS:");
    found.resident_most = resident("VmHWM:");
    base::check(host_.actors() == job_.actors, "every key has its actor");
    base::check(!host_.trouble(), "there is room to sleep in");
    return found;
  }

 private:
  entity::resting rest() {
    auto file =
        base::scratch_file::open(std::filesystem::temp_directory_path(), std::size_t{256} << 30);
    base::check(file.has_value(), "a scratch file in the temporary folder");
    return {.beds = std::make_shared<entity::scratch_state>(std::move(*file)),
            .budget = &budget_,
            .after = std::nullopt};
  }

  /// Events are made apart from the clock, some at a time, and asked for ahead as a shard does.
  template <class Next>
  void take(std::size_t count, Next&& next) {
    constexpr std::size_t at_once = 8'192;
    const auto& stage = wired_->stages[0];
    std::vector<std::uint64_t> keys;
    for (std::size_t done = 0; done < count; done += keys.size()) {
      keys.resize(std::min(at_once, count - done));
      std::ranges::generate(keys, next);
      const auto events = lines_of(keys, *stage.streams[0].contract, stage);
      const auto cpu = cpu_used();
      const auto began = steady_clock::now();
      for (std::size_t i = 0; i < events.size(); ++i) {
        if (i + 8 < events.size()) {
          host_.fetch_place(events[i + 8].head->key_hash);
          host_.fetch_actor(events[i + 4].head->key_hash);
        }
        host_.apply(0, events[i], events[i].head->seen, made_);
        made_.clear();
      }
      host_.rest(base::beginning_of_time);
      wall_ += steady_clock::now() - began;
      cpu_ += cpu_used() - cpu;
    }
  }

  job job_;
  topology::plan plan_;
  std::unique_ptr<node::wiring> wired_;
  entity::memory_budget budget_;
  entity::actor_host host_;
  entity::outputs made_;
  seconds wall_{0};
  seconds cpu_{0};
};

using both = std::array<figures, 2>;

/// Fills a host, then measures it under both ways of access.
both run_apart(const job& of, std::optional<std::size_t> budget) {
  int ends[2];
  base::check(::pipe(ends) == 0, "a pipe");
  const auto child = ::fork();
  base::check(child >= 0, "a process");
  if (child == 0) {
    run one{of, budget};
    const auto fill_seconds = one.fill();
    both found{one.live(pattern::zipf), one.live(pattern::uniform)};
    for (auto& each : found) {
      each.fill_seconds = fill_seconds;
    }
    const bool told = ::write(ends[1], &found, sizeof found) == sizeof found;
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  both found;
  const bool heard = ::read(ends[0], &found, sizeof found) == sizeof found;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  base::check(heard && status == 0, "the run went through");
  return found;
}

void print(const job& of, pattern how, bool limited, const figures& found) {
  const auto events = static_cast<double>(of.events);
  const auto mib = [](std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  fmt::print(
      "{:<8} {:<10} {:>7.1f} k/CPU-s {:>7.1f} k/s  wakes {:>5.1f} %  awake {:>9}  claimed {:>7.0f} "
      "MiB  resident {:>7.0f} MiB, {:>7.0f} at most  filled in {:.0f} s\n",
      how == pattern::zipf ? "zipf" : "uniform", limited ? "budget" : "in memory",
      events / found.cpu_seconds / 1e3, events / found.wall_seconds / 1e3,
      100 * static_cast<double>(found.woken) / events, found.awake, mib(found.claimed),
      mib(found.resident), mib(found.resident_most), found.fill_seconds);
  std::fflush(stdout);
}

void in_turns(const job& of) {
  const auto share = [](std::size_t part, std::size_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  for (int round = 0; round < of.rounds; ++round) {
    const auto all = run_apart(of, std::nullopt);
    print(of, pattern::zipf, false, all[0]);
    print(of, pattern::uniform, false, all[1]);
    fmt::print("  {:.0f} bytes an actor claimed, {:.0f} resident\n",
               share(all[1].claimed, of.actors), share(all[1].resident, of.actors));
    std::fflush(stdout);
    if (of.budget == 0) {
      continue;
    }
    const auto some = run_apart(of, of.budget);
    for (const auto how : {pattern::zipf, pattern::uniform}) {
      const auto& room = all[how == pattern::zipf ? 0 : 1];
      const auto& tight = some[how == pattern::zipf ? 0 : 1];
      print(of, how, true, tight);
      fmt::print("  ratio {:.3f} by CPU, {:.3f} by wall; resident {:.2f} of the budget\n",
                 room.cpu_seconds / tight.cpu_seconds, room.wall_seconds / tight.wall_seconds,
                 share(tight.resident, of.budget));
    }
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  job of;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--actors") {
      of.actors = std::stoul(value);
    } else if (name == "--events") {
      of.events = std::stoul(value);
    } else if (name == "--budget") {
      of.budget = std::stoul(value);
    } else if (name == "--rounds") {
      of.rounds = std::stoi(value);
    } else {
      fmt::print(stderr, "unknown: {}\n", name);
      return 2;
    }
  }
  fmt::print("{} actors, {} events\n", of.actors, of.events);
  std::fflush(stdout);
  in_turns(of);
  return 0;
}
