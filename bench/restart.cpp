// SPDX-License-Identifier: Apache-2.0
// How large is a node with millions of actors, and how soon does it decide after kill -9? The
// program that ships follows a topic with a line for each article, with a budget and epochs on the
// disk. When all are kept and nothing is left to do it is killed, and started again; the decision
// it is asked for needs what an actor had learned before.
//
//   bench_restart                                   1 M actors, 1 GiB
//   bench_restart --actors 10000000                 leaves some 40 GB on the disk while it runs
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/program.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/log/producer.hpp"
#include "runtime/log/topic_reader.hpp"

namespace {

using namespace aisle;
namespace fs = std::filesystem;
using std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

struct settings {
  std::uint64_t actors = 1'000'000;
  std::string memory = "1GiB";
  std::string epoch = "1s";
  int shards = 4;
  int workers = 2;
  int restarts = 3;
  fs::path work = fs::temp_directory_path();
};

/// The article of which a price is odd: after lines enough to know its usual one.
constexpr std::uint64_t probe = 0;
constexpr int lines_to_learn = 8;
constexpr std::string_view usual_price = "4.95";
constexpr std::string_view odd_price = "49.50";

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

double gb(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e9; }
double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }
double since(steady_clock::time_point began) {
  return seconds{steady_clock::now() - began}.count();
}

/// A folder with all of it, gone with the bench.
class site {
 public:
  explicit site(const settings& how)
      : how_{how}, folder_{how.work / fmt::format("aisle-bench-restart-{}", ::getpid())} {
    auto made = log::make_topic(folder_ / "log", "lines", {.partitions = 1, .keep = {}},
                                base::system_clock());
    if (!made) {
      die(made.error().message);
    }
    lines_ = std::make_unique<log::producer>(*made, base::system_clock());
  }
  site(const site&) = delete;
  site& operator=(const site&) = delete;
  ~site() {
    lines_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void sell(std::uint64_t article, std::string_view price) {
    waiting_.push_back(
        {.key = {},
         .value =
             fmt::format(R"({{"InvoiceNo":"1","StockCode":"{:08}","Quantity":{},)"
                         R"("InvoiceDate":"2011-03-01 12:00:00","UnitPrice":{},"Country":"UK"}})",
                         article, 1 + article % 3, price),
         .timestamp = base::system_clock().now(),
         .headers = {}});
    if (waiting_.size() >= 10'000) {
      append();
    }
  }
  void flush() {
    append();
    lines_->flush();
  }

  [[nodiscard]] bench::program start() const {
    return {
        {AISLE_PROGRAM, "run", AISLE_SOURCE_DIR "/bench/restart/restart.yaml", "--log",
         "embedded:" + (folder_ / "log").string(), "--out", (folder_ / "out").string(), "--state",
         state().string(), "--memory", how_.memory, "--epoch", how_.epoch, "--shards",
         std::to_string(how_.shards), "--workers", std::to_string(how_.workers), "--quiet"},
        log_file()};
  }
  [[nodiscard]] std::string log_file() const { return (folder_ / "node.log").string(); }
  [[nodiscard]] fs::path state() const { return folder_ / "state"; }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  void append() {
    lines_->append(base::partition_id{0}, std::exchange(waiting_, {}), {}, {},
                   [](log::result<log::acknowledged> done) {
                     if (!done) {
                       die(done.error().message);
                     }
                   });
  }

  const settings& how_;
  fs::path folder_;
  std::unique_ptr<log::producer> lines_;
  std::vector<log::owned_record> waiting_;
};

/// Counts the alerts about the probe's price that were written.
class alerts {
 public:
  explicit alerts(fs::path log) : log_{std::move(log)} {}

  std::size_t seen() {
    if (!reader_) {
      auto topic = log::open_topic(log_, "decisions");
      if (!topic) {
        return 0;
      }
      auto reader = log::open_topic_reader(*topic, log::extent::follow);
      if (!reader) {
        die(reader.error().message);
      }
      reader_ = std::move(*reader);
    }
    io::raw_record record;
    for (auto found = reader_->next(record); found && *found == io::reading::record;
         found = reader_->next(record)) {
      seen_ += record.bytes.find("decimal_slip") != std::string_view::npos ? 1U : 0U;
    }
    return seen_;
  }

