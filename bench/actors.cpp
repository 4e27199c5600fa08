// SPDX-License-Identifier: Apache-2.0
// What is an actor, per event and in bytes? The same sum per key by a CAF actor per key that gets
// one message per event, by the same that gets its events in batches, and by actors that a host
// holds. Events come to keys at random.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <caf/all.hpp>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/decoder.hpp"

namespace {

using namespace aisle;
using std::chrono::steady_clock;

struct job {
  std::size_t keys = 200'000;
  std::size_t events = 4'000'000;
};

/// The key of every event.
std::vector<std::uint32_t> keys_of(const job& of) {
  std::minstd_rand chance{7};
  std::vector<std::uint32_t> keys(of.events);
  for (auto& key : keys) {
    key = static_cast<std::uint32_t>(chance() % of.keys);
  }
  return keys;
}

struct totals {
  std::int64_t count = 0;
  std::int64_t sum = 0;
};

std::chrono::duration<double> cpu_used() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec};
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

std::size_t bytes_used() {
  const auto all = mallinfo2();
  return all.uordblks + all.hblkhd;
}

void print(const char* name, const job& of, double bytes, std::chrono::duration<double> cpu,
           std::chrono::duration<double> wall) {
  const auto events = static_cast<double>(of.events);
  fmt::print("  {:<38} {:>8.2f} M/s {:>8.2f} M/CPU-s {:>8.0f} B each\n", name,
             events / wall.count() / 1e6, events / cpu.count() / 1e6, bytes);
}

// ---- CAF --------------------------------------------------------------------------------------

struct amount {
  std::int64_t units = 0;
};
struct amounts {
  std::vector<std::int64_t> units;
};
struct tell {};

struct tally_state {
  static inline const char* name = "tally";
  totals kept;
};

/// Adds up; asked to tell, adds its count to `heard`.
caf::behavior tally(caf::stateful_actor<tally_state>* self, std::atomic<std::size_t>* heard) {
  return {
      [=](const amount& one) {
        ++self->state.kept.count;
        self->state.kept.sum += one.units;
      },
      [=](const amounts& some) {
        for (const auto units : some.units) {
          ++self->state.kept.count;
          self->state.kept.sum += units;
        }
      },
      [=](tell) { *heard += static_cast<std::size_t>(self->state.kept.count); },
  };
}

}  // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(amount)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(amounts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tell)

namespace {

/// An actor per key, fed `batch` events a message.
void with_caf(const char* name, const job& of, const std::vector<std::uint32_t>& keys,
              std::size_t batch) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", std::int64_t{2});
  caf::actor_system system{config};
  std::atomic<std::size_t> heard{0};
  const auto before = bytes_used();
  std::vector<caf::actor> actors;
  for (std::size_t k = 0; k < of.keys; ++k) {
    actors.push_back(system.spawn(tally, &heard));
  }
  const auto bytes = static_cast<double>(bytes_used() - before) / static_cast<double>(of.keys);
  std::vector<amounts> waiting(batch > 1 ? of.keys : 0);

  const auto cpu = cpu_used();
  const auto began = steady_clock::now();
  for (const auto key : keys) {
    if (batch == 1) {
      caf::anon_send(actors[key], amount{key});
      continue;
    }
    auto& some = waiting[key].units;
    some.push_back(key);
    if (some.size() == batch) {
      caf::anon_send(actors[key], std::exchange(waiting[key], {}));
    }
  }
  for (std::size_t k = 0; k < of.keys; ++k) {
    if (batch > 1) {
      caf::anon_send(actors[k], std::move(waiting[k]));
    }
    caf::anon_send(actors[k], tell{});
  }
  while (heard < of.events) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  print(name, of, bytes, cpu_used() - cpu, steady_clock::now() - began);
  for (const auto& one : actors) {
    caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  }
}

// ---- hosted -----------------------------------------------------------------------------------

