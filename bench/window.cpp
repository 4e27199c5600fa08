// SPDX-License-Identifier: Apache-2.0
// What an event costs in a window, and whether a slide costs the same for any overlap.
#include "runtime/window/window.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "tests/support/rows.hpp"

namespace {

using namespace aisle;
using base::decimal;
using base::value;
using namespace std::chrono_literals;

const expr::scope& names() {
  using base::kind;
  static const expr::scope all{{{"i", {0, 0, {kind::integer}}},
                                {"d", {0, 1, {kind::decimal, 2}}},
                                {"x", {0, 2, {kind::number}}}}};
  return all;
}

window::aggregate aggregated(const std::string& text) {
  const auto parsed = window::parse_aggregate(text);
  window::aggregate a{text, parsed->function, {}, parsed->q};
  if (!parsed->of.empty()) {
    a.of.emplace();
    a.of->by_stream.emplace_back(std::move(*expr::compile(parsed->of, names())));
  }
  return a;
}

/// Count and sum of money; the same with a quantile; every function.
std::vector<window::aggregate> kept(std::int64_t how_much) {
  std::vector<window::aggregate> all;
  all.push_back(aggregated("count()"));
  all.push_back(aggregated("sum(d)"));
  if (how_much > 0) {
    all.push_back(aggregated("quantile(d, 0.95)"));
  }
  if (how_much > 1) {
    for (const auto* text :
         {"mean(x)", "sum(x)", "stddev(d)", "min(i)", "max(d)", "first(i)", "last(x)"}) {
      all.push_back(aggregated(text));
    }
  }
  return all;
}

/// Counts the records and drops them.
class sink final : public entity::context {
 public:
  [[nodiscard]] base::event_time now() const override { return {}; }
  [[nodiscard]] std::span<const expr::row_ref> rows() const override { return {}; }
  [[nodiscard]] std::optional<base::event_time> ended_at() const override { return {}; }
  [[nodiscard]] std::string_view key() const override { return {}; }
  [[nodiscard]] const void* input_state(std::size_t) const override { return nullptr; }
  void emit(const entity::decision&) override {}
  void emit(const entity::window_result& r) override { records += r.values.empty() ? 0U : 1U; }
  void emit(const entity::report&) override {}

  std::uint64_t records = 0;
};

/// One key, fed in order.
class key {
 public:
  explicit key(window::spec of) : window_{window::make_window(std::move(of))} {
    state_ = std::make_unique<std::byte[]>(window_->state_shape().size);
    window_->create(state_.get());
    std::mt19937_64 random{1};
    for (int i = 0; i < 1024; ++i) {
      const auto n = static_cast<std::int64_t>(random() % 100'000) + 1;
      rows_.emplace_back(std::vector<value>{value::of(n), value::of(decimal{n, 2}),
                                            value::of(static_cast<double>(n) * 0.37)});
    }
  }
  key(const key&) = delete;
  key& operator=(const key&) = delete;
  ~key() { window_->destroy(state_.get()); }

  void event(base::event_time at) {
    while (window_->due(state_.get()) <= at) {
      window_->on_timer(state_.get(), out_);
    }
    const expr::row_ref row = rows_[fed_++ % rows_.size()].ref();
    record::event_head head{};
    head.at = head.seen = at;
    window_->on_event(state_.get(), {&head, 0, {&row, 1}}, out_);
  }
  [[nodiscard]] std::size_t bytes() const {
    return window_->state_shape().size + window_->heap_bytes(state_.get());
  }
  [[nodiscard]] std::uint64_t records() const { return out_.records; }

 private:
  std::unique_ptr<const entity::behaviour> window_;
  std::unique_ptr<std::byte[]> state_;
  std::vector<support::row> rows_;
  std::size_t fed_ = 0;
  sink out_;
};

constexpr base::event_time start{base::duration{1'295'308'800'000}};

/// Events of one key in 5-minute windows, one a second.
void tumbling(benchmark::State& state) {
  key k{{"w", window::kind::tumbling, 5min, 0ms, 2min, kept(state.range(0))}};
  auto at = start;
  for (auto _ : state) {
    k.event(at);
    at += 1s;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(k.bytes());
}
BENCHMARK(tumbling)->ArgName("aggregates")->Arg(0)->Arg(1)->Arg(2);

/// One slide: an event and a window told. The size grows, the slide stays: the cost must not grow
/// with it.
void slide(benchmark::State& state) {
  const base::duration step = 1min;
  key k{{"w", window::kind::sliding, step * state.range(0), step, 0ms, kept(state.range(1))}};
  auto at = start;
  for (int warm = 0; warm < 2048; ++warm) {
    k.event(at);
    at += step;
  }
  for (auto _ : state) {
    k.event(at);
    at += step;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(k.bytes());
}
BENCHMARK(slide)
    ->ArgNames({"overlap", "aggregates"})
    ->ArgsProduct({{1, 4, 16, 64, 256, 1024}, {0, 1}});

}  // namespace
