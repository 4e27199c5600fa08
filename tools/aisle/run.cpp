// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "runtime/io/output_folder.hpp"
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

/// Bytes, in powers of 1024: `512MiB`, `1GiB`. Nothing when the text is none.
std::optional<std::size_t> bytes_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit{end, text.data() + text.size()};
  for (const auto& [name, shift] : {std::pair{"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}}) {
    if (error == std::errc{} && unit == name && number > 0 && number < (1U << 24)) {
      return number << shift;
    }
  }
  return std::nullopt;
}

/// How often results are handed on; nothing when the text is no such time.
std::optional<base::duration> epoch_of(const run_options& options) {
  const auto asked = base::parse_duration(options.epoch);
  const bool sensible =
      asked && *asked >= std::chrono::milliseconds{10} && *asked <= std::chrono::hours{1};
  return sensible ? asked : std::nullopt;
}

/// What the options ask for that cannot be; nothing when they are fine.
std::optional<std::string> problem_of(const run_options& options) {
  if (options.out.empty()) {
    return "run needs --out FOLDER, where the results go";
  }
  if (options.shards == 0 || options.shards > 1024) {
    return "--shards takes 1 to 1024";
  }
  if (options.workers > 256) {
    return "--workers takes 1 to 256";
  }
  if (!options.memory.empty() && !bytes_of(options.memory)) {
    return fmt::format("--memory takes a number with B, KiB, MiB or GiB, such as 1GiB, not \"{}\"",
                       options.memory);
  }
  if (!epoch_of(options)) {
    return fmt::format("--epoch takes a time from 10ms to 1h, not \"{}\"", options.epoch);
  }
  return std::nullopt;
}

std::uint32_t workers_of(const run_options& options) {
  return options.workers > 0 ? options.workers : std::max(1U, std::thread::hardware_concurrency());
}

void tell_where(const run_options& options, const std::vector<topology::planned_sink>& sinks) {
  std::string topics;
  std::string folders;
  for (const auto& sink : sinks) {
    if (sink.webhook) {
      continue;
    }
    auto& of_kind = sink.log ? topics : folders;
    of_kind += fmt::format("{}{} ", sink.folder, sink.log ? "" : "/");
  }
  if (!topics.empty()) {
    fmt::print(stderr, "Topics written: {}(aisle log read TOPIC --log {})\n", topics, options.log);
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
      .shards = options.shards,
      .workers = workers_of(options),
      .memory = bytes_of(options.memory),
      .state = options.state.empty() ? std::nullopt
                                     : std::optional<std::filesystem::path>{options.state},
      .scratch = options.scratch.empty() ? std::filesystem::temp_directory_path()
                                         : std::filesystem::path{options.scratch},
      .epoch_interval = *epoch_of(options),
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
    tell_end(options, plans.now(), status,
             std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began));
    return done;
  }
}

}  // namespace

int run_command(const run_options& options) {
  if (options.lockstep) {
    return lockstep_command(options);
  }
  if (const auto problem = problem_of(options)) {
    return refuse(*problem);
  }
  auto opened = open_topology(options, topology::inputs::must_exist);
  if (!opened) {
    report(opened.error().problems, options.json ? report_form::json : report_form::text);
    return nothing_done;
  }
  if (const auto problem = prepare_output(options)) {
    return refuse(*problem);
  }
  if (!options.quiet) {
    tell_webhooks_off(opened->plan.sinks);
  }
  heed_stop_signals();
  return run_to_its_end(options, *std::move(opened));
}

}  // namespace aisle::tool
