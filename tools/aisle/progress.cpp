// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"
#include "runtime/base/json_object.hpp"

namespace aisle::tool {
namespace {

constexpr std::chrono::milliseconds redraw_every{200};
constexpr std::chrono::milliseconds tell_every{1000};
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

/// `waiting`, `412 records behind`, `3.1 MB behind`, `held back`, `idle`, `2 of 4 idle`
std::string state_of(const view::source_status& source) {
  const auto idle = source.idle.get();
  const auto partitions = source.partitions.get();
  if (idle > 0 && idle == partitions) {
    return "idle";
  }
  const auto also = idle > 0 ? fmt::format(", {} of {} idle", idle, partitions) : "";
  if (source.caught_up) {
    return "waiting" + also;
  }
  const auto records = source.behind_records.get();
  const auto behind =
      records != view::unknown
          ? fmt::format("{} records behind", with_commas(records))
          : fmt::format("{:.1f} MB behind", static_cast<double>(source.behind_bytes.get()) / 1e6);
  return (source.held_up ? "held back, " : "") + behind + also;
}

/// `  windows stands: 2 epochs wait  decisions stands: ...`
std::string standing_sinks(const view::run_status& status) {
  std::string text;
  for (const auto& sink : status.sinks) {
    if (const auto waiting = sink.epochs_waiting.get(); sink.stands && waiting > 0) {
      text += fmt::format("  {} stands, {} {}", sink.name, waiting,
                          waiting == 1 ? "epoch waits" : "epochs wait");
    }
  }
  return text;
}

/// How far its event time is behind the clock, when it has one: ` (35s)`.
std::string delay_of(const view::source_status& source, base::event_time now) {
  const auto at = source.highest.get();
  if (at == base::beginning_of_time || at > now) {
    return "";
  }
  const auto whole = std::chrono::floor<std::chrono::seconds>(now - at);
  const auto days = std::chrono::floor<std::chrono::days>(whole);
  return days.count() > 0 ? fmt::format(" ({}d)", days.count())
                          : fmt::format(" ({})", base::to_text(whole));
}

void count(base::json_object& of, std::string_view name, const view::counter& counter) {
  of.integer(name, static_cast<std::int64_t>(counter.get()));
}

void append_source(std::string& to, const view::source_status& source) {
  base::json_object object{to};
  count(object, "read", source.read);
  count(object, "accepted", source.accepted);
  count(object, "rejected", source.rejected);
  count(object, "duplicate", source.duplicate);
  if (source.skipped.get() > 0) {
    count(object, "skipped", source.skipped);
  }
  if (source.highest.get() != base::beginning_of_time) {
    object.text("event_time", base::to_rfc3339(source.highest.get()));
  }
  object.boolean("held_up", source.held_up);
  if (source.follows) {
    if (source.behind_records.get() != view::unknown) {
      count(object, "behind_records", source.behind_records);
    }
    count(object, "behind_bytes", source.behind_bytes);
    object.boolean("caught_up", source.caught_up);
    count(object, "partitions", source.partitions);
    count(object, "idle", source.idle);
  }
  object.boolean("ended", source.ended);
  object.end();
}

void append_sink(std::string& to, const view::sink_status& sink) {
  base::json_object object{to};
  count(object, "epochs_waiting", sink.epochs_waiting);
  object.boolean("stands", sink.stands);
  if (const auto why = sink.why.get(); !why.empty()) {
    object.text("why", why);
  }
  object.end();
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
        fmt::format("  source {:<16} {:>12} read  {:>12} accepted  {} rejected  {} duplicate",
                    source.name, with_commas(source.read.get()), with_commas(source.accepted.get()),
                    with_commas(source.rejected.get()), with_commas(source.duplicate.get()));
    text += source.skipped.get() > 0
                ? fmt::format("  {} skipped\n", with_commas(source.skipped.get()))
                : "\n";
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

std::string lag_line(const view::run_status& status, base::event_time now, std::size_t columns) {
  // Who stands or is behind comes first: a narrow terminal cuts off the rest.
  auto line = standing_sinks(status);
  for (const bool waits : {false, true}) {
    for (const auto& source : status.sources) {
      if (source.follows && source.caught_up == waits) {
        line += fmt::format("  {} {}{}", source.name, state_of(source), delay_of(source, now));
      }
    }
  }
  if (line.size() >= columns) {
    line.resize(columns - 1);
  }
  return line;
}

std::string status_json(const std::string& topology, const view::run_status& status,
                        std::chrono::milliseconds took, bool over) {
  std::string json;
  base::json_object run{json};
  run.text("topology", topology);
  count(run, "windows", status.windows);
  count(run, "decisions", status.decisions);
  count(run, "reports", status.reports);
  count(run, "late", status.late);
  count(run, "dead_letters", status.dead_letters);
  count(run, "epochs", status.epochs);
  count(run, "bytes_out", status.bytes_out);
  count(run, "declared_idle", status.declared_idle);
  count(run, "tables_changed", status.tables_changed);
  base::json_object sources{run.name("sources")};
  for (const auto& source : status.sources) {
    append_source(sources.name(source.name), source);
  }
  sources.end();
  base::json_object sinks{run.name("sinks")};
  for (const auto& sink : status.sinks) {
    append_sink(sinks.name(sink.name), sink);
  }
  sinks.end();
  run.integer("took_ms", took.count());
  run.boolean("over", over);
  run.end();
  return json;
}

progress::progress(std::string topology, const view::run_status& status, progress_form form)
    : topology_{std::move(topology)},
      status_{status},
      form_{form},
      terminal_{form == progress_form::text && isatty(STDERR_FILENO) == 1} {
  if (terminal_ || form_ == progress_form::json) {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
  }
}

progress::~progress() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
    wipe();
  }
}

void progress::say(const std::string& text) {
  const std::scoped_lock lock{mutex_};
  wipe();
  fmt::print(stderr, "{}\n", text);
}

void progress::run(const std::stop_token& stop) {
  const auto every = form_ == progress_form::json ? tell_every : redraw_every;
  std::uint64_t before = 0;
  std::unique_lock lock{mutex_};
  auto took = std::chrono::milliseconds{0};
  while (!stop.stop_requested()) {
    const auto now = records_read(status_);
    if (form_ == progress_form::text) {
      draw((now - before) * 1000 / static_cast<std::uint64_t>(every.count()));
    } else if (took.count() > 0) {
      tell(took);
    }
    before = now;
    wake_.wait_for(lock, stop, every, [] { return false; });
    took += every;
  }
}

void progress::tell(std::chrono::milliseconds took) {
  fmt::print("{}\n", status_json(topology_, status_, took, false));
  std::fflush(stdout);
}

/// Nothing of ours is left on the terminal, and the cursor stands where the first line began.
void progress::wipe() {
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", two_lines_ ? "\x1b[A\r\x1b[K" : "");
    two_lines_ = false;
  }
}

void progress::draw(std::uint64_t per_second) {
  const auto columns = terminal_columns();
  const auto line = progress_line(topology_, status_, per_second, columns);
  const auto lag = lag_line(status_, base::system_clock().now(), columns);
  fmt::print(stderr, "{}\r{}\x1b[K{}{}{}", two_lines_ ? "\x1b[A" : "", line,
             lag.empty() ? "" : "\n", lag, lag.empty() ? "" : "\x1b[K");
  two_lines_ = !lag.empty();
  std::fflush(stderr);
}

}  // namespace aisle::tool
