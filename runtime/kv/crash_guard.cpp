// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/crash_guard.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <mutex>

#include <unistd.h>

namespace aisle::kv {
namespace {

/// Null outside. Read by the handler, which runs on the thread that was hit.
constinit thread_local const char* volatile path_inside = nullptr;

constexpr std::array caught{SIGBUS, SIGSEGV, SIGABRT};
constinit std::array<struct sigaction, caught.size()> before{};

const char* name_of(int number) {
  switch (number) {
    case SIGBUS:
      return "SIGBUS, the file is shorter than it was or cannot be read";
    case SIGSEGV:
      return "SIGSEGV, it points to where nothing is";
    default:
      return "SIGABRT, LMDB found it inconsistent";
  }
}

/// Only calls that are safe in a handler.
void say(const char* text) { static_cast<void>(!::write(STDERR_FILENO, text, std::strlen(text))); }

/// Hands the signal to who had it before, for good: the process is about to end.
void hand_over(int number, const siginfo_t* info) {
  for (std::size_t i = 0; i < caught.size(); ++i) {
    if (caught[i] == number) static_cast<void>(::sigaction(number, &before[i], nullptr));
  }
  // What hit memory does so again when this returns; what was sent has to be sent again.
  if (info->si_code <= 0) static_cast<void>(::raise(number));
}

void on_signal(int number, siginfo_t* info, void* /*context*/) {
  if (path_inside == nullptr) {
    hand_over(number, info);
    return;
  }
  say("aisle: the state in ");
  say(path_inside);
  say(" is damaged (");
  say(name_of(number));
  say("); `aisle checkpoint verify` says where. Restore it from a backup\n");
  ::_exit(damaged_exit_code);
}

void take(std::size_t i) {
  struct sigaction action{};
  static_cast<void>(::sigaction(caught[i], nullptr, &action));
  if ((action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_signal) return;
  before[i] = action;
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  static_cast<void>(::sigemptyset(&action.sa_mask));
  static_cast<void>(::sigaction(caught[i], &action, nullptr));
}

}  // namespace

void install_crash_guard() {
  static std::mutex one_at_a_time;
  const std::scoped_lock lock{one_at_a_time};
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  for (std::size_t i = 0; i < caught.size(); ++i) {
    take(i);
  }
}

inside_lmdb::inside_lmdb(const char* path) noexcept : before_{path_inside} { path_inside = path; }

inside_lmdb::~inside_lmdb() { path_inside = before_; }

}  // namespace aisle::kv
