// SPDX-License-Identifier: Apache-2.0
// How long from an append to the decision it causes? A node follows a topic of the embedded log,
// with `order: arrival` and `delivery: immediate`; records are appended at a tenth of what the node
// can do, each at its own time whether or not the ones before are answered (open loop), and a
// latency counts from that time, so that a stall counts for everybody it makes wait.
#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/latency/histogram.hpp"
#include "bench/program.hpp"
#include "bench/sales.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/io/file_watch.hpp"
#include "runtime/log/producer.hpp"
#include "runtime/log/reader.hpp"
#include "runtime/log/topic_reader.hpp"

namespace {

using namespace aisle;
namespace fs = std::filesystem;
using clock_type = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

struct settings {
  std::uint64_t records = 400'000;
  double share = 0.1;
  double seconds = 20;
  double rate = 0;
  fs::path work = fs::temp_directory_path() / fmt::format("aisle-latency-{}", ::getpid());
};

constexpr std::uint32_t partitions = 4;

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

/// A log with the topic of sales.
struct site {
  fs::path log;
  log::topic sales;

  site(const settings& how, const std::string& name) : log{how.work / name} {
    auto made = log::make_topic(log, "transactions", {.partitions = partitions, .keep = {}},
                                base::system_clock());
    if (!made) {
      die(made.error().message);
    }
    sales = std::move(*made);
  }
  [[nodiscard]] std::vector<std::string> command(const settings& how) const {
    return {AISLE_PROGRAM,
            "run",
            AISLE_SOURCE_DIR "/bench/latency/at_once.yaml",
            "--log",
            "embedded:" + log.string(),
            "--set",
            "dir=" + how.work.string(),
            "--out",
            log.string() + "-out"};
  }
};

/// Appends sales [first, last), each to the partition of its store.
void append(log::producer& to, std::uint64_t first, std::uint64_t last) {
  std::map<base::partition_id, std::vector<log::owned_record>> groups;
  for (auto number = first; number < last; ++number) {
    const auto key = bench::store_of(number);
    groups[to.choose(key)].push_back({.key = key,
                                      .value = bench::sale(number),
                                      .timestamp = base::system_clock().now(),
                                      .headers = {}});
  }
  for (auto& [partition, records] : groups) {
    to.append(partition, std::move(records), {}, {}, [](log::result<log::acknowledged> done) {
      if (!done) {
        die(done.error().message);
      }
    });
  }
}

/// Records in a second, of a run over a topic that is there.
double throughput(const settings& how) {
  const site full{how, "full"};
  log::producer to{full.sales, base::system_clock()};
  for (std::uint64_t at = 0; at < how.records; at += 1000) {
    append(to, at, std::min(at + 1000, how.records));
  }
  to.flush();
  auto command = full.command(how);
  command.emplace_back("--bounded");
  const auto begun = clock_type::now();
  bench::program run{command, (how.work / "full.log").string()};
  while (run.runs()) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  const seconds took = clock_type::now() - begun;
  if (run.stop() != 0) {
    die("the run over a full topic failed: " + (how.work / "full.log").string());
  }
  return static_cast<double>(how.records) / took.count();
}

/// When each sale is due, and the time its decision was seen.
class experiment {
 public:
  experiment(double rate, double for_seconds)
      : rate_{rate}, count_{static_cast<std::uint64_t>(rate * for_seconds)} {}

  [[nodiscard]] clock_type::time_point due(std::uint64_t number) const {
    return begun_ + std::chrono::duration_cast<clock_type::duration>(
                        seconds{static_cast<double>(number) / rate_});
  }

  void append_all(const site& to) {
    log::producer producer{to.sales, base::system_clock()};
    begun_ = clock_type::now();
    started_ = true;
    for (std::uint64_t next = 0; next < count_;) {
      const auto now = clock_type::now();
      auto last = next;
      while (last < count_ && due(last) <= now) {
        ++last;
      }
      append(producer, next, last);
      next = last;
      std::this_thread::sleep_until(std::max(due(next), now + std::chrono::microseconds{500}));
    }
  }

  /// Reads decisions until each sale that has one is answered, or none has come for a while.
  void read_answers(const site& from) {
    auto topic = log::open_topic(from.log, "decisions");
    while (!topic) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
      topic = log::open_topic(from.log, "decisions");
    }
    ready_ = true;
    auto reader = log::open_topic_reader(*topic, log::extent::follow);
    if (!reader) {
      die(reader.error().message);
    }
    io::file_watch watch;
    for (std::uint32_t p = 0; p < topic->settings.partitions; ++p) {
      watch.add(topic->partition_folder(base::partition_id{p}) / "end");
    }
    auto last_answer = clock_type::now();
    while (!started_ || latencies_.total() < wanted()) {
      const auto before = latencies_.total();
      read_some(**reader);
      if (latencies_.total() > before || !started_) {
        last_answer = clock_type::now();
      } else if (clock_type::now() - last_answer > std::chrono::seconds{10}) {
        return;
      }
      watch.wait(std::chrono::milliseconds{20});
    }
  }