/// The same sum as a behaviour.
class tally_behaviour final : public entity::behaviour_of<totals> {
 public:
  [[nodiscard]] bool reads(entity::stream_index) const override { return true; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(totals& state, const entity::event&, entity::context&) const override {
    ++state.count;
    ++state.sum;
  }
  void write(const totals& state, base::packer& to) const override {
    to.integer(state.count);
    to.integer(state.sum);
  }
  void read(totals& state, std::uint32_t, base::unpacker& from) const override {
    state.count = from.integer();
    state.sum = from.integer();
  }
};

record::contract clicks() {
  const std::string path = AISLE_SOURCE_DIR "/config/contracts/click.yaml";
  std::stringstream text;
  text << std::ifstream{path}.rdbuf();
  auto parsed = record::parse_contract(text.str(), path);
  base::check(parsed.has_value(), "a contract that ships");
  return std::move(*parsed);
}

/// So many clicks at most; they come again.
constexpr std::size_t clicks_most = 1 << 19;

/// Clicks as they come, their hashes worked out as a reader does.
record::batch some_clicks(const std::vector<std::uint32_t>& keys, const record::contract& by,
                          std::uint8_t key_place) {
  const auto decoder = record::make_json_decoder(by);
  const auto texts = record::text_fields(by.fields());
  record::batch events{by.fields().words()};
  record::decoded row;
  std::string key;
  for (std::size_t i = 0; i < std::min(keys.size(), clicks_most); ++i) {
    const auto raw =
        fmt::format(R"({{"event_id":"E","timestamp":"2026-01-04T21:00:22.556Z","customer_id":"C",)"
                    R"("session_id":"V","kind":"view","sku":"{:06}"}})",
                    keys[i]);
    base::check(decoder->decode(raw, row).has_value(), "a good record");
    key.clear();
    record::encode_key(key, row.row(), {&key_place, 1}, by.fields());
    record::event_head head;
    head.key_hash = base::hash64(key);
    events.append(head, row.row(), texts);
  }
  return events;
}

/// `ahead`: the places of the next events' actors are asked for early, as a shard does.
void with_host(const char* name, const job& of, const std::vector<std::uint32_t>& keys,
               bool ahead) {
  const auto by = clicks();
  const auto key_place = *by.fields().find("sku");
  const auto events = some_clicks(keys, by, key_place);
  const tally_behaviour logic;
  entity::stage stage;
  stage.topology = "bench";
  stage.name = "tally";
  stage.key = {{.name = "sku", .type = {base::kind::string}}};
  stage.streams.push_back(
      {.source = "clicks", .source_id = {}, .contract = &by, .key = {key_place}});
  stage.behaviours.push_back({.name = "tally", .kind = {}, .logic = &logic, .inputs = {}});

  const auto before = bytes_used();
  entity::actor_host host{stage};
  entity::outputs out;
  for (std::size_t i = 0; i < events.size(); ++i) {
    host.apply(0, events[i], events[i].head->seen, out);
  }
  const auto bytes =
      static_cast<double>(bytes_used() - before) / static_cast<double>(host.actors());

  const auto cpu = cpu_used();
  const auto began = steady_clock::now();
  for (std::size_t n = 0; n < of.events; ++n) {
    const auto i = n % events.size();
    if (ahead && i + 8 < events.size()) {
      host.fetch_place(events[i + 8].head->key_hash);
      host.fetch_actor(events[i + 4].head->key_hash);
    }
    host.apply(0, events[i], events[i].head->seen, out);
  }
  print(name, of, bytes, cpu_used() - cpu, steady_clock::now() - began);
}

}  // namespace

int main(int argc, char** argv) {
  job of;
  if (argc > 1) {
    of.keys = std::stoul(argv[1]);
  }
  if (argc > 2) {
    of.events = std::stoul(argv[2]);
  }
  const auto keys = keys_of(of);
  fmt::print("{} keys, {} events\n", of.keys, of.events);
  with_caf("a CAF actor per key, event by event", of, keys, 1);
  with_caf("a CAF actor per key, batches of 16", of, keys, 16);
  with_host("hosted actors, one thread", of, keys, false);
  with_host("hosted actors, fetched ahead", of, keys, true);
  return 0;
}
