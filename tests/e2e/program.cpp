// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/program.hpp"

#include <chrono>
#include <cstdlib>
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

void put_in_place_of(int descriptor, const std::filesystem::path& file, int flags) {
  const int opened = ::open(file.c_str(), flags, 0644);
  if (opened < 0 || ::dup2(opened, descriptor) < 0) ::_exit(126);
}

void bound_files(std::uint64_t bytes) {
  rlimit bound{};
  ::getrlimit(RLIMIT_FSIZE, &bound);
  bound.rlim_cur = bytes;
  ::setrlimit(RLIMIT_FSIZE, &bound);
}

// Never returns: becomes the program.
[[noreturn]] void become(const std::vector<char*>& command, const how_to_run& how,
                         const temp_folder& streams) {
  put_in_place_of(STDIN_FILENO, streams.path() / "in", O_RDONLY);
  put_in_place_of(STDOUT_FILENO, streams.path() / "out", O_WRONLY | O_CREAT | O_TRUNC);
  put_in_place_of(STDERR_FILENO, streams.path() / "err", O_WRONLY | O_CREAT | O_TRUNC);
  if (!how.in.empty() && ::chdir(how.in.c_str()) != 0) ::_exit(126);
  if (how.file_bytes_max > 0) bound_files(how.file_bytes_max);
  ::setsid();  // no terminal to ask
  for (const auto& setting : how.environment)
    ::putenv(const_cast<char*>(setting.c_str()));
  if (!std::string_view{AISLE_PROGRAM}.starts_with(AISLE_SOURCE_DIR)) {
    ::setenv("AISLE_HOME", AISLE_SOURCE_DIR, 0);  // built elsewhere, it cannot find what ships
  }
  ::execvp(command[0], command.data());
  ::_exit(127);
}

}  // namespace

running::running(const strings& command, const how_to_run& how) {
  streams_.write("in", how.input);
  std::vector<char*> words;
  for (const auto& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  child_ = ::fork();
  REQUIRE(child_ >= 0);
  if (child_ == 0) become(words, how, streams_);
}

running::~running() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

void running::send(int signal) const { ::kill(child_, signal); }

void running::make_room() const {
  rlimit bound{};
  REQUIRE(::prlimit(child_, RLIMIT_FSIZE, nullptr, &bound) == 0);
  bound.rlim_cur = bound.rlim_max;
  REQUIRE(::prlimit(child_, RLIMIT_FSIZE, &bound, nullptr) == 0);
}

std::string running::said() const { return content_of(streams_.path() / "err"); }

finished running::wait() {
  int status = 0;
  REQUIRE(::waitpid(child_, &status, 0) == child_);
  return take_end(status);
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
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          content_of(streams_.path() / "out"), said()};
}

bool eventually(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
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
