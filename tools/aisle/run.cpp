// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/run.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "runtime/io/output_folder.hpp"
#include "runtime/node/config.hpp"
#include "runtime/node/node.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/aisle/reloader.hpp"
#include "tools/aisle/stop_signals.hpp"
#include "tools/aisle/webhooks.hpp"

namespace aisle::tool {
namespace {

using std::chrono::steady_clock;

int refuse(const std::string& what) {
  fmt::print(stderr, "aisle: {}\n", what);
  return nothing_done;
}

/// How often results are handed on; nothing when the text is no such time.
std::optional<base::duration> epoch_of(const run_options& options) {
  const auto asked =
      options.epoch.empty() ? base::duration{1000} : base::parse_duration(options.epoch);
  const bool sensible = asked && *asked >= node::interval_min && *asked <= node::interval_max;
  return sensible ? asked : std::nullopt;
}

std::uint32_t workers_of(const run_options& options) {
  return options.workers.value_or(std::max(1U, std::thread::hardware_concurrency()));
}

/// How a topic is looked into.
std::string reading_of(const topology::log_address& log) {
  return log.kind == topology::log_kind::kafka
             ? fmt::format("kcat -b {} -C -t TOPIC -X isolation.level=read_committed", log.brokers)
             : fmt::format("aisle log read TOPIC --log {}", topology::to_text(log));
}

void tell_where(const run_options& options, const std::vector<topology::planned_sink>& sinks) {
  std::string topics;
  std::string reading;
  std::string folders;
  for (const auto& sink : sinks) {
    if (sink.webhook) {
      continue;
    }
    auto& of_kind = sink.log ? topics : folders;
    of_kind += fmt::format("{}{} ", sink.folder, sink.log ? "" : "/");
    reading = sink.log ? reading_of(*sink.log) : reading;
  }
  if (!topics.empty()) {
    fmt::print(stderr, "Topics written: {}({})\n", topics, reading);
  }
  fmt::print(stderr, "Results are in {}: {}{}summary.json\n", options.out, folders,
             folders.empty() ? "" : "and ");
}

void tell_end(const run_options& options, const opened_topology& opened,
              const view::run_status& status, std::chrono::milliseconds took) {
  if (options.json) {
    fmt::print("{}\n", status_json(opened.plan.name, status, took, true));
  }
  if (options.quiet) {
    return;
  }
  fmt::print(stderr, "aisle: {} {}\n{}", opened.plan.name,
             stop_requested() ? "was stopped; its whole epochs are written" : "is done",
             closing_text(status, took));
  if (status.declared_idle.get() + status.tables_changed.get() > 0) {
    fmt::print(
        stderr,
        "Partitions were declared idle {} times and tables changed {} times: another run over "
        "the same records may differ.\n",
        status.declared_idle.get(), status.tables_changed.get());
  }
  tell_where(options, opened.plan.sinks);
  tell_undelivered(opened.plan.sinks, options.out);
}

std::expected<node::run_end, node::run_error> run_watched(const run_options& options,
                                                          reloader& plans, node::reload_desk& desk,
                                                          view::run_status& status) {
  const auto& opened = plans.now();
  std::optional<progress> shown;
  if (!options.quiet) {
    shown.emplace(opened.plan.name, status,
                  options.json ? progress_form::json : progress_form::text);
  }
  const node::run_options how{
      .out = options.out,
      .bounded = options.bounded,
      .shards = options.shards.value_or(shards_unless_told),
      .workers = workers_of(options),
      .memory = node::parse_bytes(options.memory),
      .state = options.state.empty() ? std::nullopt
                                     : std::optional<std::filesystem::path>{options.state},
      .may_drop = options.drop,
      .scratch = options.scratch.empty() ? std::filesystem::temp_directory_path()
                                         : std::filesystem::path{options.scratch},
      .epoch_interval = *epoch_of(options),
      .max_cost = options.max_cost,
      .kafka = options.kafka,
      .registry = options.registry,
      .stop_requested = &stop_requested(),
      .desk = &desk,
      .reload =
          [&] {
            auto decided = plans.decide();
            for (const auto& line : decided.lines) {
              shown ? shown->say(line) : void(fmt::print(stderr, "{}\n", line));
            }
            return decided;
          },
      .notice =
          [&](const std::string& text) {
            shown ? shown->say(text) : void(fmt::print(stderr, "{}\n", text));
          }};
  return node::run(opened.plan, how, status);
}

/// Results of an earlier run stay where this one goes on from its state. What is wrong, if
/// anything.
std::optional<std::string> prepare_output(const run_options& options) {
  const bool goes_on = !options.state.empty() && node::holds_state(options.state);
  if (goes_on && options.overwrite) {
    return fmt::format(
        "--overwrite would remove what the state in {} has delivered; leave it out "
        "to go on, or remove that folder to begin anew",
        options.state);
  }
  const auto prepared = goes_on ? io::make_folder(options.out)
                                : io::prepare_output_folder(
                                      options.out, options.overwrite ? io::earlier_results::remove
                                                                     : io::earlier_results::refuse);
  return prepared ? std::nullopt : std::optional{prepared.error().message};
}

/// Runs a topology, and what takes its place when it is reloaded.
int run_to_its_end(const run_options& options, opened_topology first) {
  node::reload_desk desk;
  heed_reload_signal(&desk);
  reloader plans{options, std::move(first)};
  while (true) {
    view::run_status status;
    node::name_status(plans.now().plan, status);
    const auto began = steady_clock::now();
    const auto outcome = run_watched(options, plans, desk, status);
    if (outcome && *outcome == node::run_end::reloading) {
      plans.go_on();
      fmt::print(stderr, "aisle: the one before has ended its epoch; {} takes over now\n",
                 plans.now().file.string());
      continue;
    }
    if (outcome && *outcome == node::run_end::grown) {
      continue;
    }
    if (!outcome) {
      report(outcome.error().problems, options.json ? report_form::json : report_form::text);
      const bool nothing = outcome.error().code == node::errc::not_started;
      if (nothing && plans.go_back()) {
        fmt::print(stderr, "aisle: the new topology does not start; the one before it goes on\n");
        continue;
      }
      heed_reload_signal(nullptr);
      return nothing ? nothing_done : stopped;
    }
    heed_reload_signal(nullptr);
    if (*outcome == node::run_end::not_begun) {
      fmt::print(stderr, "aisle: {} was stopped before it began: nothing was read or written\n",
                 plans.now().plan.name);
      return done;
    }
    tell_end(options, plans.now(), status,
             std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began));
    return done;
  }
}

}  // namespace

