// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/aisle/replay_plan.hpp"
#include "tools/aisle/replay_range.hpp"
#include "tools/aisle/run.hpp"

namespace aisle::tool {
namespace {

using partition_report = flow::replay_report::partition;

int refuse(const std::string& what) {
  fmt::print(stderr, "aisle: {}\n", what);
  return nothing_done;
}

/// Records were removed that may have been of the time that was asked for.
bool may_lack(const partition_report& of, base::event_time from) {
  return of.oldest && *of.begins > base::offset{0} && of.oldest->time > from;
}

/// What is told when the run is over; its plan is gone by then.
struct replayed {
  struct source {
    std::string name;
    std::shared_ptr<const flow::replay_report> report;
  };
  std::vector<source> sources;
  entity::output_span outputs;
};

replayed reports_of(const topology::plan& plan) {
  replayed all{.sources = {}, .outputs = plan.outputs};
  for (const auto& source : plan.sources) {
    all.sources.push_back({source.name, source.replay->report()});
  }
  return all;
}

void tell_source(const replayed::source& source, base::event_time from) {
  const auto& report = *source.report;
  fmt::print(stderr, "  source {:<16} {:>12} records before, {} behind\n", source.name,
             with_commas(report.before), with_commas(report.after));
  for (std::size_t p = 0; p < report.partitions.size(); ++p) {
    const auto& of = report.partitions[p];
    const auto name = report.partitions.size() > 1 ? fmt::format("partition {} ", p) : "";
    if (of.first) {
      fmt::print(stderr, "         {}from offset {}, {}\n", name, of.first->offset.get(),
                 base::to_rfc3339(of.first->time));
    }
    if (may_lack(of, from)) {
      fmt::print(
          stderr,
          "         {}begins at offset {}, {}: what was before is no longer kept, so windows "
          "up to there may lack records\n",
          name, of.begins->get(), base::to_rfc3339(of.oldest->time));
    }
  }
}

std::string span_of(const entity::output_span& outputs) {
  const auto to = outputs.to == base::end_of_time
                      ? std::string{}
                      : fmt::format(" and end at or before {}", base::to_rfc3339(outputs.to));
  if (outputs.windows_from == base::beginning_of_time) {
    return "Windows are whole from the beginning on" + to;
  }
  return fmt::format("Windows that begin at or after {}{} are whole, and only they are written",
                     base::to_rfc3339(outputs.windows_from), to);
}

void tell(const replayed& all, const replay_range& asked) {
  fmt::print(stderr, "Replayed:\n");
  for (const auto& source : all.sources) {
    tell_source(source, all.outputs.from);
  }
  fmt::print(stderr, "{}.\n", span_of(all.outputs));
  if (asked.warm_up > base::duration{0}) {
    fmt::print(stderr, "Decisions rest on what models learnt in the {} before.\n",
               base::to_text(asked.warm_up));
  } else {
    fmt::print(stderr,
               "Decisions rest on nothing older, and may differ from those of a run that knew "
               "more; --warm-up 28d lets models learn from the four weeks before.\n");
  }
}

void put(base::json_object& object, std::string_view name,
         const std::optional<flow::replay_report::place>& place) {
  if (!place) {
    object.raw(name, "null");
    return;
  }
  base::json_object inner{object.name(name)};
  inner.integer("offset", place->offset.get());
  inner.time("time", place->time);
  inner.end();
}

std::string partitions_json(const std::vector<partition_report>& partitions,
                            base::event_time from) {
  std::string json = "[";
  for (const auto& of : partitions) {
    json += json.size() > 1 ? "," : "";
    base::json_object one{json};
    put(one, "oldest", of.oldest);
    put(one, "first", of.first);
    one.boolean("may_lack_records", may_lack(of, from));
    one.end();
  }
  return json + "]";
}

/// {"replay": {windows_from, to, sources: {S: {before, behind, partitions: [{oldest, first,
/// may_lack_records}]}}}}
std::string to_json(const replayed& all) {
  const auto time = [](base::event_time at) {
    const bool bounded = at > base::beginning_of_time && at < base::end_of_time;
    return bounded ? base::value::of(at) : base::value{};
  };
  std::string json;
  base::json_object outer{json};
  base::json_object replay{outer.name("replay")};
  replay.value("windows_from", time(all.outputs.windows_from));
  replay.value("to", time(all.outputs.to));
  base::json_object sources{replay.name("sources")};
  for (const auto& source : all.sources) {
    const auto& report = *source.report;
    base::json_object one{sources.name(source.name)};
    one.integer("before", static_cast<std::int64_t>(report.before));
    one.integer("behind", static_cast<std::int64_t>(report.after));
    one.raw("partitions", partitions_json(report.partitions, all.outputs.from));
    one.end();
  }
  sources.end();
  replay.end();
  outer.end();
  return json;
}

}  // namespace

int replay_command(const replay_options& as_told) {
  auto options = as_told;
  if (options.out.empty()) {
    return refuse("replay needs --out FOLDER, where the results go");
  }
  const auto asked = read_replay_range(options);
  if (!asked) {
    return refuse(asked.error());
  }
  const auto form = options.json ? report_form::json : report_form::text;
  if (const auto taken = take_config(options); !taken) {
    report(taken.error(), form);
    return nothing_done;
  }
  if (const auto problem = problem_of_run(options)) {
    return refuse(*problem);
  }
  auto opened = open_topology(options, topology::inputs::must_exist);
  if (!opened) {
    report(opened.error().problems, form);
    return nothing_done;
  }
  if (const auto narrowed = narrow(opened->plan, *asked, options.kafka, options.registry);
      !narrowed) {
    report(narrowed.error(), form);
    return nothing_done;
  }
  options.bounded = true;
  options.state.clear();
  const auto all = reports_of(opened->plan);
  const auto code = run_opened(options, *std::move(opened));
  if (code == done && options.json) {
    fmt::print("{}\n", to_json(all));
  }
  if (code == done && !options.quiet) {
    tell(all, *asked);
  }
  return code;
}

}  // namespace aisle::tool
