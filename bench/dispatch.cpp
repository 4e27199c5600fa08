// SPDX-License-Identifier: Apache-2.0
// The way of an event between decoder and behaviour: what routing costs a reader, what keeping
// order costs, and what bringing an event to its actor costs, among few actors and among many.
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/entity/shard.hpp"
#include "runtime/flow/ingest.hpp"

namespace {

using namespace aisle;

std::shared_ptr<const record::contract> clicks() {
  const std::string path = AISLE_SOURCE_DIR "/config/contracts/click.yaml";
  std::stringstream text;
  text << std::ifstream{path}.rdbuf();
  auto parsed = record::parse_contract(text.str(), path);
  base::check(parsed.has_value(), "a contract that ships");
  return std::make_shared<const record::contract>(std::move(*parsed));
}

std::string click(std::size_t number, std::size_t key) {
  return fmt::format(R"({{"event_id":"E{}","timestamp":"2026-01-04T{:02}:{:02}:{:02}.{:03}Z",)"
                     R"("customer_id":"C","session_id":"V","kind":"view","sku":"{:06}"}})",
                     number, number / 3'600'000 % 24, number / 60'000 % 60, number / 1'000 % 60,
                     number % 1'000, key);
}

/// A click per millisecond, to a key at random.
std::vector<std::string> some_clicks(std::size_t keys) {
  std::minstd_rand chance{7};
  std::vector<std::string> all;
  for (std::size_t n = 0; n < 65'536; ++n) {
    all.push_back(click(n, chance() % keys));
  }
  return all;
}

/// Decode, repeats, key, batch: what a reader does to a record but reading it. `stages` read it.
void route(benchmark::State& state) {
  const auto by = clicks();
  const auto raw = some_clicks(10'000);
  const auto stages = static_cast<std::uint32_t>(state.range(0));
  constexpr std::uint32_t shards = 4;
  flow::ingest_options options;
  options.source = "clicks";
  options.contract = by;
  options.targets = stages * shards;
  options.channels.resize(1);
  for (std::uint32_t s = 0; s < stages; ++s) {
    options.routes.push_back(
        {.key = {*by->fields().find("sku")}, .first_target = s * shards, .shards = shards});
    options.channels[0].resize(options.targets);
  }
  for (auto _ : state) {
    state.PauseTiming();
    flow::ingest in{options, record::make_json_decoder(*by)};
    state.ResumeTiming();
    std::int64_t offset = 0;
    for (const auto& record : raw) {
      in.take(record, base::offset{offset++});
      for (const auto& [target, message] : in.messages()) {
        in.give(base::partition_id{0}, target, 1);
      }
      in.messages().clear();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(raw.size()));
}
BENCHMARK(route)->Arg(1)->Arg(3)->Unit(benchmark::kMillisecond);

struct seen {
  std::int64_t count = 0;
};

class counter final : public entity::behaviour_of<seen> {
 public:
  [[nodiscard]] bool reads(entity::stream_index) const override { return true; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(seen& state, const entity::event&, entity::context&) const override { ++state.count; }
  void write(const seen& state, base::packer& to) const override { to.integer(state.count); }
  void read(seen& state, std::uint32_t, base::unpacker& from) const override {
    state.count = from.integer();
  }
};

struct counting_stage {
  explicit counting_stage(std::shared_ptr<const record::contract> by) : contract{std::move(by)} {
    stage.topology = "bench";
    stage.name = "count";
    stage.key = {{.name = "sku", .type = {base::kind::string}}};
    auto& stream = stage.streams.emplace_back();
    stream.source = "clicks";
    stream.contract = contract.get();
    stream.key = {*contract->fields().find("sku")};
    auto& placed = stage.behaviours.emplace_back();
    placed.name = "count";
    placed.logic = &logic;
  }
  std::shared_ptr<const record::contract> contract;
  counter logic;
  entity::stage stage;
};

/// Batches of 512 as a reader sends them, each with its watermark.
std::vector<flow::event_message> messages(const record::contract& by, std::size_t keys) {
  const auto decoder = record::make_json_decoder(by);
  const auto texts = record::text_fields(by.fields());
  const std::array place{*by.fields().find("sku")};
  record::decoded row;
  std::string key;
  std::vector<flow::event_message> all;
  std::int64_t offset = 0;
  for (const auto& raw : some_clicks(keys)) {
    if (all.empty() || all.back().rows.size() == flow::batch_rows_max) {
      all.emplace_back().rows = record::batch{by.fields().words()};
    }
    base::check(decoder->decode(raw, row).has_value(), "a good record");
    key.clear();
    record::encode_key(key, row.row(), place, by.fields());
    record::event_head head;
    head.at = head.seen =
        base::event_time{base::duration{static_cast<std::int64_t>(row.row().words[2])}};
    head.position.offset = base::offset{offset++};
    head.key_hash = base::hash64(key);
    all.back().rows.append(head, row.row(), texts);
    all.back().watermark = head.at;
  }
  return all;
}

/// Order, actor, behaviour: what a shard does to a row, among so many actors.
void dispatch(benchmark::State& state) {
  const counting_stage of{clicks()};
  const auto given = messages(*of.contract, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    entity::shard_options options;
    options.stage = &of.stage;
    options.order =
        state.range(1) != 0 ? flow::reorder::mode::sorted : flow::reorder::mode::as_they_come;
    options.inlets.resize(1);
    entity::shard shard{options};
    auto copies = given;
    base::sequence last;
    state.ResumeTiming();
    for (auto& message : copies) {
      entity::shard_effects effects;
      message.sequence = last = last.next();
      shard.accept(std::move(message), effects);
      shard.run(1'000, effects);
    }
    benchmark::DoNotOptimize(shard.host().counts().applied);
  }
  state.SetItemsProcessed(state.iterations() * 65'536);
}
BENCHMARK(dispatch)
    ->ArgNames({"actors", "sorted"})
    ->ArgsProduct({{100, 10'000, 60'000}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
