// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/cli.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/base/diagnostic.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/world_log.hpp"
#include "tools/world/cli.hpp"

namespace aisle::tool {
namespace {

/// Everything the arguments can ask for.
struct request {
  check_options check;
  explain_options explain;
  plan_options plan;
  list_options list;
  version_options version;
  log_options log;
  run_options run;
  replay_options replay;
  closed_loop_command_options loop;
  actor_options actor;
  checkpoint_options checkpoint;
  reload_options reload;
  std::function<int()> carry_out;
};

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      std::function<int()>& carry_out, std::function<int()> command) {
  auto* const made = app.add_subcommand(name, summary);
  // Unknown options are kept, so that we can say which were probably meant.
  made->allow_extras();
  made->callback([&carry_out, command = std::move(command)] { carry_out = command; });
  return made;
}

void add_topology(CLI::App& command, topology_options& options) {
  command.add_option("TOPOLOGY", options.topology, "a file, or the name of a topology that ships")
      ->required();
  command.add_option("--set", options.set, "give a var of the topology a value")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--log", options.log,
                  "where topics live: DIR/TOPIC.ndjson, an embedded log, or Kafka")
      ->type_name("files:DIR|embedded:DIR|kafka:HOST:PORT");
}

void add_log(CLI::App& log, log_options& options) {
  log.add_option("WHAT", options.what, "ls, append, read or stat")
      ->required()
      ->check(CLI::IsMember({"ls", "append", "read", "stat"}));
  log.add_option("TOPIC", options.topic, "for append, read and stat");
  log.add_option("--log", options.log, "the log's folder")->type_name("embedded:DIR")->required();
  log.add_option("--partitions", options.partitions, "append: of a topic that is made (1)")
      ->type_name("N");
  log.add_option("--key-field", options.key_field, "append: the field that is the key")
      ->type_name("NAME");
  log.add_flag("--base64", options.base64, "append: lines are records in base64 (msgpack, Avro)");
  log.add_option("--producer", options.producer,
                 "append: a name; the same lines under it again are there once")
      ->type_name("NAME");
  log.add_option("--keep-age", options.keep_age, "append: retention of a topic that is made")
      ->type_name("7d");
  log.add_option("--keep-bytes", options.keep_bytes, "append: the same, for each partition")
      ->type_name("N");
  log.add_option("--partition", options.partition, "read: only this one")->type_name("P");
  log.add_option("--from", options.from, "read: begin with this offset (the oldest)")
      ->type_name("OFFSET");
  log.add_flag("--follow", options.follow, "read: go on when more is appended");
  log.add_option("--max", options.max, "read: stop after so many records")->type_name("N");
  log.add_flag("--json", options.json, "lines of JSON that say everything");
}