std::optional<std::string> problem_of_run(const run_options& options) {
  if (options.out.empty()) {
    return "run needs --out FOLDER, where the results go";
  }
  if (options.shards && (*options.shards == 0 || *options.shards > node::shards_max)) {
    return fmt::format("--shards takes 1 to {}", node::shards_max);
  }
  if (options.workers && (*options.workers == 0 || *options.workers > node::workers_max)) {
    return fmt::format("--workers takes 1 to {}", node::workers_max);
  }
  if (!options.memory.empty() && !node::parse_bytes(options.memory)) {
    return fmt::format(
        "--memory takes a number with B, KiB, MiB, GiB or TiB, such as 1GiB, not \"{}\"",
        options.memory);
  }
  if (options.drop && options.state.empty()) {
    return "--drop forgets what a state has; it goes with --state DIR";
  }
  if (!epoch_of(options)) {
    return fmt::format("--epoch takes a time from 10ms to 1h, not \"{}\"", options.epoch);
  }
  return std::nullopt;
}

std::expected<void, base::diagnostics> take_config(run_options& options) {
  if (options.config.empty()) {
    return {};
  }
  const auto file = node::load_config(options.config);
  if (!file) {
    return std::unexpected{file.error()};
  }
  const auto unless_told = [](std::string& option, const std::optional<std::string>& said) {
    option = option.empty() ? said.value_or("") : option;
  };
  unless_told(options.log, file->log);
  unless_told(options.state, file->state);
  unless_told(options.scratch, file->scratch);
  unless_told(options.memory, file->memory.transform([](auto n) { return fmt::format("{}B", n); }));
  unless_told(options.epoch,
              file->interval.transform([](auto span) { return base::to_text(span); }));
  options.shards = options.shards ? options.shards : file->shards;
  options.workers = options.workers ? options.workers : file->workers;
  options.max_cost = file->max_cost.value_or(options.max_cost);
  options.kafka = file->kafka;
  options.registry = file->registry;
  return {};
}

int run_command(const run_options& asked) {
  if (asked.lockstep) {
    return lockstep_command(asked);
  }
  auto options = asked;
  if (const auto taken = take_config(options); !taken) {
    report(taken.error(), options.json ? report_form::json : report_form::text);
    return nothing_done;
  }
  if (const auto problem = problem_of_run(options)) {
    return refuse(*problem);
  }
  auto opened = open_topology(options, topology::inputs::must_exist);
  if (!opened) {
    report(opened.error().problems, options.json ? report_form::json : report_form::text);
    return nothing_done;
  }
  return run_opened(options, *std::move(opened));
}

int run_opened(const run_options& options, opened_topology opened) {
  if (const auto problem = prepare_output(options)) {
    return refuse(*problem);
  }
  if (!options.quiet) {
    tell_webhooks_off(opened.plan.sinks);
  }
  for (const auto& warning : options.kafka.warnings) {
    fmt::print(stderr, "aisle: kafka: {}\n", warning);
  }
  heed_stop_signals();
  return run_to_its_end(options, std::move(opened));
}

}  // namespace aisle::tool