  [[nodiscard]] std::uint64_t wanted() const {
    std::uint64_t all = 0;
    for (std::uint64_t number = 0; number < count_; ++number) {
      all += bench::is_decided(number) ? 1U : 0U;
    }
    return all;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const bench::histogram& latencies() const { return latencies_; }
  [[nodiscard]] bool ready() const { return ready_; }

 private:
  void read_some(io::record_reader& from) {
    io::raw_record record;
    for (;;) {
      const auto found = from.next(record);
      if (!found) {
        die(found.error().message);
      }
      if (*found != io::reading::record) {
        return;
      }
      const auto number = bench::sale_decided(record.bytes);
      if (!number) {
        continue;
      }
      latencies_.record(
          std::chrono::duration_cast<bench::histogram::time>(clock_type::now() - due(*number)));
    }
  }

  double rate_;
  std::uint64_t count_;
  clock_type::time_point begun_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> ready_ = false;
  bench::histogram latencies_;
};

double ms(bench::histogram::time t) { return static_cast<double>(t.count()) / 1000; }

void measure(const settings& how, double rate) {
  const site live{how, "live"};
  bench::program node{live.command(how), (how.work / "live.log").string()};
  experiment load{rate, how.seconds};
  std::thread answers{[&] { load.read_answers(live); }};
  while (!load.ready() && node.runs()) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  if (!node.runs()) {
    die("the node did not start: " + (how.work / "live.log").string());
  }
  std::this_thread::sleep_for(std::chrono::seconds{1});
  const auto idle_from = node.cpu();
  std::this_thread::sleep_for(std::chrono::seconds{10});
  const auto idle = (node.cpu() - idle_from).count() / 10;
  const auto busy_from = node.cpu();
  load.append_all(live);
  answers.join();
  const auto busy = (node.cpu() - busy_from).count() / how.seconds;
  const auto& seen = load.latencies();
  fmt::print("{} records appended at {:.0f}/s, {} of {} decisions seen\n", load.count(), rate,
             seen.total(), load.wanted());
  fmt::print(
      "append to decision: p50 {:.1f} ms, p90 {:.1f}, p99 {:.1f}, p99.9 {:.1f}, most {:.1f}\n",
      ms(seen.quantile(0.5)), ms(seen.quantile(0.9)), ms(seen.quantile(0.99)),
      ms(seen.quantile(0.999)), ms(seen.most()));
  fmt::print("the node's processor time: {:.1f} % of a core while idle, {:.0f} % under this load\n",
             100 * idle, 100 * busy);
  if (node.stop() != 0 || seen.total() != load.wanted()) {
    die("decisions are missing, or the node failed: " + (how.work / "live.log").string());
  }
}

/// What one append that is synced alone takes on this disk: no decision can be quicker than two.
void print_sync_time(const settings& how) {
  const site quiet{how, "sync"};
  log::partition_writer writer{quiet.sales, base::partition_id{0}, base::system_clock()};
  bench::histogram took;
  const log::new_record record{.key = {}, .value = "x", .timestamp = {}, .headers = {}};
  for (int i = 0; i < 200; ++i) {
    const auto begun = clock_type::now();
    if (!writer.append({.records = std::span{&record, 1}, .by = {}, .marker = {}})) {
      die("an append failed");
    }
    took.record(std::chrono::duration_cast<bench::histogram::time>(clock_type::now() - begun));
  }
  fmt::print("one synced append alone: p50 {:.1f} ms, p99 {:.1f} ms\n", ms(took.quantile(0.5)),
             ms(took.quantile(0.99)));
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  CLI::App app{"From append to decision: latency at a share of full throughput"};
  app.add_option("--records", how.records, "for the full throughput");
  app.add_option("--share", how.share, "of it that is offered (0.1)");
  app.add_option("--rate", how.rate, "records a second, instead of a share");
  app.add_option("--seconds", how.seconds, "of load");
  app.add_option("--work", how.work, "a folder for logs");
  CLI11_PARSE(app, argc, argv);
  fs::create_directories(how.work);
  bench::write_stores(how.work);
  print_sync_time(how);
  const auto full = throughput(how);
  fmt::print("full throughput: {:.0f} records/s\n", full);
  measure(how, how.rate > 0 ? how.rate : how.share * full);
  fs::remove_all(how.work);
}
