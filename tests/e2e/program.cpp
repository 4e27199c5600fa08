// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/program.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aisle::e2e {
namespace {

/// What a child needs in order to become the program, all made before it is there: another thread
/// may hold the allocator's lock at the fork, and nobody would ever give it back in the child.
class becoming {
 public:
  becoming(const strings& command, const how_to_run& how, const std::filesystem::path& streams)
      : words_{command},
        in_{streams / "in"},
        out_{streams / "out"},
        err_{streams / "err"},
        folder_{how.in.string()},
        file_bytes_max_{how.file_bytes_max} {
    for (char** setting = environ; *setting != nullptr; ++setting)
      settings_.emplace_back(*setting);
    // Built elsewhere, the program cannot find what ships.
    if (!std::string_view{AISLE_PROGRAM}.starts_with(AISLE_SOURCE_DIR) &&
        ::getenv("AISLE_HOME") == nullptr) {
      set("AISLE_HOME=" AISLE_SOURCE_DIR);
    }
    for (const auto& setting : how.environment)
      set(setting);
    arguments_ = pointers_to(words_);
    environment_ = pointers_to(settings_);
  }

  /// Never returns. Calls only what a signal handler may.
  [[noreturn]] void become() const {
    put_in_place_of(STDIN_FILENO, in_, O_RDONLY);
    put_in_place_of(STDOUT_FILENO, out_, O_WRONLY | O_CREAT | O_TRUNC);
    put_in_place_of(STDERR_FILENO, err_, O_WRONLY | O_CREAT | O_TRUNC);
    if (!folder_.empty() && ::chdir(folder_.c_str()) != 0) ::_exit(126);
    if (file_bytes_max_ > 0) {
      rlimit bound{};
      ::getrlimit(RLIMIT_FSIZE, &bound);
      bound.rlim_cur = file_bytes_max_;
      ::setrlimit(RLIMIT_FSIZE, &bound);
    }
    ::setsid();  // no terminal to ask
    ::execvpe(arguments_[0], arguments_.data(), environment_.data());
    ::_exit(127);
  }

 private:
  static void put_in_place_of(int descriptor, const std::string& file, int flags) {
    const int opened = ::open(file.c_str(), flags, 0644);
    if (opened < 0 || ::dup2(opened, descriptor) < 0) ::_exit(126);
  }
  static std::vector<char*> pointers_to(strings& texts) {
    std::vector<char*> all;
    for (auto& text : texts)
      all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }
  void set(const std::string& setting) {
    const auto name = setting.substr(0, setting.find('=') + 1);
    std::erase_if(settings_, [&](const std::string& old) { return old.starts_with(name); });
    settings_.push_back(setting);
  }

  strings words_;
  strings settings_;
  std::string in_;
  std::string out_;
  std::string err_;
  std::string folder_;
  std::uint64_t file_bytes_max_;
  std::vector<char*> arguments_;
  std::vector<char*> environment_;
};

}  // namespace

running::running(const strings& command, const how_to_run& how) {
  streams_.write("in", how.input);
  const becoming child{command, how, streams_.path()};
  child_ = ::fork();
  REQUIRE(child_ >= 0);
  if (child_ == 0) child.become();
}

running::~running() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  int status = 0;
  ::waitpid(child_, &status, 0);
  if (std::uncaught_exceptions() == 0) return;
  const bool ended_itself = WIFEXITED(status) || WTERMSIG(status) != SIGKILL;
  const std::string then = ended_itself ? "had ended" : "went on";
  MESSAGE("a program of the test that failed ", then, ", and had said:\n", said());
}

void running::send(int signal) const {
  // The signal would go to every process there is.
  REQUIRE(child_ > 0);
  ::kill(child_, signal);
}

void running::make_room() const {
  rlimit bound{};
  REQUIRE(::prlimit(child_, RLIMIT_FSIZE, nullptr, &bound) == 0);
  bound.rlim_cur = bound.rlim_max;
  REQUIRE(::prlimit(child_, RLIMIT_FSIZE, &bound, nullptr) == 0);
}

std::string running::said() const { return content_of(streams_.path() / "err"); }

std::string running::printed() const { return content_of(streams_.path() / "out"); }

finished running::wait() {
  int status = 0;
  REQUIRE(::waitpid(child_, &status, 0) == child_);
  return take_end(status);
}

bool running::is_stopped() const {
  siginfo_t state{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child_), &state,
                   WSTOPPED | WEXITED | WNOHANG | WNOWAIT) == 0);
  return state.si_code == CLD_STOPPED;
}

std::optional<finished> running::ended() {
  int status = 0;
  const auto got = ::waitpid(child_, &status, WNOHANG);
  REQUIRE((got == 0 || got == child_));
  if (got == 0) return std::nullopt;
  return take_end(status);
}

finished running::take_end(int status) {
  child_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), printed(), said()};
}

bool eventually(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{5};
  while (std::chrono::steady_clock::now() < end) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}

finished run(const strings& command, const how_to_run& how) { return running{command, how}.wait(); }

strings aisle_command(const strings& arguments) {
  strings command{AISLE_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

finished aisle(const strings& arguments, const how_to_run& how) {
  return run(aisle_command(arguments), how);
}

finished aisle_done(const strings& arguments, const how_to_run& how) {
  auto ended = aisle(arguments, how);
  REQUIRE_MESSAGE(ended.code == 0, ended.err);
  return ended;
}

}  // namespace aisle::e2e
