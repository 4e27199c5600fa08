// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/node/kafka_config.hpp"
#include "runtime/node/registry_config.hpp"

namespace aisle::tool {

/// Exit codes of the program; scripts rely on them.
enum exit_code : int {
  done = 0,
  /// Done, and problems were found.
  problems_found = 1,
  /// Nothing was done: bad arguments, file or topology.
  nothing_done = 2,
  /// Stopped by a fault: disk, data lost.
  stopped = 3,
};

/// What every command that reads a topology is told.
struct topology_options {
  /// A file, or the name of a topology that ships.
  std::string topology;
  /// NAME=VALUE, as given.
  std::vector<std::string> set;
  /// `files:DIR`, `embedded:DIR` or `kafka:HOST:PORT`; empty when not given.
  std::string log;
};

struct check_options : topology_options {
  /// Diagnostics as JSON on stdout.
  bool json = false;
};

struct plan_options : topology_options {
  /// The node's file; empty: none. It says what the command line leaves out.
  std::string config;
  /// The folder of the state that the topology is to go on with.
  std::string state;
  /// Shards of each stage; 0: they are not compared.
  std::uint32_t shards = 0;
  bool json = false;
};

struct explain_options : topology_options {
  /// The graph for Graphviz.
  bool dot = false;
};

struct list_options {
  /// topologies, models or contracts; empty: all.
  std::string what;
  bool json = false;
};

struct version_options {
  bool json = false;
};

/// `aisle checkpoint ls|show|export|restore|verify|diff`. The topology is an option here: names and
/// types of what the state holds; empty: not known.
struct checkpoint_options : topology_options {
  /// ls, show, export, restore, verify or diff.
  std::string what;
  /// export: the folder to write; restore: the one to read; diff: two states.
  std::vector<std::string> folders;
  std::string state;
  /// restore: outputs begin anew, in an empty folder.
  bool new_output = false;
  /// diff: actors of each stage to show.
  std::optional<std::uint64_t> limit;
  bool json = false;
};

/// The topology is an option here, for actors of a state.
struct actor_options : topology_options {
  /// ls, get or release.
  std::string what;
  std::string stage;
  /// One per field of the stage's key.
  std::vector<std::string> key;
  /// The node that is meant; empty: the only one.
  std::string node;
  /// The state of a node that does not run; empty: a running node is asked.
  std::string state;
  std::uint64_t limit = 50;
  bool quarantined = false;
};

struct reload_options {
  std::string node;
};

struct run_options : topology_options {
  std::string out;
  /// The node's file; empty: none. It says what the command line leaves out.
  std::string config;
  /// None: 4.
  std::optional<std::uint32_t> shards;
  /// Threads of the scheduler; none: one per processor.
  std::optional<std::uint32_t> workers;
  /// `1GiB`; empty: without limit.
  std::string memory;
  /// Where sleeping actors lie; empty: the system's folder for temporary files.
  std::string scratch;
  /// Empty: nothing outlives the run.
  std::string state;
  /// What the state has and the topology has no use for is forgotten.
  bool drop = false;
  /// Read every source to its end, close all windows, exit.
  bool bounded = false;
  /// Sources are stdin, sinks stdout, time is what stdin says.
  bool lockstep = false;
  /// `1s`, also when empty: how often results are handed on.
  std::string epoch;
  /// Share of the time that epochs may take; only a file says it.
  double max_cost = 0.1;
  /// How Kafka is spoken to; only a file says it.
  node::kafka_config kafka{};
  /// Who knows the schemas of records; only a file says it.
  std::optional<node::registry_config> registry;
  /// Empty an output folder that holds results.
  bool overwrite = false;
  /// What the run did as JSON on stdout.
  bool json = false;
  /// No progress and no closing text.
  bool quiet = false;
};

/// `aisle replay`: a bounded run over a part of what was there.
struct replay_options : run_options {
  /// A time, or SOURCE[/PARTITION]=OFFSET any number of times.
  std::vector<std::string> from;
  /// A time; empty: to the end.
  std::string to;
  /// `28d`; empty: none.
  std::string warm_up;
};

/// What `world closed-loop` is told: a chain, and who decides.
struct closed_loop_command_options {
  /// retail when not given.
  std::optional<std::string> topology;
  std::vector<std::string> set;
  /// `embedded:DIR`: through topics, with a node that somebody else runs; empty: in lockstep.
  std::string log;
  int partitions = 1;
  /// How many times as fast as life through the log; 0: as fast as the node keeps up.
  double speed = 0.0;
  std::uint64_t seed = 1;
  /// How many chains: seed, seed + 1, …
  std::uint64_t seeds = 1;
  int stores = 6;
  int skus = 300;
  int days = 56;
  int learn = 14;
  /// Keeps the tables, session.ndjson (what lockstep is told) and decisions.ndjson; empty: nothing.
  std::string out;
  bool no_orders = false;
  bool no_prices = false;
  bool json = false;
};

/// `aisle log ls|append|read|stat`.
struct log_options {
  /// ls, append, read or stat.
  std::string what;
  std::string topic;
  /// `embedded:DIR`.
  std::string log;
  /// append: partitions of a topic that is made.
  std::optional<std::uint32_t> partitions;
  /// append: the field of a line that is the record's key.
  std::optional<std::string> key_field;
  /// append: lines are records in base64, for those that are no text.
  bool base64 = false;
  /// append: who appends; the same input again adds nothing twice.
  std::optional<std::string> producer;
  /// append: retention of a topic that is made.
  std::optional<std::string> keep_age;
  std::optional<std::uint64_t> keep_bytes;
  /// read: only this partition.
  std::optional<std::uint32_t> partition;
  /// read: the offset to begin with, in each partition that is read.
  std::optional<std::int64_t> from;
  /// read: go on when more comes.
  bool follow = false;
  /// read: records after which to stop.
  std::optional<std::uint64_t> max;
  /// Lines of JSON that say everything.
  bool json = false;
};

// One file per command; each returns the exit code of the program.

int check_command(const check_options& options);
int plan_command(const plan_options& options);
int explain_command(const explain_options& options);
int list_command(const list_options& options);
int log_command(const log_options& options);
int version_command(const version_options& options);
int actor_command(const actor_options& options);
int checkpoint_command(const checkpoint_options& options);
[[nodiscard]] int reload_command(const reload_options& options);
int run_command(const run_options& options);
int replay_command(const replay_options& options);
/// `run --lockstep`.
int lockstep_command(const run_options& options);
/// `world closed-loop`.
int closed_loop_command(const closed_loop_command_options& options);

}  // namespace aisle::tool
