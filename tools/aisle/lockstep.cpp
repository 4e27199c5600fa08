// SPDX-License-Identifier: Apache-2.0
// `run --lockstep`: events and the time come on stdin, results go to stdout.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/io/file_sink.hpp"
#include "runtime/io/output_folder.hpp"
#include "runtime/node/lockstep_protocol.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"
#include "tools/aisle/progress.hpp"
#include "tools/aisle/run.hpp"
#include "tools/aisle/stop_signals.hpp"

namespace aisle::tool {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t read_bytes_at_once = 256 * 1024;
constexpr auto line_bytes_max = node::lockstep_protocol::line_bytes_max;

enum class how_it_ended : std::uint8_t { input_over, asked_to_stop, broken };

/// Between stdin, stdout and the protocol.
class conversation {
 public:
  conversation(const topology::plan& plan, node::lockstep& run)
      : run_{run}, protocol_{plan, run}, buffer_(read_bytes_at_once, '\0') {}

  how_it_ended hold() {
    while (!stop_requested()) {
      const auto got = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return break_off(fmt::format("stdin cannot be read: {}", std::strerror(errno)));
      }
      if (got == 0) {
        return finish();
      }
      if (!take({buffer_.data(), static_cast<std::size_t>(got)})) {
        return how_it_ended::broken;
      }
    }
    return say(protocol_.stop()) ? how_it_ended::asked_to_stop : how_it_ended::broken;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::uint64_t refused() const { return protocol_.refused(); }

 private:
  /// Lines that end here, each behind what is left of the one before.
  bool take(std::string_view bytes) {
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      keep(bytes.substr(0, end));
      if (!take_kept_line()) {
        return false;
      }
      bytes.remove_prefix(end + 1);
    }
    keep(bytes);
    return true;
  }

  void keep(std::string_view part) {
    const auto room = line_bytes_max - line_.size();
    too_long_ = too_long_ || part.size() > room;
    line_ += part.substr(0, room);
  }

  bool take_kept_line() {
    if (line_.ends_with('\r')) {
      line_.pop_back();
    }
    std::string answer;
    if (std::exchange(too_long_, false)) {
      protocol_.refuse_long(line_);
    } else {
      answer = protocol_.take(line_);
    }
    line_.clear();
    return say(answer);
  }

  how_it_ended finish() {
    if ((!line_.empty() || too_long_) && !take_kept_line()) {
      return how_it_ended::broken;
    }
    return say(protocol_.end()) ? how_it_ended::input_over : how_it_ended::broken;
  }

  bool say(const std::string& text) {
    if (run_.fault()) {
      break_off(*run_.fault());
      return false;
    }
    if (text.empty()) {
      return true;
    }
    const bool wrote = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (!wrote || std::fflush(stdout) != 0) {
      break_off(fmt::format("stdout cannot be written: {}", std::strerror(errno)));
      return false;
    }
    return true;
  }

  how_it_ended break_off(std::string why) {
    problem_ = std::move(why);
    return how_it_ended::broken;
  }

  node::lockstep& run_;
  node::lockstep_protocol protocol_;
  std::string buffer_;
  std::string line_;
  bool too_long_ = false;
  std::string problem_;
};

int refuse(const std::string& what) {
  fmt::print(stderr, "aisle: {}\n", what);
  return nothing_done;
}

std::optional<std::string> problem_of(const run_options& options) {
  const auto takes_no = [](const char* option, const char* why) {
    return fmt::format("--lockstep takes no {}: {}", option, why);
  };
  if (options.bounded) {
    return takes_no("--bounded", "the end of stdin is the end of every source");
  }
  if (!options.log.empty()) {
    return takes_no("--log", "every source is stdin, every sink stdout");
  }
  if (options.json) {
    return takes_no("--json", "stdout is for results");
  }
  if (!options.config.empty()) {
    return takes_no("--config", "it is no node");
  }
  if (options.workers) {
    return takes_no("--workers", "it is one thread");
  }
  return std::nullopt;
}

void tell_end(const run_options& options, const topology::plan& plan, const node::lockstep& run,
              const conversation& talk, how_it_ended ended, steady_clock::duration took) {
  if (talk.refused() > 0) {
    fmt::print(stderr,
               "aisle: {} lines of stdin were refused; they are dead letters of \"stdin\"\n",
               talk.refused());
  }
  if (options.quiet) {
    return;
  }
  view::run_status status;
  node::name_status(plan, status);
  run.tell(status);
  fmt::print(
      stderr, "aisle: {} {}\n{}", plan.name,
      ended == how_it_ended::asked_to_stop ? "was stopped; what was due is written" : "is done",
      closing_text(status, std::chrono::duration_cast<std::chrono::milliseconds>(took)));
}

/// With `--out`, the counts; records go to stdout alone.
std::optional<std::string> write_summary(const run_options& options, const node::lockstep& run) {
  if (options.out.empty()) {
    return std::nullopt;
  }
  const auto file = std::filesystem::path{options.out} / "summary.json";
  const auto wrote = io::write_file_atomically(file, run.summary());
  return wrote ? std::nullopt : std::optional{wrote.error().message};
}

}  // namespace

int lockstep_command(const run_options& options) {
  if (const auto problem = problem_of(options)) {
    return refuse(*problem);
  }
  const auto opened = open_topology(options, topology::inputs::tables_only);
  if (!opened) {
    report(opened.error().problems, report_form::text);
    return nothing_done;
  }
  if (!options.out.empty()) {
    const auto prepared = io::prepare_output_folder(
        options.out, options.overwrite ? io::earlier_results::remove : io::earlier_results::refuse);
    if (!prepared) {
      return refuse(prepared.error().message);
    }
  }
  const auto run = node::lockstep::open(opened->plan, options.shards.value_or(shards_unless_told));
  if (!run) {
    report(run.error().problems, report_form::text);
    return nothing_done;
  }
  heed_stop_signals();
  std::signal(SIGPIPE, SIG_IGN);
  const auto began = steady_clock::now();
  conversation talk{opened->plan, **run};
  const auto ended = talk.hold();
  const auto unwritten =
      ended == how_it_ended::broken ? std::optional{talk.problem()} : write_summary(options, **run);
  if (unwritten) {
    fmt::print(stderr, "aisle: {} stopped: {}\n", opened->plan.name, *unwritten);
    return stopped;
  }
  tell_end(options, opened->plan, **run, talk, ended, steady_clock::now() - began);
  return done;
}

}  // namespace aisle::tool
