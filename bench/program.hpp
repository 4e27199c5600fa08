// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aisle::bench {

/// User and system time of a process, all threads, since it began.
inline std::chrono::duration<double> cpu_of(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
  const std::string stat{std::istreambuf_iterator<char>{file}, {}};
  // Behind the name in brackets: state is field 3, utime 14, stime 15.
  std::istringstream rest{stat.substr(stat.rfind(')') + 1)};
  std::string word;
  for (int field = 3; field < 14; ++field) {
    rest >> word;
  }
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return std::chrono::duration<double>{(user + system) /
                                       static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

/// A program that runs beside the bench; killed with it.
class program {
 public:
  /// What it says goes into `log`.
  program(const std::vector<std::string>& words, const std::string& log) {
    std::vector<char*> arguments;
    for (const auto& word : words) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      ::dup2(out, STDOUT_FILENO);
      ::dup2(out, STDERR_FILENO);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  /// kill -9, if it runs still.
  ~program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  /// User and system, all threads, since it began; of one that was waited for, with its children.
  [[nodiscard]] std::chrono::duration<double> cpu() const {
    return pid_ > 0 ? cpu_of(pid_) : cpu_in_all_;
  }

  /// A line of its status in /proc that is in kB, in bytes: `VmRSS:`, `RssAnon:`.
  [[nodiscard]] std::uint64_t memory(std::string_view what) const {
    std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(what)) {
        return std::stoull(line.substr(what.size())) * 1024;
      }
    }
    return 0;
  }

  [[nodiscard]] bool runs() const {
    siginfo_t found{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &found, WEXITED | WNOHANG | WNOWAIT);
    return found.si_pid == 0;
  }

  /// SIGTERM, then waits; its exit code.
  int stop() {
    if (pid_ > 0) ::kill(pid_, SIGTERM);
    return wait();
  }

  /// Waits for its end; its exit code.
  int wait() {
    int status = 0;
    if (pid_ <= 0) return -1;
    rusage used{};
    ::wait4(pid_, &status, 0, &used);
    pid_ = -1;
    cpu_in_all_ = std::chrono::seconds{used.ru_utime.tv_sec + used.ru_stime.tv_sec} +
                  std::chrono::microseconds{used.ru_utime.tv_usec + used.ru_stime.tv_usec};
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  std::chrono::duration<double> cpu_in_all_{0};
};

}  // namespace aisle::bench