/// What every command that runs a topology takes.
void add_running(CLI::App& command, run_options& options) {
  command.add_option("--out", options.out, "the folder for results; made if it is not there")
      ->type_name("DIR");
  command.add_option("--config", options.config, "a node's file; the command line wins over it")
      ->type_name("FILE");
  command.add_option("--shards", options.shards, "shards of each stage (4)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_option("--workers", options.workers, "threads (one per processor)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_option("--memory", options.memory, "what actors may occupy; beyond, they sleep")
      ->type_name("1GiB");
  command.add_option("--scratch", options.scratch, "where sleeping actors lie (/tmp)")
      ->type_name("DIR");
  command.add_flag("--overwrite", options.overwrite, "empty an output folder that holds results");
  command.add_flag("--json", options.json, "print what was done as JSON");
  command.add_flag("-q,--quiet", options.quiet, "no progress, no summary");
}

void add_replay(CLI::App& command, replay_options& options) {
  add_topology(command, options);
  command
      .add_option("--from", options.from,
                  "a date or time of events; or an offset (as often as there are sources)")
      ->type_name("TIME|SOURCE[/PARTITION]=OFFSET")
      ->allow_extra_args(false);
  command.add_option("--to", options.to, "events and windows before this time (to the end)")
      ->type_name("TIME");
  command
      .add_option("--warm-up", options.warm_up,
                  "what models learn from before --from, without putting anything out")
      ->type_name("28d");
  add_running(command, options);
}

/// Where the topology is not what the command is about.
void add_known_topology(CLI::App& command, topology_options& options) {
  command.add_option("--topology", options.topology, "names and types of what is in the state")
      ->type_name("TOPOLOGY");
  command.add_option("--set", options.set, "give a var of the topology a value")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_option("--log", options.log, "where the topology's topics live")
      ->type_name("files:DIR|embedded:DIR|kafka:HOST:PORT");
}

void add_checkpoint(CLI::App& checkpoint, checkpoint_options& options) {
  checkpoint.add_option("WHAT", options.what, "ls, show, export, restore, verify or diff")
      ->required()
      ->check(CLI::IsMember({"ls", "show", "export", "restore", "verify", "diff"}));
  checkpoint.add_option("DIR", options.folders,
                        "export: the folder to write; restore: the export; diff: two states");
  checkpoint.add_option("--state", options.state, "the state of a node that does not run")
      ->type_name("DIR");
  add_known_topology(checkpoint, options);
  checkpoint.add_flag("--new-output", options.new_output,
                      "restore: outputs begin anew, in an empty folder");
  checkpoint.add_option("--limit", options.limit, "diff: actors of each stage to show (10)")
      ->type_name("N");
  checkpoint.add_flag("--json", options.json, "lines of JSON that say everything");
}

void add_commands(CLI::App& app, request& asked) {
  auto& go = asked.carry_out;
  auto* const run =
      add_command(app, "run", "run a topology", go, [&] { return run_command(asked.run); });
  add_topology(*run, asked.run);
  add_running(*run, asked.run);
  run->add_flag("--drop", asked.run.drop,
                "forget what the state has and the topology has no use for");
  run->add_option("--state", asked.run.state,
                  "where the state is kept: a later run with it goes on where this one ends")
      ->type_name("DIR");
  run->add_option("--epoch", asked.run.epoch, "how often results are handed on (1s)")
      ->type_name("100ms");
  run->add_flag("--bounded", asked.run.bounded, "read every source to its end, then exit");
  run->add_flag("--lockstep", asked.run.lockstep,
                "events and the time on stdin, results on stdout, as they are due");

  add_replay(*add_command(app, "replay", "run a topology over old input again, from its middle", go,
                          [&] { return replay_command(asked.replay); }),
             asked.replay);

  auto* const check = add_command(app, "check", "say everything that is wrong with a topology", go,
                                  [&] { return check_command(asked.check); });
  add_topology(*check, asked.check);
  check->add_flag("--json", asked.check.json, "print the diagnostics as JSON");

  auto* const explain = add_command(app, "explain", "show sources, stages, sinks and what flows",
                                    go, [&] { return explain_command(asked.explain); });
  add_topology(*explain, asked.explain);
  explain->add_flag("--dot", asked.explain.dot, "print the graph for Graphviz");

  auto* const plan =
      add_command(app, "plan", "compare a topology with a state: what is kept, what is lost", go,
                  [&] { return plan_command(asked.plan); });
  add_topology(*plan, asked.plan);
  plan->add_option("--state", asked.plan.state, "the folder that a run was given with --state")
      ->type_name("DIR");
  plan->add_option("--config", asked.plan.config, "a node's file; the command line wins over it")
      ->type_name("FILE");
  plan->add_option("--shards", asked.plan.shards, "shards of each stage that the run will have")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  plan->add_flag("--json", asked.plan.json, "print as JSON");

  auto* const list = add_command(app, "list", "list topologies, models, contracts", go,
                                 [&] { return list_command(asked.list); });
  list->add_option("WHAT", asked.list.what, "topologies, models or contracts; all when left out");
  list->add_flag("--json", asked.list.json, "print as JSON");

  add_log(*add_command(app, "log", "look into an embedded log, append to it", go,
                       [&] { return log_command(asked.log); }),
          asked.log);

  add_checkpoint(*add_command(app, "checkpoint", "look into the state of a stopped node, copy it",
                              go, [&] { return checkpoint_command(asked.checkpoint); }),
                 asked.checkpoint);

  auto* const reload = add_command(app, "reload", "let a running node read its topology again", go,
                                   [&] { return reload_command(asked.reload); });
  reload->add_option("--node", asked.reload.node, "which node, when several run here")
      ->type_name("NAME");

  auto* const actor =
      add_command(app, "actor", "list, show or release actors of a node, running or stopped", go,
                  [&] { return actor_command(asked.actor); });
  actor->add_option("WHAT", asked.actor.what, "ls, get or release")->required();
  actor->add_option("STAGE", asked.actor.stage, "a stage of the topology");
  actor->add_option("KEY", asked.actor.key, "the actor's key, field by field");
  actor->add_option("--node", asked.actor.node, "which node, when several run here")
      ->type_name("TOPOLOGY[-PID]");
  actor->add_option("--state", asked.actor.state, "of a node that does not run: its state")
      ->type_name("DIR");
  add_known_topology(*actor, asked.actor);
  actor->add_option("--limit", asked.actor.limit, "actors to list at most (50)")->type_name("N");
  actor->add_flag("--quarantined", asked.actor.quarantined, "list only those in quarantine");

  auto* const version = add_command(app, "version", "print the version", go,
                                    [&] { return version_command(asked.version); });
  version->add_flag("--json", asked.version.json, "print as JSON");

  // Only for the help text: run_cli hands its arguments on as they are.
  app.add_subcommand("world", "make the event files of a retail chain (aisle world --help)");
}

/// A command of its own, because `world` reads its arguments itself.
void add_closed_loop(CLI::App& app, request& asked) {
  auto* const loop = add_command(
      app, "closed-loop", "run a chain that does what a topology decides, and keep its books",
      asked.carry_out, [&] { return closed_loop_command(asked.loop); });
  auto& options = asked.loop;
  loop->add_option("--run", options.topology, "who decides (retail)")->type_name("TOPOLOGY");
  loop->add_option("--set", options.set, "give a var of the topology a value")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  loop->add_option("--log", options.log, "through topics, with a node that you run (in lockstep)")
      ->type_name("embedded:DIR");
  loop->add_option("--partitions", options.partitions, "of each topic of the log (1)")
      ->type_name("N");
  loop->add_option("--speed", options.speed,
                   "through the log: times as fast as life (as fast as the node keeps up)")
      ->type_name("X");
  loop->add_option("--seed", options.seed, "which chain (1)")->type_name("N");
  loop->add_option("--seeds", options.seeds, "so many chains, a line for each (1)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  loop->add_option("--stores", options.stores, "how many stores (6)")->type_name("N");
  loop->add_option("--skus", options.skus, "how many products (300)")->type_name("N");
  loop->add_option("--days", options.days, "how many days in all (56)")->type_name("N");
  loop->add_option("--learn", options.learn, "days before anybody obeys, outside the books (14)")
      ->type_name("N");
  loop->add_option("--out", options.out, "keep tables, session and decisions")->type_name("DIR");
  loop->add_flag("--no-orders", options.no_orders, "the stores order by their own rule");
  loop->add_flag("--no-prices", options.no_prices, "prices stay as they are");
  loop->add_flag("--json", options.json, "print the books as JSON");
}

int refuse(const std::string& what, const std::string& help) {
  fmt::print(stderr, "aisle: {}\n{} lists what there is.\n", what, help);
  return nothing_done;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const auto meant = base::nearest(word, known);
  return meant.empty() ? "" : fmt::format("; did you mean {}?", meant);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* const option : command.get_options()) {
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

/// What the command does not know among its arguments; empty when it knows all.
std::string unknown_argument(const CLI::App& command) {
  const auto extras = command.remaining();
  if (extras.empty()) {
    return {};
  }
  const auto name = extras.front().substr(0, extras.front().find('='));
  if (!name.starts_with('-')) {
    return fmt::format("{} does not take \"{}\"", command.get_name(), name);
  }
  return fmt::format("{} has no option {}{}", command.get_name(), name,
                     did_you_mean(name, option_names(command)));
}

/// CLI11's own words for its two most frequent complaints, in ours.
std::string words_of(const CLI::Error& error) {
  std::string text = error.what();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

int parse_and_run(CLI::App& app, request& asked, std::span<const char* const> arguments) {
  // CLI11 takes them from the back.
  std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};
  const CLI::App* command = nullptr;
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    fmt::print("{}", (chosen.empty() ? &app : chosen.front())->help());
    return done;
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    command = chosen.empty() ? &app : chosen.front();
    const auto unknown = unknown_argument(*command);
    return refuse(
        unknown.empty() ? words_of(error) : unknown,
        command == &app ? "aisle --help" : fmt::format("aisle {} --help", command->get_name()));
  }
  command = app.get_subcommands().front();
  if (const auto unknown = unknown_argument(*command); !unknown.empty()) {
    return refuse(unknown, fmt::format("aisle {} --help", command->get_name()));
  }
  return asked.carry_out();
}

}  // namespace

int run_cli(std::span<const char* const> arguments) {
  request asked;
  CLI::App app{"aisle runs topologies: streams of a shop in, windows and decisions out.", "aisle"};
  app.set_help_flag("-h,--help", "this text");
  add_commands(app, asked);
  if (arguments.empty()) {
    fmt::print(stderr, "{}", app.help());
    return nothing_done;
  }
  const std::string first = arguments.front();
  if (first == "world" && arguments.size() > 1 && std::string_view{arguments[1]} == "closed-loop") {
    CLI::App world{"A retail chain that never was.", "aisle world"};
    add_closed_loop(world, asked);
    return parse_and_run(world, asked, arguments.subspan(1));
  }
  if (first == "world") {
    return world::run_cli(arguments.subspan(1), stdout, stderr, open_world_log);
  }
  if (first == "--version") {
    return version_command({});
  }
  const auto commands = command_names(app);
  if (!first.starts_with('-') && std::ranges::find(commands, first) == commands.end()) {
    return refuse(fmt::format("there is no command \"{}\"{}", first, did_you_mean(first, commands)),
                  "aisle --help");
  }
  if (first.starts_with('-') && first != "-h" && first != "--help") {
    return refuse(fmt::format("a command comes first, and {} is none", first), "aisle --help");
  }
  return parse_and_run(app, asked, arguments);
}

}  // namespace aisle::tool
