// SPDX-License-Identifier: Apache-2.0
// How long from an append to the decision it causes, with Kafka on both sides? A node follows a
// topic of sales with `order: arrival` and writes decisions to another topic, exactly once with
// short epochs and at once, in turns; each sale is appended at its own time whether or not the ones
// before are answered (open loop). A latency counts from that time to when a consumer that reads
// only what is committed has the decision. The decision's own time stamp, which the lane's producer
// gives it, divides it: what came before is waiting for the epoch and storing it, what comes behind
// is the transaction and the consumer's fetch.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/kafka_broker.hpp"
#include "bench/kafka_latency/answers.hpp"
#include "bench/kafka_latency/sales_load.hpp"
#include "bench/latency/histogram.hpp"
#include "bench/program.hpp"
#include "bench/sales.hpp"

namespace {

using namespace aisle;
namespace fs = std::filesystem;

struct settings {
  std::vector<double> rates{500, 5000};
  double seconds = 15;
  double warm = 5;
  std::string epoch = "200ms";
  std::int32_t partitions = 4;
  int lanes = 4;
  fs::path work = fs::temp_directory_path() / fmt::format("aisle-kafka-latency-{}", ::getpid());
};

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::milliseconds look_again{20};

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

/// One run of a node between two topics of its own.
struct trial {
  std::string delivery;
  double rate = 0;
  std::string name;

