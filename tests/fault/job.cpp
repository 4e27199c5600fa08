// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/job.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/fault/kafka_follower.hpp"
#include "tests/fault/kafka_places.hpp"
#include "tests/support/kafka_records.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::fault {

namespace fs = std::filesystem;

namespace {

struct source {
  const char* name;
  const char* topic;
};
constexpr std::array sources{
    source{"transactions", "transactions"}, source{"stock_moves", "inventory-changes"},
    source{"clicks", "customer-events"}, source{"competitors", "competitor-prices"}};

std::string file_of(const source& of) { return std::string{of.topic} + ".ndjson"; }
/// All that says which chain it is, so that another log has the same.
strings chain_of(const job_size& size) {
  return {"--stores",      size.stores, "--skus",           size.skus,
          "--days",        size.days,   "--partition-skew", size.crowd,
          "--seed",        "11",        "--anomalies",      "0.01",
          "--duplicates",  "0.02",      "--stragglers",     size.partitions > 1 ? "0" : "0.02",
          "--bad-records", "0.02"};
}

void replace_all(std::string& in, const std::string& what, const std::string& by) {
  REQUIRE_MESSAGE(in.find(what) != std::string::npos, what);
  for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size()))
    in.replace(at, what.size(), by);
}

}  // namespace

fs::path quick_folder() {
  const fs::path memory = "/dev/shm";
  constexpr std::uintmax_t enough = std::uintmax_t{256} << 20;
  std::error_code none;
  const auto room = fs::space(memory, none);
  return !none && room.available > enough ? memory : fs::temp_directory_path();
}

job::job(job_kind kind, const job_size& size)
    : kind_{kind},
      folder_{quick_folder()},
      world_{e2e::make_world(folder_, chain_of(size))},
      expected_{oracle::of(e2e::run_retail(folder_, world_, "undisturbed"))} {
  if (kind == job_kind::topics) append_topics();
}

job::job(job_kind kind, test_support::kafka_cluster& cluster, const job_size& size)
    : job{kind, size} {
  cluster_ = &cluster;
  if (kind != job_kind::kafka) return;
  append_to_kafka(size);
}

void job::append_to_kafka(const job_size& size) {
  strings command{"world",
                  "--out",
                  folder_ / "in-kafka",
                  "--log",
                  "kafka:" + cluster_->servers(),
                  "--partitions",
                  std::to_string(size.partitions)};
  const auto chain = chain_of(size);
  command.insert(command.end(), chain.begin(), chain.end());
  e2e::aisle_done(command);
  kafka_places places;
  for (const auto& source : sources)
    places.add(source.name, world() / file_of(source), source.topic, cluster_->servers());
  for (const std::string sink : {"rejects", "late"}) {
    auto& all = expected_.sorted[sink];
    for (auto& line : all) {
      --expected_.times.at(sink + " " + line);
      line = places.moved(line);
      ++expected_.times[sink + " " + line];
    }
    std::ranges::sort(all);
  }
}

std::uint64_t job::events() const {
  std::uint64_t lines = 0;
  for (const auto& source : sources) {
    const auto bytes = e2e::content_of(world() / file_of(source));
    lines += static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
  }
  return lines;
}

fs::path job::log() const {
  return kind_ == job_kind::topics ? folder_.path() / "log" : fs::path{};
}

void job::append_topics() const {
  for (const auto& source : sources) {
    e2e::aisle_done({"log", "append", source.topic, "--log", "embedded:" + log().string()},
                    {.input = e2e::content_of(world() / file_of(source))});
  }
}

trial::trial(const job& of, fs::path state)
    : of_{of},
      folder_{quick_folder()},
      state_{std::move(state)},
      suffix_{test_support::unique_name("")} {
  if (state_.empty()) state_ = folder_.path() / "state";
  if (of.kind() == job_kind::topics) fs::copy(of.log(), log(), fs::copy_options::recursive);
  // On a machine that is busy epochs would be up to a minute apart.
  std::string config = "checkpoint: {max_cost: 100%}\n";
  if (of.cluster() != nullptr) {
    prepare_kafka();
    // A broker that was killed needs a while to come back, on a busy machine a minute and more.
    config += "kafka: {connect_within: 5m}\n";
  }
  folder_.write("node.yaml", config);
}

