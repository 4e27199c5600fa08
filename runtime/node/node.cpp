// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/node.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/io/output_folder.hpp"
#include "runtime/node/beds.hpp"
#include "runtime/node/coordinator_actor.hpp"
#include "runtime/node/kept_state.hpp"
#include "runtime/node/lane_actor.hpp"
#include "runtime/node/open_inputs.hpp"
#include "runtime/node/open_lanes.hpp"
#include "runtime/node/open_sources.hpp"
#include "runtime/node/query.hpp"
#include "runtime/node/query_server.hpp"
#include "runtime/node/reader_actor.hpp"
#include "runtime/node/shard_actor.hpp"
#include "runtime/node/source_keeping.hpp"
#include "runtime/node/source_watcher.hpp"
#include "runtime/node/state_actor.hpp"
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

/// Everything that can fail is opened before the first actor is made.
struct opened {
  std::vector<std::shared_ptr<io::source>> sources;
  /// By lane, and by shard, as in the wiring.
  std::vector<opened_lane> lanes;
  std::vector<shard_keeping> shards;
  epoch_record record;
};

/// The actors of one node, made and introduced to each other.
class cast_of_actors {
 public:
  cast_of_actors(caf::actor_system& system, const topology::plan& plan, const wiring& wired,
                 kept_state& kept, caf::actor supervisor)
      : system_{system},
        plan_{plan},
        wired_{wired},
        kept_{kept},
        supervisor_{std::move(supervisor)} {}

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
    coordinator_ =
        system_.spawn(coordinator_actor,
                      coordinator_beginning{.kept = &kept_,
                                            .clock = &base::system_clock(),
                                            .record = std::move(all.record),
                                            .pace = {.interval = options.epoch_interval,
                                                     .max_cost = options.max_cost,
                                                     .processors = std::max(options.workers, 1U)}},
                      keep, &status);
    if (kept_.is_durable()) {
      state_writer_ = system_.spawn<caf::detached>(state_actor, kept_.writer());
    }
    spawn_lanes(std::move(all.lanes), status);
    for (std::size_t s = 0; s < wired_.shards.size(); ++s) {
      const auto& wired = wired_.shards[s];
      // Who waits for other actors does so on a thread of its own.
      shards_.push_back(
          wired.options.keys_max
              ? system_.spawn<caf::detached>(shard_actor, s, std::cref(wired), all.shards[s],
                                             &status)
              : system_.spawn(shard_actor, s, std::cref(wired), all.shards[s], &status));
    }
    for (const auto& source : all.sources) {
      watched_.push_back(source->watch(*source_watch_) ? std::make_shared<std::atomic<bool>>(false)
                                                       : nullptr);
    }
    for (std::size_t r = 0; r < wired_.readers.size(); ++r) {
      readers_.push_back(system_.spawn<reader_actor, caf::detached>(
          r, wired_.readers[r].options.source, std::move(all.sources[r]), &status.sources[r],
          std::cref(base::system_clock())));
    }
  }

  /// Whoever is spoken to first hears first whom to speak to.
  void introduce(const loaded_tables& tables) {
    introduce_coordinator(tables);
    introduce_state_writer();
    for (std::size_t l = 0; l < wired_.lanes.size(); ++l) {
      introduce_lane(l);
    }
    for (std::size_t s = 0; s < wired_.shards.size(); ++s) {
      introduce_shard(s);
    }
    for (std::size_t k = 0; k < writers_.size(); ++k) {
      introduce_writer(k);
    }
    for (std::size_t r = 0; r < wired_.readers.size(); ++r) {
      introduce_reader(r);
    }
    caf::anon_send(coordinator_, everybody_met{});
    if (std::ranges::any_of(watched_, [](const look_flag& flag) { return flag != nullptr; })) {
      watchers_.push_back(system_.spawn<caf::detached>(source_watcher, std::move(source_watch_),
                                                       readers_, watched_));
    }
  }

  [[nodiscard]] const std::vector<caf::actor>& shards() const { return shards_; }
  /// Follows the tables from now on.
  void follow_tables(followed_tables followed) {
    watchers_.push_back(system_.spawn<caf::detached>(table_actor, std::move(followed),
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
    if (state_writer_) {
      caf::anon_send_exit(state_writer_, caf::exit_reason::user_shutdown);
    }
  }

 private:
  void introduce_coordinator(const loaded_tables& tables) {
    auto to = std::make_shared<coordinator_neighbours>();
    to->readers = readers_;
    to->lanes = lanes_;
    to->shards = shards_;
    to->supervisor = supervisor_;
    to->state_writer = state_writer_;
    to->tables = tables;
    for (const auto& table : plan_.tables) {
      to->table_names.push_back(table.name);
    }
    for (const auto& lane : wired_.lanes) {
      to->sink_of_lane.push_back(lane.sink);
    }
    to->max_drift = plan_.max_drift;
    caf::anon_send(coordinator_, meet_coordinator{std::move(to)});
  }

  void introduce_state_writer() {
    if (!state_writer_) {
      return;
    }
    auto to = std::make_shared<state_neighbours>();
    to->coordinator = coordinator_;
    to->shards = shards_;
    to->supervisor = supervisor_;
    caf::anon_send(state_writer_, meet_state{std::move(to)});
  }

  void spawn_lanes(std::vector<opened_lane> lanes, view::run_status& status) {
    std::vector<std::shared_ptr<std::vector<written_lane>>> by_writer(wired_.writers);
    for (std::size_t l = 0; l < wired_.lanes.size(); ++l) {
      const auto& wired = wired_.lanes[l];
      auto& beside = by_writer[wired.writer];
      beside = beside ? beside : std::make_shared<std::vector<written_lane>>();
      lanes_.push_back(system_.spawn(lane_actor, std::cref(wired),
                                     lane_place{.number = l,
                                                .in_writer = beside->size(),
                                                .generation = kept_.generation(),
                                                .from = kept_.from(),
                                                .keeps = kept_.is_durable()},
                                     lanes[l].from.note));
      beside->push_back({.file = lanes[l].file,
                         .courier = courier_of(l, std::move(lanes[l])),
                         .sink = &status.sinks[wired.sink]});
    }
    for (const auto& written : by_writer) {
      writers_.push_back(system_.spawn<caf::detached>(writer_actor, written, supervisor_, &status));
    }
  }

  std::unique_ptr<checkpoint::courier> courier_of(std::size_t l, opened_lane lane) {
    if (lane.delivery == nullptr) {
      return nullptr;
    }
    auto courier = std::make_unique<checkpoint::courier>(
        std::move(lane.delivery),
        [&kept = kept_, l](const control::attempt& of, std::uint32_t part) {
          return kept.outbox_part(l, of, part);
        });
    courier->assigned(lane.from.memory, kept_.from());
    return courier;
  }

  void introduce_writer(std::size_t k) {
    meet_writer meet;
    for (std::size_t l = 0; l < wired_.lanes.size(); ++l) {
      if (wired_.lanes[l].writer == k) {
        meet.lanes.push_back(lanes_[l]);
      }
    }
    caf::anon_send(writers_[k], std::move(meet));
  }

  void introduce_lane(std::size_t l) {
    auto to = std::make_shared<lane_neighbours>();
    for (const auto& origin : wired_.lanes[l].origins) {
      to->senders.push_back(origin.is_reader ? readers_[origin.sender] : shards_[origin.sender]);
    }
    to->writer = writers_[wired_.lanes[l].writer];
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
    // A shard that goes on may have work without any message.
    caf::anon_send(shards_[s], go_on{});
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
    to->shows_positions = !plan_.sources[r].group.empty();
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
  kept_state& kept_;
  caf::actor supervisor_;
  caf::actor coordinator_;
  caf::actor state_writer_;
  std::vector<caf::actor> watchers_;
  std::vector<caf::actor> readers_;
  std::vector<caf::actor> shards_;
  std::vector<caf::actor> lanes_;
  std::vector<caf::actor> writers_;
  std::shared_ptr<io::file_watch> source_watch_ = std::make_shared<io::file_watch>();
  /// By reader; null where its source cannot be watched.
  std::vector<look_flag> watched_;
};

/// What a person should hear of a topic that has more partitions than were there when it was
/// opened.
std::string growth_of(const topology::planned_source& source, const grown& by, bool goes_on) {
  const auto what =
      fmt::format("the topic of source {} has {} partitions by now", source.name, by.partitions);
  return goes_on ? what + "; they are read behind the epoch that runs"
                 : what +
                       "; the new ones are not read by this run, which keeps no state to go on "
                       "from: start it again, with --state DIR";
}

/// Waits until everything is delivered, something breaks, or the run is asked to stop or to reload,
/// or has to take in more partitions.
std::expected<run_end, run_error> supervise(caf::scoped_actor& self, cast_of_actors& cast,
                                            const topology::plan& plan,
                                            const run_options& options) {
  std::optional<std::string> broken;
  bool over = false;
  bool stopping = false;
  auto end = run_end::over;
  bool has_grown = false;
  std::string said;
  // Lanes that are hit by the same say the same: it is said once.
  const auto tell = [&](const std::string& text) {
    if (options.notice && said != text) {
      options.notice(text);
    }
    said = text;
  };
  while (!over && !broken) {
    self->receive([&](run_over) { over = true; }, [&](const fault& f) { broken = f.reason; },
                  [&](const notice& n) { tell(n.text); },
                  [&](const grown& by) {
                    const bool goes_on = options.state && !options.bounded;
                    has_grown = has_grown || goes_on;
                    if (!options.bounded) {
                      tell(growth_of(plan.sources[by.reader], by, goes_on));
                    }
                  },
                  caf::after(look_every) >> [] {});
    if (!stopping && options.desk != nullptr && options.desk->serve(options.reload)) {
      end = run_end::reloading;
    }
    end = end == run_end::over && has_grown ? run_end::grown : end;
    const bool asked = options.stop_requested != nullptr && *options.stop_requested;
    end = asked ? run_end::over : end;
    if (!stopping && (asked || end != run_end::over)) {
      stopping = true;
      cast.ask_to_stop();
    }
  }
  if (broken) {
    return std::unexpected{
        run_error{errc::stopped, {problem(options.out.string(), "stopped", *broken)}}};
  }
  return end;
}

}  // namespace

namespace {

/// A run is worth more than questions about it: when they cannot be taken, it goes on without.
std::unique_ptr<query_server> answer_questions(const topology::plan& plan, const wiring& wired,
                                               const std::vector<caf::actor>& shards,
                                               const run_options& options) {
  auto server = query_server::start(
      plan.name, [&wired, shards, desk = options.desk](const question& asked) -> answered {
        if (asked.request != request::reload) {
          return ask_shards(wired, shards, asked);
        }
        return desk == nullptr ? std::unexpected{"this run cannot be reloaded"} : desk->ask();
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

run_error fault_of(std::string code, std::string text) {
  return {errc::stopped, {problem({}, std::move(code), std::move(text))}};
}

bool holds_state(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::exists(folder / kv::data_file_name, ignored) ||
         std::filesystem::exists(folder / kv::id_file_name, ignored);
}

void name_status(const topology::plan& plan, view::run_status& status) {
  for (const auto& source : plan.sources) {
    status.sources.emplace_back().name = source.name;
  }
  for (const auto& stage : plan.stages) {
    status.stages.emplace_back().name = stage.name;
  }
  for (const auto& sink : plan.sinks) {
    auto& shown = status.sinks.emplace_back();
    shown.name = sink.name;
    shown.log = sink.log ? topology::to_text(*sink.log) : "";
  }
}

namespace {

/// Gives every shard what its epochs are kept by, and from where it goes on.
std::expected<std::vector<shard_keeping>, run_error> keep_shards(const wiring& wired,
                                                                 const kept_state& kept,
                                                                 entity::memory_budget* budget) {
  std::vector<shard_keeping> shards(wired.shards.size());
  for (std::size_t s = 0; s < shards.size() && kept.is_durable(); ++s) {
    auto& one = shards[s];
    one.store = kept.store_of(s);
    one.actors = std::make_shared<entity::kept_actors>(one.store);
    one.budget = budget;
    one.layouts = kept.layouts_of(wired.shards[s].stage);
    if (!kept.goes_on()) {
      continue;
    }
    auto from = kept.load_shard(s, wired.shards[s]);
    if (!from) {
      return std::unexpected{fault_of("state", from.error())};
    }
    one.from = std::make_shared<entity::shard_beginning>(*std::move(from));
  }
  return shards;
}

/// Sources from now on say what they change, and go on where they were.
std::expected<void, run_error> keep_sources(std::vector<std::shared_ptr<io::source>>& sources,
                                            const kept_state& kept, epoch_record& record) {
  for (std::size_t r = 0; r < sources.size() && kept.is_durable(); ++r) {
    sources[r]->keep_track();
    if (!kept.goes_on(kept.names().readers[r])) {
      continue;
    }
    auto from = kept.load_source(r);
    if (!from) {
      return std::unexpected{fault_of("state", from.error())};
    }
    grow(*from, sources[r]->partitions());
    record.readers[r] = from->facts.reading.counts;
    if (const auto there = sources[r]->begin(*from); !there) {
      return std::unexpected{
          fault_of("source", fmt::format("source {} cannot go on where the state has it: {}",
                                         kept.names().readers[r].of, there.error().message))};
    }
  }
  return {};
}

/// Everything that the actors are made of.
std::expected<opened, run_error> open_all(const topology::plan& plan, const run_options& options,
                                          wiring& wired, std::vector<opened_source> inputs,
                                          const kept_state& kept, entity::memory_budget* budget) {
  opened all;
  all.record.readers.resize(wired.readers.size());
  all.record.idle.resize(wired.readers.size());
  all.record.shards.resize(wired.shards.size());
  auto lanes = open_lanes(plan, wired, options, kept);
  if (!lanes) {
    return std::unexpected{std::move(lanes.error())};
  }
  all.lanes = *std::move(lanes);
  auto shards = keep_shards(wired, kept, budget);
  if (!shards) {
    return std::unexpected{std::move(shards.error())};
  }
  all.shards = *std::move(shards);
  for (std::size_t s = 0; s < all.shards.size(); ++s) {
    if (all.shards[s].from) {
      all.record.shards[s] = all.shards[s].from->facts.host.counts;
    }
  }
  if (!kept.is_durable()) {
    if (const auto made = make_beds(wired, options.scratch, budget); !made) {
      return std::unexpected{run_error{
          errc::not_started, {problem(options.scratch.string(), "scratch", made.error())}}};
    }
  }
  all.sources = join(std::move(inputs), wired);
  if (auto begun = keep_sources(all.sources, kept, all.record); !begun) {
    return std::unexpected{std::move(begun.error())};
  }
  return all;
}

}  // namespace

std::expected<run_end, run_error> run(const topology::plan& plan, const run_options& options,
                                      view::run_status& status) {
  std::vector<std::filesystem::path> table_files;
  table_files.reserve(plan.tables.size());
  for (const auto& table : plan.tables) {
    table_files.push_back(table.file);
  }
  auto watch = std::make_shared<table_watch>(std::move(table_files), io::real_disk());
  auto inputs = open_inputs(plan, options);
  if (!inputs) {
    return std::unexpected{std::move(inputs.error())};
  }
  if (!*inputs) {
    return run_end::not_begun;
  }
  auto& [tables, sources] = **inputs;
  const auto partitions = partitions_of(sources);
  const auto wired =
      wire(plan, tables.rows, options.shards, base::system_clock(), partitions, !options.bounded);
  const auto kept = kept_state::open(plan, *wired,
                                     {.folder = options.state,
                                      .shards = options.shards,
                                      .partitions = partitions,
                                      .may_drop = options.may_drop});
  if (!kept) {
    return std::unexpected{
        run_error{kept.error().nothing_done ? errc::not_started : errc::stopped,
                  {problem(options.state.value_or("").string(), "state", kept.error().text)}}};
  }
  std::optional<entity::memory_budget> budget;
  if (options.memory) {
    budget.emplace(*options.memory);
  }
  auto all =
      open_all(plan, options, *wired, std::move(sources), **kept, budget ? &*budget : nullptr);
  if (!all) {
    return std::unexpected{std::move(all.error())};
  }
  caf::actor_system_config config;
  config.set("scheduler.max-threads", static_cast<std::int64_t>(options.workers));
  // Stealing workers look for work a hundred times a second each; sharing ones are woken.
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-throughput", static_cast<std::int64_t>(messages_per_turn));
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  cast_of_actors cast{system, plan, *wired, **kept, caf::actor_cast<caf::actor>(self)};
  cast.spawn(*std::move(all), options, status);
  cast.introduce(tables.rows);
  if (!options.bounded && !plan.tables.empty()) {
    cast.follow_tables({.files = std::move(watch), .topics = std::move(tables.topics)});
  }
  const auto questions = answer_questions(plan, *wired, cast.shards(), options);
  auto outcome = supervise(self, cast, plan, options);
  if (options.desk != nullptr) {
    options.desk->close();
  }
  cast.dismiss();
  return outcome;
}

}  // namespace aisle::node
