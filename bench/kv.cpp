// SPDX-License-Identifier: Apache-2.0
// What does an epoch cost on disk: prepared, folded, read back? Actors of 200 bytes.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/kv/node_state.hpp"

namespace {

namespace fs = std::filesystem;
namespace base = aisle::base;
namespace control = aisle::control;
namespace kv = aisle::kv;

constexpr std::size_t state_bytes = 200;
constexpr std::size_t all_actors = 1'000'000;
constexpr std::uint32_t shards = 4;

/// A state of its own, with some actors in it, gone with the run.
class bed {
 public:
  explicit bed(std::size_t actors) {
    auto opened = kv::node_state::open({.folder = folder_,
                                        .when_absent = kv::open_options::absent::make,
                                        .new_id = {.high = 1, .low = 1}});
    base::check(opened.has_value(), "a state can be made");
    state_ = std::move(*opened);
    for (std::uint32_t i = 0; i < shards; ++i) {
      const control::shard_name name{.kind = control::shard_kind::stage, .of = "s", .number = i};
      copies_.push_back(state_->make_copy(name, kv::range_of(i, shards)).value());
    }
    for (std::size_t i = 0; i < actors; ++i) {
      keys_.push_back("key-" + std::to_string(i));
      hashes_.push_back(base::hash64(keys_.back()));
    }
    if (actors == 0) return;
    prepare(0, actors, 1);
    fold();
  }
  bed(const bed&) = delete;
  bed& operator=(const bed&) = delete;
  ~bed() {
    state_.reset();
    fs::remove_all(folder_);
  }

  /// Every `stride`-th actor, `count` of them.
  std::size_t prepare(std::size_t first, std::size_t count, std::size_t stride) {
    std::vector<kv::delta> deltas;
    for (const auto copy : copies_) {
      deltas.push_back(
          {.copy = copy, .base = tip_, .schema = 1, .actors = {}, .notes = {}, .outbox = {}});
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = (first + i * stride) % keys_.size();
      const auto of = base::shard_of(base::slot_of(hashes_[at]), shards).get();
      const base::event_time due{base::duration{static_cast<std::int64_t>(hashes_[at] >> 40)}};
      deltas[of].actors.push_back(
          {.key_hash = hashes_[at], .key = keys_[at], .state = bytes_, .due = due});
    }
    const kv::attempt next{.generation = kv::generation{1}, .epoch = tip_.epoch.next()};
    kv::preparation p{next, std::move(deltas)};
    base::check(state_->prepare(p).has_value(), "an attempt can be prepared");
    tip_ = next;
    return p.parts();
  }

  std::size_t fold() {
    std::size_t steps = 1;
    while (state_->fold_step(tip_, control::before_the_log).value()) {
      ++steps;
    }
    return steps;
  }

  void read(std::size_t at) {
    const auto of = base::shard_of(base::slot_of(hashes_[at]), shards).get();
    const auto view = state_->read();
    auto reader = view->open(copies_[of]);
    const auto got = reader->get(hashes_[at], keys_[at]);
    base::check(got.has_value() && got->has_value(), "an actor that was prepared is there");
  }

  std::size_t scan() {
    std::size_t seen = 0;
    const auto view = state_->read();
    for (const auto copy : copies_) {
      static_cast<void>(view->open(copy)->scan(0, [&](const kv::actor_state&) {
        ++seen;
        return true;
      }));
    }
    return seen;
  }

  [[nodiscard]] std::size_t file_bytes() const { return fs::file_size(folder_ / "data.mdb"); }

 private:
  fs::path folder_ = fs::temp_directory_path() / ("aisle-bench-kv-" + std::to_string(::getpid()));
  std::unique_ptr<kv::node_state> state_;
  std::vector<kv::copy_id> copies_;
  std::vector<std::string> keys_;
  std::vector<std::uint64_t> hashes_;
  std::string bytes_ = std::string(state_bytes, 's');
  kv::attempt tip_;
};

void prepare(benchmark::State& state) {
  bed in{all_actors};
  const auto dirty = static_cast<std::size_t>(state.range(0));
  std::size_t first = 0;
  std::size_t parts = 0;
  for (auto _ : state) {
    parts = in.prepare(first++, dirty, all_actors / dirty);
    state.PauseTiming();
    in.fold();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["commits"] = static_cast<double>(parts);
}

void fold(benchmark::State& state) {
  bed in{all_actors};
  const auto dirty = static_cast<std::size_t>(state.range(0));
  std::size_t first = 0;
  std::size_t steps = 0;
  for (auto _ : state) {
    state.PauseTiming();
    in.prepare(first++, dirty, all_actors / dirty);
    state.ResumeTiming();
    steps = in.fold();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["commits"] = static_cast<double>(steps);
  state.counters["file_bytes"] = static_cast<double>(in.file_bytes());
}

/// Of an actor that few epochs changed: each link of the chain is asked before the base.
void random_read(benchmark::State& state) {
  bed in{all_actors};
  for (std::int64_t link = 0; link < state.range(0); ++link) {
    in.prepare(static_cast<std::size_t>(link), all_actors / 100, 100);
  }
  std::uint64_t next = 1;
  for (auto _ : state) {
    next = next * 6364136223846793005U + 1442695040888963407U;
    in.read((next >> 20) % all_actors);
  }
  state.SetItemsProcessed(state.iterations());
}

void scan(benchmark::State& state) {
  bed in{all_actors};
  std::size_t seen = 0;
  for (auto _ : state) {
    seen += in.scan();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(seen));
}

/// Several epochs that changed the same actors, each alone in its page.
void fold_together(benchmark::State& state) {
  bed in{all_actors};
  const auto epochs = state.range(0);
  constexpr std::size_t dirty = 10'000;
  std::size_t first = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::int64_t i = 0; i < epochs; ++i) {
      in.prepare(first, dirty, all_actors / dirty);
    }
    ++first;
    state.ResumeTiming();
    in.fold();
  }
  state.SetItemsProcessed(state.iterations() * epochs * static_cast<std::int64_t>(dirty));
}

BENCHMARK(prepare)->RangeMultiplier(10)->Range(1000, 1'000'000)->UseRealTime();
BENCHMARK(fold)->RangeMultiplier(10)->Range(1000, 1'000'000)->UseRealTime();
BENCHMARK(fold_together)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->UseRealTime();
BENCHMARK(random_read)->Arg(0)->Arg(2)->Arg(4)->Arg(8);
BENCHMARK(scan);

}  // namespace
