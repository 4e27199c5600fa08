// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/entity/decision_filter.hpp"
#include "runtime/entity/stage.hpp"
#include "runtime/expr/program.hpp"
#include "runtime/flow/replay.hpp"
#include "runtime/io/webhook_settings.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/csv.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/topology/log_address.hpp"

namespace aisle::topology {

/// In which order a stage takes its events.
enum class order : std::uint8_t {
  /// By (seen, source, partition, offset, line) as the merged watermark passes: the same output on
  /// every run.
  event_time,
  /// As they come: lowest latency.
  arrival,
};

enum class format : std::uint8_t { json, csv, msgpack, avro };

/// As people write it: `JSON`, `msgpack`.
[[nodiscard]] std::string_view to_text(format of);

/// `idle` of a source that says nothing of it. A source that brings little (a few records an hour)
/// must not hold the windows of the others for ever.
inline constexpr base::duration idle_when_unsaid = std::chrono::minutes{1};

/// Where a topic is read from when no state says it.
struct topic_start {
  enum class from : std::uint8_t {
    /// The oldest record there is.
    earliest,
    /// Behind the newest record there is.
    latest,
    /// The first record that is stamped with this time or a later one.
    time,
    /// Where the source's group has committed that it was; where it has not, the oldest record.
    group,
  };
  topic_start::from kind = from::earliest;
  base::event_time time;
  friend bool operator==(const topic_start&, const topic_start&) = default;
};

/// What becomes of a source whose next record retention has removed.
enum class on_lost : std::uint8_t {
  /// The run stops.
  stop,
  /// It goes on with the oldest record there is, and says how many it has skipped.
  go_on,
};

/// Where records of a contract come from, and how they are written: of a source or a table.
struct planned_records {
  std::string name;
  std::shared_ptr<const record::contract> contract;
  topology::format format = topology::format::json;
  record::csv_options csv;
  /// Of Avro: the text of `schema:`, which is that of every record. Empty: each record begins with
  /// the id of its schema in the node's registry.
  std::string schema;
  /// As `schema:` says it; for people.
  std::string schema_name;
  /// `envelope: debezium`: records are changes of a database's rows.
  bool debezium = false;
  record::deletes deletes = record::deletes::skip;
  /// Set for `topic:`; there are files then where `--log files:` made them of it.
  std::optional<std::string> topic;
  /// The log the topic is in, embedded or Kafka; there are no files then.
  std::optional<log_address> log;
};

/// A source, ready to be opened. Sources stand in the order of their names, and `id` is that place.
struct planned_source : planned_records {
  base::source_id id;
  /// Of a topic in Kafka.
  topic_start start;
  topology::on_lost on_lost = on_lost::stop;
  /// The consumer group that lag monitors see: the positions of every complete epoch are committed
  /// to it. Empty: to none.
  std::string group;
  /// Every file of the source, in reading order.
  std::vector<std::filesystem::path> files;
  base::duration disorder{0};
  std::uint32_t partitions = 1;
  /// Events later than the clock by more than this are rejected; none: all are taken.
  std::optional<base::duration> ahead;
  /// A partition whose reader has been at its end so long is idle and holds no window back; none:
  /// never. Only where the source is followed: bounded input is never idle.
  std::optional<base::duration> idle = idle_when_unsaid;
  /// Only these records are taken; none: all.
  std::optional<flow::replay> replay;
};

/// A reference table, to be loaded before the topology starts and known to every shard. Of a topic
/// the newest record of each key is a row, and what is deleted takes the row of its key.
struct planned_table : planned_records {
  /// Empty where it is a topic.
  std::filesystem::path file;
};

/// How records that are no CSV become fields. `schemas` is the node's registry, where it has one.
[[nodiscard]] record::decoding decoding_of(const planned_records& records,
                                           std::shared_ptr<record::schema_source> schemas = {});

/// True when records name their schemas, so that somebody must know them.
[[nodiscard]] inline bool needs_registry(const planned_records& records) {
  return records.format == format::avro && records.schema.empty();
}

/// One entry of a stage's `reads`.
struct planned_stream {
  /// `transactions`, `transactions.items`
  std::string name;
  base::source_id source;
  /// One event per line of the record's list.
  bool lines = false;
  /// The layout of its events: contract->fields() or line_fields(). Lives as long as the plan.
  const record::layout* layout = nullptr;
  /// Places of the stage's key fields in that layout, in the order of the key.
  std::vector<std::uint8_t> key;
};

struct key_field {
  std::string name;
  base::value_type type;
};

/// How a stage finds its actor's row in a table it knows: which key fields make the table's unique
/// key.
struct planned_lookup {
  /// Index in plan::tables.
  std::size_t table = 0;
  /// For each field of the table's unique key, in its order: the index in planned_stage::key.
  std::vector<std::size_t> key;
};

/// What a behaviour's output is.
enum class role : std::uint8_t { window, estimate, decide, report };

struct planned_behaviour {
  /// As written under windows, estimates or decides; unique in its stage.
  std::string name;
  /// `was:`, the name under which a state may know it; empty when it has always had this one.
  std::string was;
  topology::role role = role::estimate;
  /// `anomaly`, `reorder`, …: the family; empty for windows.
  std::string kind;
  /// The model of that family, `tumbling` or `sliding` for windows.
  std::string model;
  /// What it is set to, defaults too, as a topology writes it: for people, not for running.
  std::vector<std::pair<std::string, std::string>> parameters;
  /// What of the settings decides what a saved state means: saved under one, it is not read under
  /// another. Empty: nothing does.
  std::string form;
  std::unique_ptr<const entity::behaviour> behaviour;
  /// Indices of the behaviours of the same stage whose published values it reads: one for each
  /// input parameter that is set, in catalog order. All are smaller than its own.
  std::vector<std::size_t> inputs;
};

struct planned_stage {
  base::stage_id id;
  std::string name;
  /// As planned_behaviour::was.
  std::string was;
  /// Empty (`per: []`): one actor for the whole stage.
  std::vector<key_field> key;
  std::vector<planned_stream> streams;
  /// Rows 1 … of every event, in the order of `knows:`.
  std::vector<planned_lookup> knows;
  /// In the order they are called: who publishes comes before who reads.
  std::vector<planned_behaviour> behaviours;
  /// Behaviour failures after which the actor is quarantined.
  std::uint32_t max_failures = 3;
  /// `shards: per_key`: every key has an actor of its own, at most so many.
  std::optional<std::uint32_t> keys_max;
  /// Event time without an event after which an actor sleeps.
  std::optional<base::duration> sleep_after;
};

/// What a sink can take from a stage.
enum class port : std::uint8_t { windows, decisions, reports, late };

struct planned_input {
  std::size_t stage = 0;  // index in plan::stages
  topology::port port = topology::port::windows;
};

struct planned_sink {
  base::sink_id id;
  std::string name;
  std::vector<planned_input> from;
  bool dead_letters = false;
  /// Which decisions it takes, and as it is written; null: all.
  std::shared_ptr<const entity::decision_filter> where;
  std::string where_text;
  /// Folder below the output folder; the topic's name where `log` is set. Of a webhook: where that
  /// lies which could not be posted.
  std::string folder;
  /// The log whose topic it writes, embedded or Kafka.
  std::optional<log_address> log;
  /// Where its records are posted, at least once each. With an empty url the sink is off.
  std::optional<io::webhook_settings> webhook;
  std::uint32_t lanes = 4;
  /// Outputs go out at once, at least once each; otherwise with their epoch, exactly once but for
  /// a webhook.
  bool immediate = false;
};

/// A checked topology with every name bound: what a node runs. Immutable while it runs, shared by
/// all threads.
struct plan {
  std::string name;
  topology::order order = topology::order::event_time;
  /// A source that is further ahead of the slowest in event time is paused; none: it may be.
  std::optional<base::duration> max_drift;
  std::vector<planned_source> sources;
  std::vector<planned_table> tables;
  std::vector<planned_stage> stages;
  std::vector<planned_sink> sinks;
  /// What goes out of the stages.
  entity::output_span outputs;
  /// What a run must still be told, as it would be written: `--set lines=VALUE`, `--log files:DIR`.
  /// Empty when the plan can run.
  std::vector<std::string> needs;
};

}  // namespace aisle::topology