void trial::prepare_kafka() const {
  auto text = e2e::content_of(e2e::source_path("topologies/retail/retail.yaml"));
  test_support::kafka_topics topics{of_.cluster()->servers()};
  for (const auto& [sink, lines] : of_.expected().sorted) {
    replace_all(text, fmt::format("topic: {}}}", sink), fmt::format("topic: {}}}", topic_of(sink)));
    topics.create(topic_of(sink), sink_partitions);
  }
  if (of_.kind() == job_kind::files_to_kafka) {
    for (const auto& source : sources) {
      replace_all(text, fmt::format("topic: {},", source.topic),
                  fmt::format("files: \"${{dir}}/{}\",", file_of(source)));
    }
  }
  folder_.write("retail.yaml", text);
}

std::string trial::where_topics_are() const {
  if (of_.cluster() != nullptr) return "kafka:" + of_.cluster()->servers();
  return of_.kind() == job_kind::topics ? "embedded:" + log().string()
                                        : "files:" + of_.world().string();
}

strings trial::command_in(const fs::path& state, const fs::path& out, const strings& more) const {
  const auto topology = of_.cluster() != nullptr ? folder_ / "retail.yaml" : "retail";
  auto command = e2e::aisle_command(
      {"run", topology, "--bounded", "--quiet", "--log", where_topics_are(), "--set",
       "dir=" + of_.world().string(), "--out", out.string(), "--state", state.string(), "--epoch",
       short_epoch, "--workers", "2", "--config", folder_ / "node.yaml"});
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

strings trial::telling_command() const {
  auto all = command({"--json"});
  std::erase(all, "--quiet");
  return all;
}

std::unique_ptr<result_follower> trial::follow_results() const {
  if (of_.kind() == job_kind::files) return std::make_unique<file_follower>(out());
  strings sinks;
  std::map<std::string, std::string> topics;
  for (const auto& [sink, lines] : of_.expected().sorted) {
    sinks.push_back(sink);
    topics.emplace(topic_of(sink), sink);
  }
  if (of_.cluster() == nullptr) return std::make_unique<topic_follower>(log(), sinks);
  return std::make_unique<kafka_follower>(of_.cluster()->servers(), std::move(topics));
}

std::unique_ptr<verifier> trial::verify() const {
  return std::make_unique<verifier>(of_.expected(), state_, follow_results());
}

strings trial::lines_of(const std::string& sink) const {
  if (of_.kind() == job_kind::files) return e2e::result_of(out(), sink);
  if (of_.cluster() != nullptr) {
    strings lines;
    for (const auto& record : test_support::read_all(of_.cluster()->servers(), topic_of(sink)))
      lines.push_back(line_of(record));
    std::ranges::sort(lines);
    return lines;
  }
  const auto read =
      e2e::aisle_done({"log", "read", sink, "--log", "embedded:" + log().string()}).out;
  strings lines;
  for (std::size_t at = 0; at < read.size();) {
    const auto end = read.find('\n', at);
    lines.push_back(read.substr(at, end - at));
    at = end + 1;
  }
  std::ranges::sort(lines);
  return lines;
}

std::string trial::difference_with(const fs::path& summary_file) const {
  std::string all;
  for (const auto& [sink, expected] : of_.expected().sorted) {
    const auto got = lines_of(sink);
    if (got == expected) continue;
    strings missing;
    strings extra;
    std::ranges::set_difference(expected, got, std::back_inserter(missing));
    std::ranges::set_difference(got, expected, std::back_inserter(extra));
    const auto& first = missing.empty() ? extra.front() : missing.front();
    all += fmt::format("{}: {} lines for {}, {} missing, {} too many; first: {:.200}\n", sink,
                       got.size(), expected.size(), missing.size(), extra.size(), first);
  }
  const auto summary = e2e::content_of(summary_file);
  if (summary != of_.expected().summary) {
    all += fmt::format("summary.json: {:.200} for {:.200}", summary, of_.expected().summary);
  }
  return all;
}

}  // namespace aisle::fault