  [[nodiscard]] std::string sales() const { return name + "-sales"; }
  [[nodiscard]] std::string decisions() const { return name + "-decisions"; }
  [[nodiscard]] std::vector<std::string> command(const settings& how,
                                                 const bench::kafka_broker& at) const {
    const auto own = how.work / name;
    return {AISLE_PROGRAM,
            "run",
            AISLE_SOURCE_DIR "/bench/kafka_latency/follow.yaml",
            "--log",
            "kafka:" + at.servers(),
            "--config",
            (how.work / "node.yaml").string(),
            "--state",
            (own / "state").string(),
            "--out",
            (own / "out").string(),
            "--set",
            "dir=" + how.work.string(),
            "--set",
            "sales=" + sales(),
            "--set",
            "decisions=" + decisions(),
            "--set",
            "delivery=" + delivery,
            "--set",
            "lanes=" + std::to_string(how.lanes)};
  }
};

/// Until the node has answered a sale: it is up.
void wait_for(const bench::program& node, const bench::answers& seen, bench::sales_load& load,
              const std::string& log) {
  const auto until = bench::steady::now() + patience;
  for (std::uint64_t number = bench::sales_load::knocks; !seen.any(); number += 10) {
    if (!node.runs() || bench::steady::now() > until) {
      die("the node did not start, see " + log);
    }
    load.append(number);
    std::this_thread::sleep_for(look_again);
  }
}

/// Until all that are due are answered, or nothing has come for a while.
void wait_for_the_rest(const bench::answers& seen, std::uint64_t wanted) {
  auto last = bench::steady::now();
  for (std::uint64_t before = 0; seen.count() < wanted;) {
    if (seen.count() > before) {
      before = seen.count();
      last = bench::steady::now();
    } else if (bench::steady::now() - last > patience) {
      return;
    }
    std::this_thread::sleep_for(look_again);
  }
}

struct shares {
  double node = 0;
  double broker = 0;
};

double ms(bench::histogram::time t) { return static_cast<double>(t.count()) / 1000; }

void print_head(const settings& how) {
  fmt::print("from a sale's append to its decision read, ms; epochs of {}\n", how.epoch);
  fmt::print("{:>24}{:^32}   {:^24}   {:^24}   {:^15}\n", "", "in all", "until it is produced",
             "from then on", "CPU");
  fmt::print(
      "{:>8}   {:<13}{:>8}{:>8}{:>8}{:>8}   {:>8}{:>8}{:>8}   {:>8}{:>8}{:>8}   {:>7}{:>8}\n",
      "sales/s", "delivery", "p50", "p90", "p99", "most", "p50", "p99", "least", "p50", "p99",
      "least", "node", "broker");
}

void print_row(const trial& one, const bench::answers& seen, const shares& used) {
  const auto& all = seen.latencies();
  const auto& before = seen.until_produced();
  const auto& behind = seen.until_read();
  fmt::print(
      "{:>8.0f}   {:<13}{:>8.1f}{:>8.1f}{:>8.1f}{:>8.1f}   {:>8.1f}{:>8.1f}{:>8.1f}   "
      "{:>8.1f}{:>8.1f}{:>8.1f}   {:>5.0f} %{:>6.0f} %\n",
      one.rate, one.delivery, ms(all.quantile(0.5)), ms(all.quantile(0.9)), ms(all.quantile(0.99)),
      ms(all.most()), ms(before.quantile(0.5)), ms(before.quantile(0.99)), ms(before.quantile(0)),
      ms(behind.quantile(0.5)), ms(behind.quantile(0.99)), ms(behind.quantile(0)), 100 * used.node,
      100 * used.broker);
}

void run(const settings& how, const bench::kafka_broker& at, const trial& one) {
  at.make_topic(one.sales(), how.partitions);
  at.make_topic(one.decisions(), how.partitions);
  bench::sales_load load{at.to(), one.sales(), one.rate};
  bench::answers seen{at.to(), one.decisions(), how.partitions, load};
  const auto log = (how.work / one.name).string() + ".log";
  bench::program node{one.command(how, at), log};
  wait_for(node, seen, load, log);
  const auto warm = static_cast<std::uint64_t>(how.warm * one.rate);
  const auto count = warm + static_cast<std::uint64_t>(how.seconds * one.rate);
  load.begin(warm);
  load.append_until(warm);
  const auto node_before = node.cpu();
  const auto broker_before = at.cpu();
  load.append_until(count);
  const shares used{.node = (node.cpu() - node_before).count() / how.seconds,
                    .broker = (at.cpu() - broker_before).count() / how.seconds};
  std::uint64_t wanted = 0;
  for (auto number = warm; number < count; ++number) {
    wanted += bench::is_decided(number) ? 1U : 0U;
  }
  wait_for_the_rest(seen, wanted);
  if (node.stop() != 0 || seen.count() != wanted) {
    die(fmt::format("{} of {} decisions were seen, see {}", seen.count(), wanted, log));
  }
  print_row(one, seen, used);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  CLI::App app{"From append to decision through Kafka, exactly once and at once"};
  app.add_option("--rates", how.rates, "sales a second, one run each (500 5000)");
  app.add_option("--seconds", how.seconds, "of load that counts, for each run (15)");
  app.add_option("--warm", how.warm, "seconds of load before that (5)");
  app.add_option("--epoch", how.epoch, "from an epoch to the next (200ms)");
  app.add_option("--partitions", how.partitions, "of each topic (4)");
  app.add_option("--lanes", how.lanes, "of the sink: a transaction each, in each epoch (4)");
  app.add_option("--work", how.work, "a folder for the broker and states, removed at the end");
  CLI11_PARSE(app, argc, argv);
  const auto broker = bench::kafka_broker::start(how.work / "kafka");
  if (!broker) {
    fs::remove_all(how.work);
    return 0;
  }
  bench::write_stores(how.work);
  std::ofstream{how.work / "node.yaml"} << "aisle: 1\ncheckpoint: {interval: " << how.epoch
                                        << ", max_cost: 100%}\n";
  print_head(how);
  for (const auto rate : how.rates) {
    for (const auto* const delivery : {"exactly_once", "immediate"}) {
      run(how, *broker,
          {.delivery = delivery, .rate = rate, .name = fmt::format("{}-{:.0f}", delivery, rate)});
    }
  }
  fs::remove_all(how.work);
}
