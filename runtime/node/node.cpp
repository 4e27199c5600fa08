// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/node.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/io/file_sink.hpp"
#include "runtime/io/output_folder.hpp"
#include "runtime/io/webhook_sink.hpp"
#include "runtime/log/topic_lane.hpp"
#include "runtime/node/beds.hpp"
#include "runtime/node/coordinator_actor.hpp"
#include "runtime/node/lane_actor.hpp"
#include "runtime/node/open_sources.hpp"
#include "runtime/node/query.hpp"
#include "runtime/node/query_server.hpp"
#include "runtime/node/reader_actor.hpp"
#include "runtime/node/shard_actor.hpp"
#include "runtime/node/source_watcher.hpp"
#include "runtime/node/summary.hpp"
#include "runtime/node/table_actor.hpp"
#include "runtime/node/tables.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::node {
namespace {

/// Messages an actor takes before it lets others at the processor: one hot shard must not starve
/// the rest.
constexpr std::size_t messages_per_turn = 100;
/// How often the supervisor looks whether it was asked to stop.
constexpr std::chrono::milliseconds look_every{100};

std::unexpected<run_error> not_started(base::diagnostics problems) {
  return std::unexpected{run_error{errc::not_started, std::move(problems)}};
}

/// Everything that can fail is opened before the first actor is made.
struct opened {
  std::vector<std::shared_ptr<io::source>> sources;
  /// By lane, as in the wiring.
  std::vector<std::shared_ptr<io::lane_writer>> files;
};

std::expected<std::vector<std::shared_ptr<io::lane_writer>>, base::diagnostics> open_lanes(
    const topology::plan& plan, const wiring& wired, const run_options& options) {
  const auto& out = options.out;
  const io::webhook_surroundings around{.stop_requested = options.stop_requested,
                                        .tell = options.notice};
  std::vector<std::shared_ptr<io::lane_writer>> files;
  base::diagnostics problems;
  for (const auto& lane : wired.lanes) {
    const auto& sink = plan.sinks[lane.sink];
    const auto folder = (sink.log ? *sink.log : out) / sink.folder;
    auto file = sink.log       ? log::open_lane(*sink.log, sink.folder, sink.lanes, lane.number,
                                                plan.name + '/' + sink.name, base::system_clock())
                : sink.webhook ? io::open_webhook_lane(*sink.webhook, folder, lane.number, around)
                               : io::open_lane(folder, lane.number, 0);
    if (file) {
      files.push_back(std::move(*file));
    } else {
      problems.push_back(problem(folder.string(), "unwritable", file.error().message));
    }
  }
  if (!problems.empty()) {
    return std::unexpected{std::move(problems)};
  }
  return files;
}

/// The actors of one node, made and introduced to each other.
class cast_of_actors {
 public:
  cast_of_actors(caf::actor_system& system, const topology::plan& plan, const wiring& wired,
                 caf::actor supervisor)
      : system_{system}, plan_{plan}, wired_{wired}, supervisor_{std::move(supervisor)} {}

  void spawn(opened all, const run_options& options, view::run_status& status) {
    const auto summary = options.out / "summary.json";
    const auto keep = [this, summary, last = std::string{}](
                          const epoch_record& record) mutable -> std::optional<std::string> {
      auto text = summary_json(wired_, record);
      if (text == last) {
        return std::nullopt;
      }
      const auto wrote = io::write_file_atomically(summary, text);
      last = std::move(text);
      return wrote ? std::nullopt : std::optional{wrote.error().message};
    };
    coordinator_ = system_.spawn(coordinator_actor, options.epoch_interval, keep, &status);
    spawn_lanes(std::move(all.files), status);
    for (std::size_t s = 0; s < wired_.shards.size(); ++s) {
      const auto& wired = wired_.shards[s];
      // Who waits for other actors does so on a thread of its own.
      shards_.push_back(
          wired.options.keys_max
              ? system_.spawn<caf::detached>(shard_actor, s, std::cref(wired), &status)
              : system_.spawn(shard_actor, s, std::cref(wired), &status));
    }
    for (const auto& source : all.sources) {
      watched_.push_back(source->watch(*source_watch_) ? std::make_shared<std::atomic<bool>>(false)
                                                       : nullptr);
    }
    for (std::size_t r = 0; r < wired_.readers.size(); ++r) {
      readers_.push_back(system_.spawn<reader_actor, caf::detached>(
          r, std::move(all.sources[r]), &status.sources[r], std::cref(base::system_clock())));
    }
  }

