// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/explain.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/io/webhook_post.hpp"

namespace aisle::topology {
namespace {

constexpr port all_ports[] = {port::windows, port::decisions, port::reports, port::late};

std::string comma(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

/// Lines whose columns stand below each other; the last column is as wide as it likes.
class columns {
 public:
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] std::string text(std::string_view indent) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], row[i].size());
      }
    }
    std::string all;
    for (const auto& row : rows_) {
      std::string line{indent};
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      all += line + "\n";
    }
    return all;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string count_of(std::size_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string place_of(const planned_source& source) {
  if (source.topic) {
    const bool kafka = source.log && source.log->kind == log_kind::kafka;
    return fmt::format("topic {}{}", *source.topic, kafka ? " in Kafka" : "");
  }
  if (source.files.empty()) {
    return "files";
  }
  const auto first = source.files.front().filename().string();
  return source.files.size() == 1
             ? first
             : fmt::format("{} and {} more", first, count_of(source.files.size() - 1, "file"));
}

bool is_read(const plan& of, const planned_source& source) {
  return std::ranges::any_of(of.stages, [&](const planned_stage& stage) {
    return std::ranges::any_of(
        stage.streams, [&](const planned_stream& stream) { return stream.source == source.id; });
  });
}

/// `, from 2026-03-02T00:00:00.000Z`; empty where it is the beginning.
std::string start_text(const topic_start& start) {
  switch (start.kind) {
    case topic_start::from::earliest:
      return {};
    case topic_start::from::latest:
      return ", from the latest record";
    case topic_start::from::time:
      return fmt::format(", from {}", base::to_rfc3339(start.time));
    case topic_start::from::group:
      return ", from where its group is";
  }
  return {};
}

std::string place_of(const planned_table& table) {
  if (table.log) {
    return fmt::format("topic {}{}", *table.topic,
                       table.log->kind == log_kind::kafka ? " in Kafka" : "");
  }
  if (table.file.empty()) {
    return table.topic ? fmt::format("topic {}", *table.topic) : "file";
  }
  return table.file.filename().string();
}

std::string deletions_text(record::deletes of) {
  switch (of) {
    case record::deletes::skip:
      return ", deletions skipped";
    case record::deletes::row:
      return ", deleted rows are events";
    case record::deletes::key:
      return "";
  }
  base::die("a way to take deletions without words");
}

/// What is not plain JSON or CSV.
std::string decoding_text(const planned_records& records) {
  std::string text;
  if (records.format == format::msgpack || records.format == format::avro) {
    text += fmt::format(", {}", to_text(records.format));
  }
  if (records.format == format::avro) {
    text += records.schema_name.empty() ? " by the registry's schemas"
                                        : fmt::format(" by {}", records.schema_name);
  }
  if (records.debezium) {
    text += ", Debezium's changes" + deletions_text(records.deletes);
  }
  return text;
}

void append_sources(std::string& to, const plan& of) {
  columns table;
  for (const auto& source : of.sources) {
    auto rest = fmt::format("disorder {}", base::to_text(source.disorder));
    if (source.partitions > 1) {
      rest += fmt::format(", {}", count_of(source.partitions, "partition"));
    }
    if (source.idle != idle_when_unsaid) {
      rest += fmt::format(", idle {}", source.idle ? base::to_text(*source.idle) : "never");
    }
    if (source.ahead) {
      rest += fmt::format(", ahead {}", base::to_text(*source.ahead));
    }
    rest += start_text(source.start);
    rest += source.on_lost == on_lost::go_on ? ", skips what retention removed" : "";
    rest += decoding_text(source);
    rest += is_read(of, source) ? "" : ", read by no stage";
    table.add({source.name, place_of(source), source.contract->name(), rest});
  }
  to += "sources\n" + table.text("  ");
}

void append_tables(std::string& to, const plan& of) {
  if (of.tables.empty()) {
    return;
  }
  columns table;
  for (const auto& known : of.tables) {
    std::vector cells{known.name, place_of(known), known.contract->name()};
    if (auto written = decoding_text(known); !written.empty()) {
      cells.push_back(written.substr(2));
    }
    table.add(std::move(cells));
  }
  to += "\ntables\n" + table.text("  ");
}

/// What feeds a behaviour: streams, when not all of the stage do, and other behaviours.
std::string feeds_of(const planned_stage& stage, const planned_behaviour& behaviour) {
  std::vector<std::string> feeds;
  for (std::size_t i = 0; i < stage.streams.size(); ++i) {
    if (behaviour.behaviour->reads(static_cast<entity::stream_index>(i))) {
      feeds.push_back(stage.streams[i].name);
    }
  }
  for (const auto input : behaviour.inputs) {
    feeds.push_back(stage.behaviours[input].name);
  }
  return feeds.empty() ? "" : "from " + comma(feeds);
}

bool is_aggregate(const planned_behaviour& behaviour, const std::string& value) {
  return behaviour.role == role::window && value.ends_with(')');
}

/// `anomaly amount`, `tumbling 5m, lateness 2m`
std::string kind_of(const planned_behaviour& behaviour) {
  if (behaviour.role != role::window) {
    return fmt::format("{} {}", behaviour.kind, behaviour.model);
  }
  std::vector<std::string> spans;
  for (const auto& [name, value] : behaviour.parameters) {
    if (!is_aggregate(behaviour, value)) {
      spans.push_back(fmt::format("{} {}", name, value));
    }
  }
  return comma(spans);
}

std::string settings_of(const planned_behaviour& behaviour) {
  std::vector<std::string> settings;
  for (const auto& [name, value] : behaviour.parameters) {
    if (is_aggregate(behaviour, value)) {
      settings.push_back(fmt::format("{} = {}", name, value));
    } else if (behaviour.role != role::window) {
      settings.push_back(fmt::format("{} {}", name, value));
    }
  }
  return comma(settings);
}

std::string_view heading_of(role as) {
  switch (as) {
    case role::window:
      return "windows";
    case role::estimate:
      return "estimates";
    case role::decide:
      return "decides";
    case role::report:
      return "reports";
  }
  return "";
}

void append_behaviours(std::string& to, const planned_stage& stage, role as) {
  columns table;
  bool any = false;
  for (const auto& behaviour : stage.behaviours) {
    if (behaviour.role == as) {
      any = true;
      table.add({behaviour.name, kind_of(behaviour), feeds_of(stage, behaviour)});
      table.add({"", "", settings_of(behaviour)});
    }
  }
  if (any) {
    to += fmt::format("  {}\n{}", heading_of(as), table.text("    "));
  }
}

std::vector<std::string> takers_of(const plan& of, std::size_t stage, port out) {
  std::vector<std::string> takers;
  for (const auto& sink : of.sinks) {
    const bool takes = std::ranges::any_of(sink.from, [&](const planned_input& input) {
      return input.stage == stage && input.port == out;
    });
    if (takes) {
      takers.push_back(sink.name);
    }
  }
  return takers;
}

void append_outputs(std::string& to, const plan& of, std::size_t index) {
  columns table;
  for (const auto out : all_ports) {
    if (has_port(of.stages[index], out)) {
      const auto takers = takers_of(of, index, out);
      table.add({fmt::format("{}", to_text(out)),
                 takers.empty() ? "-> nowhere: no sink takes them" : "-> " + comma(takers)});
    }
  }
  to += "  gives\n" + table.text("    ");
}

void append_stage(std::string& to, const plan& of, std::size_t index) {
  const auto& stage = of.stages[index];
  to += fmt::format("\nstage {}: {}\n", stage.name, key_text(stage));
  columns table;
  std::vector<std::string> reads;
  reads.reserve(stage.streams.size());
  for (const auto& stream : stage.streams) {
    reads.push_back(stream.name);
  }
  table.add({"reads", comma(reads)});
  std::vector<std::string> knows;
  knows.reserve(stage.knows.size());
  for (const auto& lookup : stage.knows) {
    knows.push_back(of.tables[lookup.table].name);
  }
  if (!knows.empty()) {
    table.add({"knows", comma(knows)});
  }
  to += table.text("  ");
  for (const auto as : {role::window, role::estimate, role::decide, role::report}) {
    append_behaviours(to, stage, as);
  }
  append_outputs(to, of, index);
}

std::vector<std::string> inputs_of(const plan& of, const planned_sink& sink) {
  std::vector<std::string> inputs;
  inputs.reserve(sink.from.size());
  for (const auto& input : sink.from) {
    inputs.push_back(fmt::format("{}.{}", of.stages[input.stage].name, to_text(input.port)));
  }
  if (sink.dead_letters) {
    inputs.emplace_back("dead_letters");
  }
  return inputs;
}

/// Of a URL only what is no secret.
std::string place_of(const io::webhook_settings& webhook) {
  if (webhook.url.empty()) {
    return "webhook, off: its url is empty";
  }
  const bool is_signed = webhook.secret_env || webhook.secret_file;
  return fmt::format("webhook {}, at least once{}",
                     io::origin_of(webhook.url).value_or("without a url yet"),
                     is_signed ? ", signed" : "");
}

std::string place_of(const planned_sink& sink) {
  if (sink.webhook) {
    return place_of(*sink.webhook);
  }
  if (!sink.log) {
    return fmt::format("folder {}", sink.folder);
  }
  return fmt::format("topic {}{}", sink.folder,
                     sink.log->kind == log_kind::kafka ? " in Kafka" : "");
}

void append_sinks(std::string& to, const plan& of) {
  columns table;
  for (const auto& sink : of.sinks) {
    const auto inputs = inputs_of(of, sink);
    table.add({sink.name, place_of(sink) + (sink.immediate ? ", immediate" : ""),
               (inputs.empty() ? "from nothing" : "from " + comma(inputs)) +
                   (sink.where ? " where " + sink.where_text : "")});
  }
  to += "\nsinks\n" + table.text("  ");
  const bool rejects = std::ranges::any_of(of.sinks, &planned_sink::dead_letters);
  to += rejects ? "" : "  no sink takes dead_letters: rejected records are only counted\n";
}

}  // namespace

