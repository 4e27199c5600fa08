// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace aisle::tool {
namespace {

constexpr std::chrono::milliseconds redraw_every{200};
constexpr std::size_t columns_when_unknown = 100;

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : columns_when_unknown;
}

std::uint64_t records_read(const view::run_status& status) {
  std::uint64_t read = 0;
  for (const auto& source : status.sources) {
    read += source.read.get();
  }
  return read;
}

/// How far every source is, in event time: the slowest one that has begun and not ended.
std::string event_time_reached(const view::run_status& status) {
  auto slowest = base::end_of_time;
  bool all_ended = true;
  for (const auto& source : status.sources) {
    const auto at = source.highest.get();
    all_ended = all_ended && source.ended;
    if (at != base::beginning_of_time && !source.ended) {
      slowest = std::min(slowest, at);
    }
  }
  if (slowest == base::end_of_time) {
    return all_ended ? "at the end" : "starting";
  }
  auto text = base::to_rfc3339(slowest).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::uint64_t rejected(const view::run_status& status) {
  std::uint64_t all = 0;
  for (const auto& source : status.sources) {
    all += source.rejected.get();
  }
  return all;
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  const auto digits = std::to_string(number);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      grouped += ',';
    }
    grouped += digits[i];
  }
  return grouped;
}

std::string progress_line(const std::string& topology, const view::run_status& status,
                          std::uint64_t per_second, std::size_t columns) {
  auto line = fmt::format("{}  {} read ({}/s)  {}  {} windows  {} decisions  {} late  {} rejected",
                          topology, with_commas(records_read(status)), with_commas(per_second),
                          event_time_reached(status), with_commas(status.windows.get()),
                          with_commas(status.decisions.get()), with_commas(status.late.get()),
                          with_commas(rejected(status)));
  if (line.size() >= columns) {
    line.resize(columns - 1);
  }
  return line;
}

std::string closing_text(const view::run_status& status, std::chrono::milliseconds took) {
  std::string text;
  for (const auto& source : status.sources) {
    text +=
        fmt::format("  source {:<16} {:>12} read  {:>12} accepted  {} rejected  {} duplicate\n",
                    source.name, with_commas(source.read.get()), with_commas(source.accepted.get()),
                    with_commas(source.rejected.get()), with_commas(source.duplicate.get()));
  }
  for (const auto& stage : status.stages) {
    text += fmt::format(
        "  stage  {:<16} {:>12} in    {:>12} actors    {} late  {} failed  {} quarantined\n",
        stage.name, with_commas(stage.in.get()), with_commas(stage.actors.get()),
        with_commas(stage.late.get()), with_commas(stage.failed.get()),
        with_commas(stage.quarantined.get()));
  }
  text += fmt::format("  out    {} windows, {} decisions, {} reports, {} late, {} dead letters",
                      with_commas(status.windows.get()), with_commas(status.decisions.get()),
                      with_commas(status.reports.get()), with_commas(status.late.get()),
                      with_commas(status.dead_letters.get() + rejected(status)));
  text += fmt::format(" in {:.1f} s\n", static_cast<double>(took.count()) / 1000.0);
  return text;
}

progress::progress(std::string topology, const view::run_status& status)
    : topology_{std::move(topology)}, status_{status}, terminal_{isatty(STDERR_FILENO) == 1} {
  if (terminal_) {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
  }
}

progress::~progress() {
  if (terminal_) {
    thread_.request_stop();
    thread_.join();
    fmt::print(stderr, "\r\x1b[K");
  }
}

void progress::say(const std::string& text) {
  const std::scoped_lock lock{mutex_};
  fmt::print(stderr, "{}{}\n", terminal_ ? "\r\x1b[K" : "", text);
}

void progress::run(const std::stop_token& stop) {
  std::uint64_t before = 0;
  std::unique_lock lock{mutex_};
  while (!stop.stop_requested()) {
    const auto now = records_read(status_);
    draw((now - before) * 1000 / static_cast<std::uint64_t>(redraw_every.count()));
    before = now;
    wake_.wait_for(lock, stop, redraw_every, [] { return false; });
  }
}

void progress::draw(std::uint64_t per_second) {
  fmt::print(stderr, "\r{}\x1b[K",
             progress_line(topology_, status_, per_second, terminal_columns()));
  std::fflush(stderr);
}

}  // namespace aisle::tool