  void introduce(const loaded_tables& tables) {
    for (std::size_t l = 0; l < wired_.lanes.size(); ++l) {
      introduce_lane(l);
    }
    for (std::size_t s = 0; s < wired_.shards.size(); ++s) {
      introduce_shard(s);
    }
    introduce_coordinator(tables);
    for (std::size_t r = 0; r < wired_.readers.size(); ++r) {
      introduce_reader(r);
    }
    if (std::ranges::any_of(watched_, [](const look_flag& flag) { return flag != nullptr; })) {
      watchers_.push_back(system_.spawn<caf::detached>(source_watcher, std::move(source_watch_),
                                                       readers_, watched_));
    }
  }

  [[nodiscard]] const std::vector<caf::actor>& shards() const { return shards_; }
  /// Follows the tables' files from now on.
  void watch_tables(std::shared_ptr<table_watch> watch) {
    watchers_.push_back(system_.spawn<caf::detached>(table_actor, std::move(watch),
                                                     std::cref(plan_), coordinator_, supervisor_));
  }

  void ask_to_stop() { caf::anon_send(coordinator_, stop{}); }

  void dismiss() {
    for (const auto& reader : readers_) {
      caf::anon_send(reader, dismissed{});
    }
    for (const auto* group : {&shards_, &lanes_, &writers_, &watchers_}) {
      for (const auto& who : *group) {
        caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
      }
    }
    caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
  }

 private:
  void introduce_coordinator(const loaded_tables& tables) {
    auto to = std::make_shared<coordinator_neighbours>();
    to->readers = readers_;
    to->lanes = lanes_;
    to->shards = shards_;
    to->supervisor = supervisor_;
    to->tables = tables;
    for (const auto& table : plan_.tables) {
      to->table_names.push_back(table.name);
    }
    to->max_drift = plan_.max_drift;
    caf::anon_send(coordinator_, meet_coordinator{std::move(to)});
  }

  void spawn_lanes(std::vector<std::shared_ptr<io::lane_writer>> files, view::run_status& status) {
    std::vector<std::vector<std::shared_ptr<io::lane_writer>>> by_sink(plan_.sinks.size());
    for (std::size_t l = 0; l < wired_.lanes.size(); ++l) {
      auto& of_sink = by_sink[wired_.lanes[l].sink];
      lanes_.push_back(system_.spawn(lane_actor, std::cref(wired_.lanes[l]), of_sink.size()));
      of_sink.push_back(std::move(files[l]));
    }
    for (auto& of_sink : by_sink) {
      writers_.push_back(
          system_.spawn<caf::detached>(writer_actor, std::move(of_sink), supervisor_, &status));
    }
  }

  void introduce_lane(std::size_t l) {
    auto to = std::make_shared<lane_neighbours>();
    for (const auto& origin : wired_.lanes[l].origins) {
      to->senders.push_back(origin.is_reader ? readers_[origin.sender] : shards_[origin.sender]);
    }
    to->writer = writers_[wired_.lanes[l].sink];
    to->coordinator = coordinator_;
    to->supervisor = supervisor_;
    caf::anon_send(lanes_[l], meet_lane{std::move(to)});
  }

  void introduce_shard(std::size_t s) {
    auto to = std::make_shared<shard_neighbours>();
    to->readers = readers_;
    to->lanes = pick_lanes(wired_.shards[s].lanes);
    to->coordinator = coordinator_;
    to->supervisor = supervisor_;
    caf::anon_send(shards_[s], meet_shard{std::move(to)});
  }

  void introduce_reader(std::size_t r) {
    auto to = std::make_shared<reader_neighbours>();
    for (const auto s : wired_.readers[r].shards) {
      to->shards.push_back(shards_[s]);
    }
    to->lanes = pick_lanes(wired_.readers[r].lanes);
    to->coordinator = coordinator_;
    to->supervisor = supervisor_;
    to->tells_progress = plan_.max_drift.has_value();
    to->told_to_look = watched_[r];
    caf::anon_send(readers_[r], meet_reader{std::move(to)});
  }

  std::vector<caf::actor> pick_lanes(const std::vector<std::size_t>& which) const {
    std::vector<caf::actor> picked;
    picked.reserve(which.size());
    for (const auto l : which) {
      picked.push_back(lanes_[l]);
    }
    return picked;
  }

