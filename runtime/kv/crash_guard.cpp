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

void chain(int number, siginfo_t* info, void* context) {
  for (std::size_t i = 0; i < caught.size(); ++i) {
    if (caught[i] != number) continue;
    const auto& old = before[i];
    if ((old.sa_flags & SA_SIGINFO) != 0) {
      old.sa_sigaction(number, info, context);
    } else if (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN) {
      static_cast<void>(::sigaction(number, &old, nullptr));  // What was hit is done again.
    } else {
      old.sa_handler(number);
    }
  }
}

void on_signal(int number, siginfo_t* info, void* context) {
  if (path_inside == nullptr) {
    chain(number, info, context);
    return;
  }
  say("aisle: the state in ");
  say(path_inside);
  say(" is damaged (");
  say(name_of(number));
  say("); `aisle checkpoint verify` says where. Restore it from a backup\n");
  ::_exit(damaged_exit_code);
}

void install() {
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  for (std::size_t i = 0; i < caught.size(); ++i) {
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    static_cast<void>(::sigemptyset(&action.sa_mask));
    static_cast<void>(::sigaction(caught[i], &action, &before[i]));
  }
}

}  // namespace

void install_crash_guard() {
  static std::once_flag once;
  std::call_once(once, install);
}

inside_lmdb::inside_lmdb(const char* path) noexcept : before_{path_inside} { path_inside = path; }

inside_lmdb::~inside_lmdb() { path_inside = before_; }

}  // namespace aisle::kv
