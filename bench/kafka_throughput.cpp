// SPDX-License-Identifier: Apache-2.0
// What does a record cost from Kafka? The same events of a generated chain in topics of Kafka and
// of the embedded log, and in turns: librdkafka's consumer alone, which is the ceiling (and kcat,
// where it is there); aisle counting every record; `retail` from topics to topics, exactly once,
// with its state on disk. The broker shares the processors with all of them, so its time is told
// apart. What retail wrote to Kafka and to the embedded log has to be equal.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/kafka_broker.hpp"
#include "bench/kafka_throughput/consume.hpp"
#include "bench/kafka_throughput/results.hpp"
#include "bench/program.hpp"

namespace {

using namespace aisle;
namespace fs = std::filesystem;
using clock_type = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;
using words = std::vector<std::string>;

struct settings {
  std::uint64_t baskets = 200'000;
  int stores = 50;
  int skus = 2000;
  std::uint64_t seed = 1;
  int partitions = 4;
  int rounds = 3;
  fs::path work = fs::temp_directory_path() / fmt::format("aisle-kafka-throughput-{}", ::getpid());

  /// An average store of the world has so many baskets a day (tools/world/README.md).
  [[nodiscard]] int days() const {
    const auto a_day = stores * 500 * std::sqrt(skus / 2000.0);
    return std::max(1, static_cast<int>(std::ceil(static_cast<double>(baskets) / a_day)));
  }
  [[nodiscard]] fs::path world() const { return work / "world"; }
  [[nodiscard]] std::string log() const { return "embedded:" + (work / "log").string(); }
};

const words sources{"transactions", "inventory-changes", "customer-events", "competitor-prices"};

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

struct spent {
  seconds wall{0};
  seconds cpu{0};
  seconds broker{0};
};

/// One of what is compared, over all rounds.
struct side {
  std::string name;
  std::function<words()> command;
  std::vector<spent> rounds{};

