// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/open_sources.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "runtime/kafka/topic_reader.hpp"
#include "runtime/log/topic_reader.hpp"
#include "runtime/record/csv.hpp"

namespace aisle::node {
namespace {

using schemas_of_node = std::shared_ptr<record::schema_source>;

std::expected<opened_source, base::diagnostic> with_decoder(
    std::unique_ptr<io::record_reader> records, const topology::planned_source& from,
    const schemas_of_node& schemas) {
  auto decoder = decoder_for(from, schemas);
  if (!decoder) {
    return std::unexpected{std::move(decoder.error())};
  }
  return opened_source{std::move(records), std::move(*decoder)};
}

std::expected<opened_source, base::diagnostic> open_files(const topology::planned_source& from,
                                                          bool follow,
                                                          const schemas_of_node& schemas) {
  const bool csv = from.format == topology::format::csv;
  const auto& first = from.files.front().string();
  auto records = io::open_files(from.files, {.framing = csv ? io::framing::csv : io::framing::line,
                                             .record_bytes_max = record::limits{}.record_bytes_max,
                                             .separator = from.csv.separator,
                                             .follow = follow});
  if (!records) {
    return std::unexpected{problem(first, "unreadable", records.error().message)};
  }
  if (!csv) {
    return with_decoder(std::move(*records), from, schemas);
  }
  auto decoder = record::make_csv_decoder(*from.contract, from.csv, (*records)->header());
  if (!decoder) {
    return std::unexpected{problem(first, "header", decoder.error())};
  }
  return opened_source{std::move(*records), std::move(*decoder)};
}

std::expected<opened_source, base::diagnostic> open_topic(const topology::planned_source& from,
                                                          bool follow,
                                                          const schemas_of_node& schemas) {
  const auto place = (from.log->folder / *from.topic).string();
  const auto topic = log::open_topic(from.log->folder, *from.topic);
  if (!topic) {
    return std::unexpected{problem(place, "unreadable", topic.error().message)};
  }
  auto records =
      log::open_topic_reader(*topic, follow ? log::extent::follow : log::extent::present_end,
                             record::limits{}.record_bytes_max);
  if (!records) {
    return std::unexpected{problem(place, "unreadable", records.error().message)};
  }
  return with_decoder(std::move(*records), from, schemas);
}

kafka::start_at start_of(const topology::topic_start& start) {
  switch (start.kind) {
    case topology::topic_start::from::earliest:
      return kafka::start_at::earliest;
    case topology::topic_start::from::latest:
      return kafka::start_at::latest;
    case topology::topic_start::from::time:
      return kafka::start_at::time;
    case topology::topic_start::from::group:
      return kafka::start_at::group;
  }
  return kafka::start_at::earliest;
}

std::expected<opened_source, base::diagnostic> open_kafka(const topology::planned_source& from,
                                                          bool follow, const kafka_config& config,
                                                          const schemas_of_node& schemas) {
  const bool skips = from.on_lost == topology::on_lost::go_on;
  auto records = kafka::open_topic_reader(
      settings_for(*from.log, config),
      {.topic = *from.topic,
       .until = follow ? kafka::extent::follow : kafka::extent::present_end,
       .start = start_of(from.start),
       .time = from.start.time,
       .lost = skips ? kafka::on_lost::go_on : kafka::on_lost::stop,
       .group = from.group,
       .most_bytes = record::limits{}.record_bytes_max,
       .patience = config.patience()});
  if (!records) {
    return std::unexpected{problem(to_text(*from.log) + "/" + *from.topic, records.error())};
  }
  return with_decoder(*std::move(records), from, schemas);
}

}  // namespace

base::diagnostic problem(const std::string& path, std::string code, std::string message) {
  base::diagnostic d;
  d.path = path;
  d.code = std::move(code);
  d.message = std::move(message);
  return d;
}

bool is_away(const base::diagnostic& problem) {
  return problem.code == broker_away || problem.code == registry_away;
}

base::diagnostic problem(const std::string& path, const kafka::error& why) {
  return problem(path, kafka::may_pass(why.code) ? broker_away : "unreadable", why.message);
}

std::expected<std::unique_ptr<record::decoder>, base::diagnostic> decoder_for(
    const topology::planned_records& of, schemas_of_node schemas) {
  auto decoder = record::make_decoder(*of.contract, topology::decoding_of(of, std::move(schemas)));
  if (!decoder) {
    return std::unexpected{problem(of.name, "bad-schema", decoder.error())};
  }
  return std::move(*decoder);
}

std::expected<schemas_of_node, base::diagnostics> registry_for(
    const topology::plan& plan, const std::optional<registry_config>& config) {
  base::diagnostics problems;
  bool is_needed = false;
  const auto look_at = [&](const topology::planned_records& of, std::string_view what) {
    const bool needs_it = topology::needs_registry(of);
    is_needed = is_needed || needs_it;
    if (needs_it && !config) {
      problems.push_back(problem(of.name, "no-registry",
                                 "its records name their schemas, and no registry is known"));
      problems.back().expected =
          fmt::format("schema: FILE in the {}, or registry: in a --config FILE", what);
    }
  };
  std::ranges::for_each(plan.sources, [&](const auto& source) { look_at(source, "source"); });
  std::ranges::for_each(plan.tables, [&](const auto& table) { look_at(table, "table"); });
  if (!problems.empty()) {
    return std::unexpected{std::move(problems)};
  }
  if (!is_needed) {
    return nullptr;
  }
  auto registry = open_registry(*config);
  if (!registry) {
    return std::unexpected{base::diagnostics{std::move(registry.error())}};
  }
  return std::move(*registry);
}

std::expected<std::vector<opened_source>, base::diagnostics> open_sources(
    const topology::plan& plan, bool follow, const kafka_config& kafka,
    const schemas_of_node& schemas) {
  std::vector<opened_source> sources;
  base::diagnostics problems;
  for (const auto& planned : plan.sources) {
    auto source = !planned.log ? open_files(planned, follow, schemas)
                  : planned.log->kind == topology::log_kind::kafka
                      ? open_kafka(planned, follow, kafka, schemas)
                      : open_topic(planned, follow, schemas);
    if (source) {
      sources.push_back(std::move(*source));
    } else {
      problems.push_back(std::move(source.error()));
    }
  }
  if (!problems.empty()) {
    return std::unexpected{std::move(problems)};
  }
  return sources;
}

std::vector<std::uint32_t> partitions_of(const std::vector<opened_source>& sources) {
  std::vector<std::uint32_t> partitions;
  partitions.reserve(sources.size());
  for (const auto& source : sources) {
    partitions.push_back(source.records->partitions());
  }
  return partitions;
}

std::vector<std::shared_ptr<io::source>> join(std::vector<opened_source> sources,
                                              const wiring& wired) {
  std::vector<std::shared_ptr<io::source>> joined;
  joined.reserve(sources.size());
  for (std::size_t r = 0; r < sources.size(); ++r) {
    joined.push_back(std::make_shared<io::source>(
        std::move(sources[r].records),
        flow::ingest{wired.readers[r].options, std::move(sources[r].decoder)}));
  }
  return joined;
}

}  // namespace aisle::node