  caf::actor_system& system_;
  const topology::plan& plan_;
  const wiring& wired_;
  caf::actor supervisor_;
  caf::actor coordinator_;
  std::vector<caf::actor> watchers_;
  std::vector<caf::actor> readers_;
  std::vector<caf::actor> shards_;
  std::vector<caf::actor> lanes_;
  std::vector<caf::actor> writers_;
  std::shared_ptr<io::file_watch> source_watch_ = std::make_shared<io::file_watch>();
  /// By reader; null where its source cannot be watched.
  std::vector<look_flag> watched_;
};

/// Waits until everything is delivered, something breaks, or the run is asked to stop.
std::expected<void, run_error> supervise(caf::scoped_actor& self, cast_of_actors& cast,
                                         const run_options& options) {
  std::optional<std::string> broken;
  bool over = false;
  bool stopping = false;
  while (!over && !broken) {
    self->receive([&](run_over) { over = true; }, [&](const fault& f) { broken = f.reason; },
                  [&](const notice& n) {
                    if (options.notice) {
                      options.notice(n.text);
                    }
                  },
                  caf::after(look_every) >> [] {});
    if (!stopping && options.stop_requested != nullptr && *options.stop_requested) {
      stopping = true;
      cast.ask_to_stop();
    }
  }
  if (broken) {
    return std::unexpected{
        run_error{errc::stopped, {problem(options.out.string(), "stopped", *broken)}}};
  }
  return {};
}

}  // namespace

namespace {

/// A run is worth more than questions about it: when they cannot be taken, it goes on without.
std::unique_ptr<query_server> answer_questions(const topology::plan& plan, const wiring& wired,
                                               const std::vector<caf::actor>& shards,
                                               const run_options& options) {
  auto server = query_server::start(plan.name, [&wired, shards](const question& asked) {
    return ask_shards(wired, shards, asked);
  });
  if (!server) {
    if (options.notice) {
      options.notice(fmt::format("aisle actor will not find this run: {}", server.error()));
    }
    return nullptr;
  }
  return std::move(*server);
}

}  // namespace

void name_status(const topology::plan& plan, view::run_status& status) {
  for (const auto& source : plan.sources) {
    status.sources.emplace_back().name = source.name;
  }
  for (const auto& stage : plan.stages) {
    status.stages.emplace_back().name = stage.name;
  }
}

std::expected<void, run_error> run(const topology::plan& plan, const run_options& options,
                                   view::run_status& status) {
  std::vector<std::filesystem::path> table_files;
  table_files.reserve(plan.tables.size());
  for (const auto& table : plan.tables) {
    table_files.push_back(table.file);
  }
  auto watch = std::make_shared<table_watch>(std::move(table_files), io::real_disk());
  const auto tables = load_tables(plan);
  if (!tables) {
    return not_started(tables.error());
  }
  auto inputs = open_sources(plan, !options.bounded);
  if (!inputs) {
    return not_started(std::move(inputs.error()));
  }
  const auto wired = wire(plan, *tables, options.shards, base::system_clock(),
                          partitions_of(*inputs), !options.bounded);
  auto files = open_lanes(plan, *wired, options);
  if (!files) {
    return not_started(std::move(files.error()));
  }
  std::optional<entity::memory_budget> budget;
  if (options.memory) {
    budget.emplace(*options.memory);
  }
  if (const auto made = make_beds(*wired, options.scratch, budget ? &*budget : nullptr); !made) {
    return not_started(
        base::diagnostics{problem(options.scratch.string(), "scratch", made.error())});
  }
  opened all{.sources = join(std::move(*inputs), *wired), .files = std::move(*files)};
  caf::actor_system_config config;
  config.set("scheduler.max-threads", static_cast<std::int64_t>(options.workers));
  // Stealing workers look for work a hundred times a second each; sharing ones are woken.
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-throughput", static_cast<std::int64_t>(messages_per_turn));
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  cast_of_actors cast{system, plan, *wired, caf::actor_cast<caf::actor>(self)};
  cast.spawn(std::move(all), options, status);
  cast.introduce(*tables);
  if (!options.bounded && !plan.tables.empty()) {
    cast.watch_tables(std::move(watch));
  }
  const auto questions = answer_questions(plan, *wired, cast.shards(), options);
  auto outcome = supervise(self, cast, options);
  cast.dismiss();
  return outcome;
}

}  // namespace aisle::node
