// SPDX-License-Identifier: Apache-2.0
#include "tests/kv/child.hpp"

#include <array>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

namespace aisle::kv {
namespace {

struct pipe_ends {
  int read = -1;
  int write = -1;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) std::abort();
  return {.read = ends[0], .write = ends[1]};
}

std::string all_of(int descriptor) {
  std::string text;
  std::array<char, 4096> some{};
  for (;;) {
    const auto got = ::read(descriptor, some.data(), some.size());
    if (got <= 0) break;
    text.append(some.data(), static_cast<std::size_t>(got));
  }
  ::close(descriptor);
  return text;
}

}  // namespace

child_end run_in_child(const std::function<int(const std::function<void()>&)>& what) {
  const auto errors = make_pipe();
  const auto steps = make_pipe();
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(errors.write, STDERR_FILENO);
    int code = thrown_exit_code;
    try {
      code = what([&] { static_cast<void>(!::write(steps.write, "s", 1)); });
    } catch (...) {
    }
    ::_exit(code);
  }
  ::close(errors.write);
  ::close(steps.write);
  child_end end;
  end.steps = all_of(steps.read).size();
  end.said = all_of(errors.read);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

}  // namespace aisle::kv
