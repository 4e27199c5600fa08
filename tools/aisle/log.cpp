// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/log/reader.hpp"
#include "runtime/log/topic.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/log_commands.hpp"

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;

/// An option that means nothing to this action; empty when there is none.
std::string misplaced(const log_options& o) {
  const bool append = o.what == "append";
  const bool read = o.what == "read";
  if (o.partitions && !append) return "--partitions";
  if (o.key_field && !append) return "--key-field";
  if (o.base64 && !append) return "--base64";
  if (o.producer && !append) return "--producer";
  if (o.keep_age && !append) return "--keep-age";
  if (o.keep_bytes && !append) return "--keep-bytes";
  if (o.partition && !read) return "--partition";
  if (o.from && !read) return "--from";
  if (o.follow && !read) return "--follow";
  if (o.max && !read) return "--max";
  if (o.json && append) return "--json";
  return {};
}

int refuse(std::string_view what) {
  fmt::print(stderr, "aisle: {}\naisle log --help lists what there is.\n", what);
  return nothing_done;
}

std::string_view word_of(bool one, std::string_view word) {
  return one ? word.substr(0, word.size() - 1) : word;
}

/// What `ls` and `stat` say of a partition.
struct partition_facts {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
};

log::result<partition_facts> facts_of(const log::topic& topic, base::partition_id partition) {
  const auto reader = log::reader::open_at_start(topic, partition);
  if (!reader) return std::unexpected{reader.error()};
  const auto start = reader->start();
  if (!start) return std::unexpected{start.error()};
  const auto end = reader->end();
  if (!end) return std::unexpected{end.error()};
  partition_facts facts{.start = start->get(), .end = end->get()};
  std::error_code ignored;
  for (fs::directory_iterator at{topic.partition_folder(partition), ignored}, none; at != none;
       at.increment(ignored)) {
    if (!log::base_of(at->path())) continue;
    ++facts.segments;
    facts.bytes += at->file_size(ignored);
  }
  return facts;
}

log::result<std::vector<partition_facts>> facts_of(const log::topic& topic) {
  std::vector<partition_facts> all;
  for (std::uint32_t partition = 0; partition < topic.settings.partitions; ++partition) {
    auto facts = facts_of(topic, base::partition_id{partition});
    if (!facts) return std::unexpected{std::move(facts.error())};
    all.push_back(*facts);
  }
  return all;
}

partition_facts sum_of(const std::vector<partition_facts>& all) {
  partition_facts sum;
  for (const auto& one : all) {
    sum.end += one.end - one.start;
    sum.bytes += one.bytes;
    sum.segments += one.segments;
  }
  return sum;
}

void print_topic(const log::topic& topic, const partition_facts& sum, bool json) {
  if (!json) {
    const auto partitions = topic.settings.partitions;
    fmt::print("{}  {} {}  {} {}  {} bytes\n", topic.name, partitions,
               word_of(partitions == 1, "partitions"), sum.end, word_of(sum.end == 1, "records"),
               sum.bytes);
    return;
  }
  std::string line;
  base::json_object object{line};
  object.text("topic", topic.name);
  object.integer("partitions", topic.settings.partitions);
  object.integer("records", sum.end);
  object.integer("bytes", static_cast<std::int64_t>(sum.bytes));
  object.end();
  fmt::print("{}\n", line);
}

int list(const log_options& options, const fs::path& folder) {
  const auto topics = log::list_topics(folder);
  if (!topics) return log_failure(topics.error());
  for (const auto& topic : *topics) {
    const auto facts = facts_of(topic);
    if (!facts) return log_failure(facts.error());
    print_topic(topic, sum_of(*facts), options.json);
  }
  if (topics->empty()) {
    fmt::print(stderr, "aisle: there is no topic in {}\n", folder.string());
  }
  return done;
}

int stat(const log_options& options, const fs::path& folder) {
  const auto topic = log::open_topic(folder, options.topic);
  if (!topic) return log_failure(topic.error());
  const auto facts = facts_of(*topic);
  if (!facts) return log_failure(facts.error());
  for (std::size_t at = 0; at < facts->size(); ++at) {
    const auto& [start, end, bytes, segments] = (*facts)[at];
    if (!options.json) {
      fmt::print("partition {}  offsets {} to {}  {} bytes in {} {}\n", at, start, end, bytes,
                 segments, word_of(segments == 1, "segments"));
      continue;
    }
    std::string line;
    base::json_object object{line};
    object.integer("partition", static_cast<std::int64_t>(at));
    object.integer("start", start);
    object.integer("end", end);
    object.integer("bytes", static_cast<std::int64_t>(bytes));
    object.integer("segments", static_cast<std::int64_t>(segments));
    object.end();
    fmt::print("{}\n", line);
  }
  return done;
}

}  // namespace

int log_failure(const log::error& failed) {
  fmt::print(stderr, "aisle: {}\n", failed.message);
  switch (failed.code) {
    case log::errc::not_found:
    case log::errc::exists:
    case log::errc::bad_argument:
    case log::errc::no_permission:
    case log::errc::out_of_range:
      return nothing_done;
    default:
      return stopped;
  }
}

int log_command(const log_options& options) {
  constexpr std::string_view embedded = "embedded:";
  if (!options.log.starts_with(embedded) || options.log.size() == embedded.size()) {
    return refuse(
        fmt::format("--log {} is no embedded log; expected --log embedded:DIR", options.log));
  }
  if (const auto option = misplaced(options); !option.empty()) {
    return refuse(fmt::format("log {} does not take {}", options.what, option));
  }
  if ((options.what == "ls") != options.topic.empty()) {
    return refuse(options.topic.empty()
                      ? fmt::format("log {} needs a topic", options.what)
                      : fmt::format("log ls does not take \"{}\"", options.topic));
  }
  if (options.base64 && options.key_field) {
    return refuse("--key-field is of records in JSON, and --base64 of records that are none");
  }
  const fs::path folder = options.log.substr(embedded.size());
  if (options.what == "append") return log_append(options, folder);
  if (options.what == "read") return log_read(options, folder);
  return options.what == "ls" ? list(options, folder) : stat(options, folder);
}

}  // namespace aisle::tool
