// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/base/yaml.hpp"
#include "runtime/topology/plan.hpp"
#include "runtime/topology/vars.hpp"
#include "runtime/window/window.hpp"

namespace aisle::topology {

/// A word of the file with its vars put in, and where it stands.
struct word {
  std::string text;
  /// In spec::document; lives as long as the spec.
  const base::yaml_node* node = nullptr;
};

/// `name: text`
struct entry {
  word name;
  word value;
};

/// `csv:` of a source or table.
struct csv_spec {
  const base::yaml_node* node = nullptr;
  char separator = ',';
  std::vector<entry> columns;
  std::vector<entry> constants;
  std::vector<entry> derived;
};

/// What a source and a table have in common: records of a contract in files or a topic.
struct records_spec {
  word name;
  std::optional<word> topic;
  /// Paths or globs; a table has one.
  std::vector<word> files;
  std::optional<word> contract;
  std::optional<topology::format> format;
  /// Where `format` is written, if it is.
  const base::yaml_node* format_node = nullptr;
  std::optional<csv_spec> csv;
  /// `schema:`, a file.
  std::optional<word> schema;
  /// Where `envelope: debezium` is written, if it is.
  const base::yaml_node* envelope_node = nullptr;
};

struct source_spec : records_spec {
  record::deletes deletes = record::deletes::skip;
  /// Where `deletes` is written, if it is.
  const base::yaml_node* deletes_node = nullptr;
  base::duration disorder{0};
  std::uint32_t partitions = 1;
  /// Where `partitions` is written, if it is.
  const base::yaml_node* partitions_node = nullptr;
  std::optional<base::duration> ahead;
  std::optional<base::duration> idle = idle_when_unsaid;
  topic_start start;
  /// Where `start` is written, if it is.
  const base::yaml_node* start_node = nullptr;
  topology::on_lost on_lost = on_lost::stop;
  const base::yaml_node* on_lost_node = nullptr;
  std::optional<word> group;
};

struct table_spec : records_spec {};

struct window_spec {
  word name;
  /// `was:`, the name it had before.
  std::optional<word> was;
  window::kind kind = window::kind::tumbling;
  base::duration size{0};
  base::duration slide{0};
  base::duration lateness{0};
  /// False when something in it was complained of.
  bool good = true;
  /// Where each of them is written; null when it is not.
  const base::yaml_node* size_node = nullptr;
  const base::yaml_node* slide_node = nullptr;
  const base::yaml_node* lateness_node = nullptr;
  std::vector<entry> keep;
};

/// An entry of `estimates:`, `decides:` or `reports:`. What its members mean only the catalog
/// knows.
struct behaviour_spec {
  word name;
  std::optional<word> was;
  topology::role role = role::estimate;
  /// A mapping.
  const base::yaml_node* node = nullptr;
};

struct stage_spec {
  word name;
  std::optional<word> was;
  std::vector<word> per;
  std::vector<word> reads;
  std::vector<word> knows;
  std::vector<window_spec> windows;
  std::vector<behaviour_spec> behaviours;
  std::uint32_t max_failures = 3;
  /// `shards: per_key` with `max_keys`: every key has an actor of its own, at most so many.
  std::optional<std::uint32_t> keys_max;
  /// Event time without an event after which an actor sleeps.
  std::optional<base::duration> sleep_after;
};

/// `webhook: URL`, or a mapping with more.
struct webhook_spec {
  word url;
  std::optional<word> secret_env;
  std::optional<word> secret_file;
  std::optional<base::duration> timeout;
  std::optional<base::duration> give_up_after;
  std::optional<std::uint32_t> attempts;
};

struct sink_spec {
  word name;
  std::vector<word> from;
  std::optional<word> files;
  std::optional<word> topic;
  std::optional<webhook_spec> webhook;
  std::optional<word> where;
  std::uint32_t lanes = 4;
  /// Where `lanes` is written, if it is.
  const base::yaml_node* lanes_node = nullptr;
  bool immediate = false;
  /// Where `delivery: exactly_once` is written, if it is.
  const base::yaml_node* exactly_once_node = nullptr;
};

/// A topology as it is written: shape and kinds of values are right, names are not yet looked up.
struct spec {
  std::shared_ptr<const base::yaml_document> document;
  topology::origins origins;
  std::string name;
  topology::order order = order::event_time;
  std::optional<base::duration> max_drift;
  std::vector<source_spec> sources;
  std::vector<table_spec> tables;
  std::vector<stage_spec> stages;
  std::vector<sink_spec> sinks;
};

/// Reads a topology's tree, whose vars are put in. Appends everything that is wrong and goes on;
/// what could not be read is left out of the spec.
[[nodiscard]] spec read_spec(std::shared_ptr<const base::yaml_document> document,
                             topology::origins origins, base::diagnostics& complaints);

}  // namespace aisle::topology