 private:
  fs::path log_;
  std::unique_ptr<io::record_reader> reader_;
  std::size_t seen_ = 0;
};

/// What a node held at the most; looked at now and then.
struct memory_seen {
  std::uint64_t heap = 0;

  void look(const bench::program& at) { heap = std::max(heap, at.memory("RssAnon:")); }
};

void check_runs(const bench::program& node, const site& in) {
  if (!node.runs()) {
    die("the node ended; see " + in.log_file());
  }
}

/// Until it has used hardly any processor for some seconds: everything is kept, and folded.
void wait_for_rest(const bench::program& node, const site& in, memory_seen& most) {
  constexpr int calm_seconds = 3;
  for (int calm = 0; calm < calm_seconds;) {
    const auto before = node.cpu();
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
      most.look(node);
    }
    check_runs(node, in);
    calm = (node.cpu() - before).count() < 0.1 ? calm + 1 : 0;
  }
}

void wait_for_alert(const bench::program& node, const site& in, alerts& answers, std::size_t number,
                    memory_seen& most, std::chrono::milliseconds look_every) {
  while (answers.seen() < number) {
    std::this_thread::sleep_for(look_every);
    most.look(node);
    check_runs(node, in);
  }
}

void print_memory(std::string_view when, const bench::program& node, const memory_seen& most) {
  fmt::print(
      "{}: heap {:.0f} MiB, {:.0f} at the most; pages of files mapped {:.0f} MiB; resident "
      "{:.0f} MiB, {:.0f} at the most\n",
      when, mib(node.memory("RssAnon:")), mib(most.heap), mib(node.memory("RssFile:")),
      mib(node.memory("VmRSS:")), mib(node.memory("VmHWM:")));
  std::fflush(stdout);
}

void run(const settings& how) {
  site in{how};
  for (int i = 0; i < lines_to_learn; ++i) {
    in.sell(probe, usual_price);
  }
  for (std::uint64_t article = 1; article < how.actors; ++article) {
    in.sell(article, usual_price);
  }
  in.sell(probe, odd_price);
  in.flush();
  fmt::print("{} articles, --memory {}, --epoch {}, {} shards, {} workers\n", how.actors,
             how.memory, how.epoch, how.shards, how.workers);
  std::fflush(stdout);
  alerts answers{in.folder() / "log"};
  std::size_t decided = 1;
  {
    memory_seen most;
    auto began = steady_clock::now();
    const auto node = in.start();
    wait_for_alert(node, in, answers, decided, most, std::chrono::milliseconds{100});
    fmt::print("all read in {:.1f} s, {:.0f} s of CPU", since(began), node.cpu().count());
    wait_for_rest(node, in, most);
    fmt::print("; all folded in {:.1f} s, {:.0f} s of CPU\n", since(began), node.cpu().count());
    print_memory("the first run", node, most);
  }
  fmt::print("killed; state {:.2f} GB in its file, {:.0f} bytes an actor\n",
             gb(fs::file_size(in.state() / "data.mdb")),
             static_cast<double>(fs::file_size(in.state() / "data.mdb")) /
                 static_cast<double>(how.actors));
  std::fflush(stdout);
  for (int i = 0; i < how.restarts; ++i) {
    in.sell(probe, odd_price);
    in.flush();
    memory_seen most;
    const auto began = steady_clock::now();
    const auto node = in.start();
    wait_for_alert(node, in, answers, ++decided, most, std::chrono::milliseconds{2});
    fmt::print("decides {:.0f} ms after its start, {:.0f} ms of CPU\n", since(began) * 1e3,
               node.cpu().count() * 1e3);
    wait_for_rest(node, in, most);
    print_memory("  at rest", node, most);
  }
}

}  // namespace

int main(int argc, char** argv) {
  settings how;
  CLI::App app{"a node with millions of actors: how large, and how soon back after kill -9"};
  app.add_option("--actors", how.actors)->check(CLI::Range(1000, 100'000'000));
  app.add_option("--memory", how.memory, "of the node");
  app.add_option("--epoch", how.epoch, "from epoch to epoch");
  app.add_option("--shards", how.shards);
  app.add_option("--workers", how.workers);
  app.add_option("--restarts", how.restarts, "kills, one after the other");
  app.add_option("--work", how.work, "folder on the disk that is measured");
  CLI11_PARSE(app, argc, argv);
  run(how);
  return 0;
}
