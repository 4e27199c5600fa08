// SPDX-License-Identifier: Apache-2.0
#include "bench/end_to_end/child.hpp"

#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aisle::bench {
namespace {

using std::chrono::steady_clock;

std::chrono::duration<double> seconds(const timeval& t) {
  return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec};
}

[[noreturn]] void give_up(const std::string& what) {
  fmt::print(stderr, "bench: {}\n", what);
  std::exit(1);
}

spent wait_for(pid_t child, steady_clock::time_point began, const std::string& what) {
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    give_up(what + " failed");
  }
  return {.cpu = seconds(used.ru_utime) + seconds(used.ru_stime),
          .wall = steady_clock::now() - began,
          .memory_peak = static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

}  // namespace

spent run_program(const std::vector<std::string>& words, const std::string& log) {
  const auto began = steady_clock::now();
  const auto child = fork();
  if (child == 0) {
    const int to = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(to, STDOUT_FILENO);
    dup2(to, STDERR_FILENO);
    std::vector<char*> arguments;
    for (const auto& word : words) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  return wait_for(child, began, fmt::format("`{}` (see {})", fmt::join(words, " "), log));
}

spent run_apart(const std::function<bool()>& work) {
  std::fflush(nullptr);
  const auto began = steady_clock::now();
  const auto child = fork();
  if (child == 0) {
    const bool good = work();
    std::fflush(nullptr);
    _exit(good ? 0 : 1);
  }
  return wait_for(child, began, "the hand-written loop");
}

}  // namespace aisle::bench
