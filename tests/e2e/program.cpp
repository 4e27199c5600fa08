// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/program.hpp"

#include <fstream>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/folder.hpp"

namespace aisle::e2e {
namespace {

void put_in_place_of(int descriptor, const std::filesystem::path& file, int flags) {
  const int opened = ::open(file.c_str(), flags, 0644);
  if (opened < 0 || ::dup2(opened, descriptor) < 0) ::_exit(126);
}

// Never returns: becomes the program.
[[noreturn]] void become(const std::vector<char*>& command, const std::filesystem::path& in,
                         const temp_folder& streams) {
  put_in_place_of(STDIN_FILENO, streams.path() / "in", O_RDONLY);
  put_in_place_of(STDOUT_FILENO, streams.path() / "out", O_WRONLY | O_CREAT | O_TRUNC);
  put_in_place_of(STDERR_FILENO, streams.path() / "err", O_WRONLY | O_CREAT | O_TRUNC);
  if (!in.empty() && ::chdir(in.c_str()) != 0) ::_exit(126);
  ::setsid();  // no terminal to ask
  ::execvp(command[0], command.data());
  ::_exit(127);
}

}  // namespace

finished run(const strings& command, const how_to_run& how) {
  const temp_folder streams;
  streams.write("in", how.input);
  std::vector<char*> words;
  for (const auto& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) become(words, how.in, streams);
  if (how.signal != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds{how.signal_after_ms});
    ::kill(child, how.signal);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          content_of(streams.path() / "out"), content_of(streams.path() / "err")};
}

finished aisle(strings arguments, const how_to_run& how) {
  arguments.insert(arguments.begin(), AISLE_PROGRAM);
  return run(arguments, how);
}

finished aisle_done(strings arguments, const how_to_run& how) {
  auto ended = aisle(std::move(arguments), how);
  REQUIRE_MESSAGE(ended.code == 0, ended.err);
  return ended;
}

}  // namespace aisle::e2e
