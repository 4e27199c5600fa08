// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/checkpoint/state_report.hpp"
#include "tools/aisle/checkpoint_commands.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/aisle/state_folder.hpp"

namespace aisle::tool {
namespace {

using checkpoint::state_report;

constexpr std::string_view in_use =
    "A node that runs is asked by aisle actor ls and aisle actor get; its state can be looked into "
    "once it has stopped.";

kv::result<state_report> report_of(const checkpoint_options& options) {
  auto state = open_state(options.state);
  return state ? checkpoint::report_state(**state) : std::unexpected{state.error()};
}

std::uint64_t file_bytes(const state_report& of) { return of.file.pages * of.file.page_bytes; }

std::string written(const checkpoint_options& options) {
  return written_at(std::filesystem::path{options.state} / kv::data_file_name);
}

std::uint64_t copies_of(const state_report& of) {
  return of.shards.size() + of.lanes.size() + of.readers.size();
}

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::string by_stage(const std::map<std::string, std::uint64_t>& actors) {
  std::string text;
  for (const auto& [stage, count] : actors) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", stage, with_commas(count));
  }
  return text;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// ---- ls -----------------------------------------------------------------------------------------

void print_epoch_json(const state_report& all, const checkpoint::epoch_report& epoch) {
  std::string json;
  base::json_object line{json};
  line.integer("generation", epoch.of.generation.get());
  line.integer("epoch", signed_of(epoch.of.epoch.get()));
  line.boolean("complete", epoch.complete);
  line.boolean("newest_complete", epoch.of == all.complete());
  line.text_or_null("watermark", time_text(epoch.watermark));
  line.integer("copies", signed_of(epoch.copies));
  line.integer("of_copies", signed_of(copies_of(all)));
  line.integer("chain_bytes", signed_of(epoch.bytes));
  base::json_object actors{line.name("actors")};
  for (const auto& [stage, count] : epoch.actors) {
    actors.integer(stage, signed_of(count));
  }
  actors.end();
  line.end();
  fmt::print("{}\n", json);
}

std::string standing_of(const state_report& all, const checkpoint::epoch_report& epoch) {
  return epoch.of == all.complete() ? "complete, newest" : epoch.complete ? "complete" : "prepared";
}

void print_epochs(const checkpoint_options& options, const state_report& all) {
  fmt::print("state {}  {} bytes  written {}\n", control::to_text(all.id),
             with_commas(file_bytes(all)), or_dash(written(options)));
  fmt::print("{:<12} {:<17} {:<25} {:>12} {:>9}  {}\n", "epoch", "", "watermark", "in its chain",
             "copies", "actors");
  for (const auto& epoch : all.epochs) {
    fmt::print("{:<12} {:<17} {:<25} {:>12} {:>9}  {}\n", control::to_text(epoch.of),
               standing_of(all, epoch), or_dash(time_text(epoch.watermark)),
               epoch.bytes == 0 ? "folded" : with_commas(epoch.bytes),
               fmt::format("{} of {}", epoch.copies, copies_of(all)), by_stage(epoch.actors));
  }
}

// ---- show ---------------------------------------------------------------------------------------

void put_standing(base::json_object& line, const checkpoint::copy_standing& at) {
  line.raw("base", attempt_json(at.base));
  line.raw("tip", attempt_json(at.tip));
  line.integer("chain", signed_of(at.chain.size()));
  line.integer("chain_bytes", signed_of(at.chain_bytes));
}

void put_attempt(base::json_object& line, std::string_view name,
                 const std::optional<control::attempt>& of) {
  of ? line.raw(name, attempt_json(*of)) : line.raw(name, "null");
}

void print_state_json(const checkpoint_options& options, const state_report& all) {
  std::string json;
  base::json_object line{json};
  line.text("kind", "state");
  line.text("id", control::to_text(all.id));
  line.text_or_null("log", all.progress.log ? control::to_text(*all.progress.log) : "");
  line.raw("complete", attempt_json(all.complete()));
  line.integer("bytes", signed_of(file_bytes(all)));
  line.text_or_null("written", written(options));
  line.integer("manifests", signed_of(all.schemas.size()));
  line.end();
  fmt::print("{}\n", json);
}

void print_log_json(const state_report& all) {
  std::string json;
  base::json_object line{json};
  line.text("kind", "log");
  line.integer("records", signed_of(all.records));
  line.integer("next", all.log.next().get());
  line.integer("applied", all.progress.applied.get());
  line.integer("generation", all.log.generation().get());
  line.text_or_null("reset_ordered_by", all.ordered_by.value_or(""));
  const auto& claim = all.log.claim();
  claim ? line.integer("claim", claim->at.get()) : line.raw("claim", "null");
  const auto& complete = all.log.complete();
  put_attempt(line, "last_complete",
              complete ? std::optional{complete->record.attempt} : std::nullopt);
  put_attempt(line, "stands_on", all.complete());
  line.end();
  fmt::print("{}\n", json);
}

void print_shard_json(const checkpoint::shard_report& shard) {
  std::string json;
  base::json_object line{json};
  line.text("kind", "shard");
  line.text("stage", shard.at.shard.of);
  line.integer("shard", shard.at.shard.number);
  put_standing(line, shard.at);
  line.integer("actors", signed_of(shard.actors));
  line.integer("quarantined", signed_of(shard.facts.host.quarantined_actors));
  line.integer("timers", signed_of(shard.timers));
  line.text_or_null("watermark", time_text(shard.facts.merged));
  line.integer("waiting_pages", signed_of(shard.pages));
  line.integer("in", signed_of(shard.facts.host.counts.in));
  line.end();
  fmt::print("{}\n", json);
}

void print_lane_json(const checkpoint::lane_report& lane) {
  std::string json;
  base::json_object line{json};
  line.text("kind", "lane");
  line.text("sink", lane.at.shard.of);
  line.integer("lane", lane.at.shard.number);
  put_standing(line, lane.at);
  line.raw("delivered_to", attempt_json(lane.note.delivered_to));
  line.integer("end", lane.note.end);
  line.integer("waiting", signed_of(lane.waiting.size()));
  line.integer("waiting_bytes", signed_of(lane.waiting_bytes));
  line.end();
  fmt::print("{}\n", json);
}

void print_reader_json(const checkpoint::reader_report& reader) {
  std::string json;
  base::json_object line{json};
  line.text("kind", "source");
  line.text("source", reader.at.shard.of);
  put_standing(line, reader.at);
  line.integer("pages_of_seen_keys", signed_of(reader.pages));
  auto& to = line.name("partitions");
  to += '[';
  for (const auto& one : reader.positions) {
    to += to.back() == '[' ? "" : ",";
    base::json_object at{to};
    at.integer("partition", one.partition.number);
    at.integer("next", one.next.get());
    at.text_or_null("highest", time_text(one.highest));
    at.boolean("idle", one.idle);
    at.end();
  }
  to += ']';
  line.end();
  fmt::print("{}\n", json);
}

void print_json(const checkpoint_options& options, const state_report& all) {
  print_state_json(options, all);
  print_log_json(all);
  std::ranges::for_each(all.shards, print_shard_json);
  std::ranges::for_each(all.lanes, print_lane_json);
  std::ranges::for_each(all.readers, print_reader_json);
}

std::string chain_text(const checkpoint::copy_standing& at) {
  return at.chain.empty()
             ? "-"
             : fmt::format("{} in {} bytes", at.chain.size(), with_commas(at.chain_bytes));
}

void print_head(const checkpoint_options& options, const state_report& all) {
  fmt::print("state    {}, {} bytes, written {}\n", control::to_text(all.id),
             with_commas(file_bytes(all)), or_dash(written(options)));
  fmt::print("stands   on {}{}\n", control::to_text(all.complete()),
             all.schemas.empty()
                 ? ""
                 : fmt::format(", written under manifest {}", all.schemas.back().number));
  fmt::print("log      {}, {} records, the next at {}\n",
             all.progress.log ? control::to_text(*all.progress.log) : "none followed", all.records,
             all.log.next().get());
  if (const auto& claim = all.log.claim()) {
    fmt::print("         Claim at {} by node {}\n", claim->at.get(), claim->record.node.text);
  }
  if (const auto& assign = all.log.assign()) {
    const auto at =
        fmt::format("at {}, from {}", assign->at.get(), control::to_text(assign->record.from));
    all.ordered_by ? fmt::print("         Reset {}, ordered by {}\n", at, *all.ordered_by)
                   : fmt::print("         Assign {}, for {} shards, lanes and readers\n", at,
                                assign->record.shards.size());
  }
  if (const auto& complete = all.log.complete()) {
    fmt::print("         Complete of {} at {}\n", control::to_text(complete->record.attempt),
               complete->at.get());
  }
}

void print_shards(const state_report& all) {
  fmt::print("\n{:<18} {:<10} {:<10} {:<18} {:>11} {:>9} {:>6}  {}\n", "shard", "base", "tip",
             "chain", "actors", "timers", "pages", "watermark");
  for (const auto& one : all.shards) {
    fmt::print("{:<18} {:<10} {:<10} {:<18} {:>11} {:>9} {:>6}  {}\n",
               fmt::format("{}/{}", one.at.shard.of, one.at.shard.number),
               control::to_text(one.at.base), control::to_text(one.at.tip), chain_text(one.at),
               with_commas(one.actors), with_commas(one.timers), one.pages,
               or_dash(time_text(one.facts.merged)));
  }
}

void print_lanes(const state_report& all) {
  fmt::print("\n{:<18} {:<10} {:<10} {:<18} {:>11} {:>16}  {}\n", "lane", "base", "tip", "chain",
             "bytes", "outboxes waiting", "delivered to");
  for (const auto& one : all.lanes) {
    fmt::print("{:<18} {:<10} {:<10} {:<18} {:>11} {:>16}  {}\n",
               fmt::format("{}/{}", one.at.shard.of, one.at.shard.number),
               control::to_text(one.at.base), control::to_text(one.at.tip), chain_text(one.at),
               with_commas(static_cast<std::uint64_t>(one.note.end)),
               one.waiting.empty()
                   ? "-"
                   : fmt::format("{} ({} B)", one.waiting.size(), with_commas(one.waiting_bytes)),
               control::to_text(one.note.delivered_to));
  }
}

void print_readers(const state_report& all) {
  fmt::print("\n{:<18} {:<10} {:<10} {:<18} {:>11}  {}\n", "source", "base", "tip", "chain",
             "next record", "highest event time");
  for (const auto& one : all.readers) {
    for (const auto& at : one.positions) {
      fmt::print("{:<18} {:<10} {:<10} {:<18} {:>11}  {}{}\n",
                 fmt::format("{}/{}", one.at.shard.of, at.partition.number),
                 control::to_text(one.at.base), control::to_text(one.at.tip), chain_text(one.at),
                 with_commas(static_cast<std::uint64_t>(at.next.get())),
                 or_dash(time_text(at.highest)), at.idle ? ", idle" : "");
    }
  }
}

}  // namespace

int checkpoint_ls(const checkpoint_options& options) {
  const auto all = report_of(options);
  if (!all) {
    return state_failure(all.error(), in_use);
  }
  if (options.json) {
    for (const auto& epoch : all->epochs) {
      print_epoch_json(*all, epoch);
    }
    return done;
  }
  print_epochs(options, *all);
  fmt::print(stderr, "Next: aisle checkpoint show --state {}\n", for_shell(options.state));
  return done;
}

int checkpoint_show(const checkpoint_options& options) {
  const auto all = report_of(options);
  if (!all) {
    return state_failure(all.error(), in_use);
  }
  if (options.json) {
    print_json(options, *all);
    return done;
  }
  print_head(options, *all);
  print_shards(*all);
  print_lanes(*all);
  print_readers(*all);
  fmt::print(stderr, "Next: aisle checkpoint verify --state {}\n", for_shell(options.state));
  return done;
}

}  // namespace aisle::tool