  [[nodiscard]] spent typical() const {
    auto sorted = rounds;
    std::ranges::sort(sorted, {}, &spent::wall);
    return sorted[sorted.size() / 2];
  }
};

spent run(const words& command, const bench::kafka_broker& broker, const fs::path& log) {
  const auto broker_before = broker.cpu();
  const auto begun = clock_type::now();
  bench::program child{command, log.string()};
  if (child.wait() != 0) {
    die(fmt::format("{} failed, see {}", command.front(), log.string()));
  }
  return {.wall = clock_type::now() - begun,
          .cpu = child.cpu(),
          .broker = broker.cpu() - broker_before};
}

/// Begins without a state, behind what earlier rounds have written.
words node(const settings& how, const std::string& topology, const std::string& log) {
  const auto state = how.work / "state";
  fs::remove_all(state);
  fs::remove_all(how.work / "out");
  words all{AISLE_PROGRAM,  "run",    topology,
            "--log",        log,      "--state",
            state.string(), "--out",  (how.work / "out").string(),
            "--bounded",    "--quiet"};
  if (topology.ends_with("retail.yaml")) {
    all.insert(all.end(), {"--set", "dir=" + how.world().string()});
  }
  return all;
}

words kcat(const std::string& servers) {
  std::string all;
  for (const auto& topic : sources) {
    all += fmt::format("kcat -C -q -e -u -b {} -t {} -o beginning -f '' && ", servers, topic);
  }
  return {"/bin/sh", "-c", all + "true"};
}

bool has_kcat() { return fs::exists("/usr/bin/kcat"); }

std::vector<side> all_sides(const settings& how, const std::string& servers) {
  const std::string count = AISLE_SOURCE_DIR "/bench/kafka_throughput/count.yaml";
  const std::string retail = AISLE_SOURCE_DIR "/topologies/retail/retail.yaml";
  const auto in_kafka = "kafka:" + servers;
  std::vector<side> sides;
  sides.push_back({"librdkafka's consumer alone", [servers] {
                     words all{"/proc/self/exe", "--consume", servers};
                     all.insert(all.end(), sources.begin(), sources.end());
                     return all;
                   }});
  if (has_kcat()) {
    sides.push_back({"kcat, topic by topic", [servers] { return kcat(servers); }});
  }
  const auto add = [&](const std::string& name, const std::string& topology,
                       const std::string& log) {
    sides.push_back({name, [&how, topology, log] { return node(how, topology, log); }});
  };
  add("count, from Kafka", count, in_kafka);
  add("count, embedded log", count, how.log());
  add("retail, Kafka to Kafka", retail, in_kafka);
  add("retail, embedded log", retail, how.log());
  return sides;
}

void make_events(const settings& how, const std::string& log) {
  const words command{AISLE_PROGRAM,  "world",
                      "--seed",       std::to_string(how.seed),
                      "--stores",     std::to_string(how.stores),
                      "--skus",       std::to_string(how.skus),
                      "--days",       std::to_string(how.days()),
                      "--partitions", std::to_string(how.partitions),
                      "--log",        log,
                      "--out",        how.world().string()};
  const auto said = (how.work / "world.log").string();
  if (bench::program{command, said}.wait() != 0) {
    die("the events cannot be made, see " + said);
  }
}

void print_side(const side& one, double records, double baskets) {
  const auto took = one.typical();
  fmt::print("{:<28}{:>8.2f} s{:>10.0f} k{:>10.1f} k{:>9.2f} s{:>10.0f} k{:>9.2f} s\n", one.name,
             took.wall.count(), records / took.wall.count() / 1000,
             baskets / took.wall.count() / 1000, took.cpu.count(),
             records / took.cpu.count() / 1000, took.broker.count());
}

bool outputs_agree(const settings& how, const std::string& servers) {
  bool agree = true;
  // Not `rejects`: to Kafka they go as they came, with headers that say why.
  for (const auto* const topic : {"windows", "decisions", "late", "counts"}) {
    const auto in_kafka = bench::results_in_kafka(servers, topic);
    const auto in_log = bench::results_in_log(how.work / "log", topic);
    fmt::print("  {:<10} {}: {} records in Kafka, {} in the embedded log\n", topic,
               in_kafka == in_log ? "equal" : "DIFFERENT", in_kafka.records, in_log.records);
    agree = agree && in_kafka == in_log;
  }
  return agree;
}

int measure(const settings& how) {
  const auto broker = bench::kafka_broker::start(how.work / "kafka");
  if (!broker) {
    return 0;
  }
  make_events(how, how.log());
  make_events(how, "kafka:" + broker->servers());
  auto sides = all_sides(how, broker->servers());
  for (int round = 0; round < how.rounds; ++round) {
    for (auto& one : sides) {
      one.rounds.push_back(run(one.command(), *broker, how.work / "side.log"));
    }
  }
  std::uint64_t records = 0;
  for (const auto& topic : sources) {
    records += bench::results_in_log(how.work / "log", topic).records;
  }
  const auto baskets = bench::results_in_log(how.work / "log", sources.front()).records;
  fmt::print("{} records, {} of them baskets; {} partitions; median of {} rounds in turns\n",
             records, baskets, how.partitions, how.rounds);
  fmt::print("{:<28}{:>10}{:>12}{:>12}{:>11}{:>12}{:>11}\n", "", "wall", "records/s", "baskets/s",
             "CPU", "rec./CPU-s", "broker");
  for (const auto& one : sides) {
    print_side(one, static_cast<double>(records), static_cast<double>(baskets));
  }
  fmt::print("\nwhat was written in {} rounds\n", how.rounds);
  return outputs_agree(how, broker->servers()) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  words consumed;
  CLI::App app{"Events from Kafka beside the embedded log, and beside librdkafka alone"};
  app.add_option("--baskets", how.baskets, "about so many; whole days are made");
  app.add_option("--stores", how.stores);
  app.add_option("--skus", how.skus);
  app.add_option("--seed", how.seed);
  app.add_option("--partitions", how.partitions, "of each topic");
  app.add_option("--rounds", how.rounds, "each side runs so often, in turns")
      ->check(CLI::Range(1, 100));
  app.add_option("--work", how.work, "a folder for broker, events and states; removed at the end");
  app.add_option("--consume", consumed, "only read: SERVERS TOPIC... (what the first side runs)");
  CLI11_PARSE(app, argc, argv);
  if (!consumed.empty()) {
    return bench::consume(consumed.front(), {consumed.begin() + 1, consumed.end()}) ? 0 : 1;
  }
  fs::create_directories(how.work);
  const int code = measure(how);
  if (code == 0) {
    fs::remove_all(how.work);
  }
  return code;
}
