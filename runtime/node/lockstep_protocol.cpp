// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/lockstep_protocol.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/flow/dead_letter.hpp"

namespace aisle::node {
namespace {

constexpr std::string_view line_source = "stdin";
constexpr std::string_view line_reason = "protocol";

std::string output_line(std::string_view sink, std::string_view record) {
  std::string line;
  base::json_object out{line};
  out.text("sink", sink);
  out.raw("record", record);
  out.end();
  line += '\n';
  return line;
}

std::string source_names(const topology::plan& plan) {
  std::vector<std::string_view> names;
  names.reserve(plan.sources.size());
  for (const auto& source : plan.sources) {
    names.push_back(source.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string lockstep_protocol::take(std::string_view line) {
  const auto read = envelopes_.read(line);
  if (!read) {
    refuse(line, "", read.error());
  } else if (read->kind == record::envelope::kind::advance) {
    return advance(line, read->advance);
  } else if (const auto source =
                 std::ranges::find(plan_.sources, read->source, &topology::planned_source::name);
             source != plan_.sources.end()) {
    run_.take(source->id.get(), read->event);
  } else {
    refuse(line, "source",
           fmt::format("no source \"{}\", only {}", read->source, source_names(plan_)));
  }
  ++lines_;
  return {};
}

void lockstep_protocol::refuse_long(std::string_view beginning) {
  refuse(beginning, "",
         fmt::format("more than {} bytes; only the beginning is kept", line_bytes_max));
  ++lines_;
}

std::string lockstep_protocol::advance(std::string_view line, std::string_view to) {
  const auto time = base::parse_rfc3339(to);
  if (!time) {
    refuse(line, "advance", "not a time: 2026-01-05T10:00:00Z, with Z or an offset");
  } else if (*time < run_.now()) {
    refuse(line, "advance", fmt::format("time stands at {}", base::to_rfc3339(run_.now())));
  }
  ++lines_;
  if (time && *time >= run_.now()) {
    run_.advance(*time);
  } else {
    run_.end_epoch();
  }
  return answer();
}

std::string lockstep_protocol::answer() {
  auto text = outputs();
  base::json_object advanced{text};
  if (run_.now() == base::beginning_of_time) {
    advanced.raw("advanced", "null");
  } else {
    advanced.time("advanced", run_.now());
  }
  advanced.end();
  text += '\n';
  return text;
}

std::string lockstep_protocol::end() {
  run_.end();
  return outputs();
}

std::string lockstep_protocol::stop() {
  run_.end_epoch();
  return outputs();
}

std::string lockstep_protocol::outputs() {
  std::vector<std::string> lines;
  for (const auto& record : run_.take_output()) {
    lines.push_back(output_line(plan_.sinks[record.sink].name, record.json));
  }
  for (const auto& letter : std::exchange(letters_, {})) {
    for (const auto& sink : plan_.sinks) {
      if (sink.dead_letters) {
        lines.push_back(output_line(sink.name, letter));
      }
    }
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, ""));
}

void lockstep_protocol::refuse(std::string_view line, std::string_view field,
                               std::string_view why) {
  ++refused_;
  letters_.push_back(flow::to_json({.source = line_source,
                                    .partition = base::partition_id{0},
                                    .offset = base::offset{lines_},
                                    .stage = {},
                                    .reason = line_reason,
                                    .field = field,
                                    .message = why,
                                    .original = line}));
}

}  // namespace aisle::node