std::string_view to_text(port of) {
  switch (of) {
    case port::windows:
      return "windows";
    case port::decisions:
      return "decisions";
    case port::reports:
      return "reports";
    case port::late:
      return "late";
  }
  return "";
}

bool has_port(const planned_stage& stage, port of) {
  return std::ranges::any_of(stage.behaviours, [&](const planned_behaviour& behaviour) {
    switch (of) {
      case port::windows:
      case port::late:
        return behaviour.role == role::window;
      case port::decisions:
        return behaviour.role == role::decide;
      case port::reports:
        return behaviour.role == role::report;
    }
    return false;
  });
}

std::string key_text(const planned_stage& stage) {
  std::vector<std::string> names;
  names.reserve(stage.key.size());
  for (const auto& field : stage.key) {
    names.push_back(field.name);
  }
  return names.empty() ? "one actor" : fmt::format("one actor per {}", fmt::join(names, ", "));
}

std::string explain(const plan& of) {
  auto text = fmt::format(
      "topology {}: {} -> {} -> {}, in the order of {}{}\n\n", of.name,
      count_of(of.sources.size(), "source"), count_of(of.stages.size(), "stage"),
      count_of(of.sinks.size(), "sink"), of.order == order::event_time ? "event time" : "arrival",
      of.max_drift ? ", sources at most " + base::to_text(*of.max_drift) + " apart" : "");
  append_sources(text, of);
  append_tables(text, of);
  for (std::size_t i = 0; i < of.stages.size(); ++i) {
    append_stage(text, of, i);
  }
  append_sinks(text, of);
  return text;
}

}  // namespace aisle::topology
