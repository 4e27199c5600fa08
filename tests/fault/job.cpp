// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/job.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aisle::fault {

namespace fs = std::filesystem;

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
      world_{e2e::make_world(
          folder_, {"--stores", size.stores, "--skus", size.skus, "--days", size.days,
                    "--duplicates", "0.02", "--stragglers", "0.02", "--bad-records", "0.02"})} {
  expected_ = oracle::of(e2e::run_retail(folder_, world_, "undisturbed"));
  if (kind == job_kind::topics) append_topics();
}

fs::path job::log() const {
  return kind_ == job_kind::topics ? folder_.path() / "log" : fs::path{};
}

void job::append_topics() const {
  for (const auto* const topic :
       {"transactions", "inventory-changes", "customer-events", "competitor-prices"}) {
    e2e::aisle_done({"log", "append", topic, "--log", "embedded:" + log().string()},
                    {.input = e2e::content_of(world() / (std::string{topic} + ".ndjson"))});
  }
}

trial::trial(const job& of, fs::path state)
    : of_{of}, folder_{quick_folder()}, state_{std::move(state)} {
  if (state_.empty()) state_ = folder_.path() / "state";
  if (of.kind() == job_kind::topics) fs::copy(of.log(), log(), fs::copy_options::recursive);
}

strings trial::command(const strings& more) const {
  const bool topics = of_.kind() == job_kind::topics;
  const auto log = topics ? "embedded:" + this->log().string() : "files:" + of_.world().string();
  auto command =
      e2e::aisle_command({"run", "retail", "--bounded", "--quiet", "--log", log, "--set",
                          "dir=" + of_.world().string(), "--out", out().string(), "--state",
                          state_.string(), "--epoch", short_epoch, "--workers", "2"});
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

std::unique_ptr<result_follower> trial::follow_results() const {
  if (of_.kind() == job_kind::files) return std::make_unique<file_follower>(out());
  strings sinks;
  for (const auto& [sink, lines] : of_.expected().sorted)
    sinks.push_back(sink);
  return std::make_unique<topic_follower>(log(), sinks);
}

std::unique_ptr<verifier> trial::verify() const {
  return std::make_unique<verifier>(of_.expected(), state_, follow_results());
}

strings trial::lines_of(const std::string& sink) const {
  if (of_.kind() == job_kind::files) return e2e::result_of(out(), sink);
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

std::string trial::difference() const {
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
  const auto summary = e2e::content_of(out() / "summary.json");
  if (summary != of_.expected().summary) {
    all += fmt::format("summary.json: {:.200} for {:.200}", summary, of_.expected().summary);
  }
  return all;
}

}  // namespace aisle::fault
