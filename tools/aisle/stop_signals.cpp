// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/stop_signals.hpp"

#include <csignal>

namespace aisle::tool {
namespace {

std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void ask_to_stop(int /*signal*/) { requested = true; }

std::atomic<node::reload_desk*> reloads{nullptr};
static_assert(std::atomic<node::reload_desk*>::is_always_lock_free, "read in a signal handler");

void ask_to_reload(int /*signal*/) {
  if (auto* const desk = reloads.load()) {
    desk->signal();
  }
}

}  // namespace

void heed_stop_signals() {
  struct sigaction action{};
  action.sa_handler = ask_to_stop;
  sigaction(SIGTERM, &action, nullptr);
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
}

void heed_reload_signal(node::reload_desk* desk) {
  reloads = desk;
  struct sigaction action{};
  action.sa_handler = ask_to_reload;
  sigaction(SIGHUP, &action, nullptr);
}

const std::atomic<bool>& stop_requested() { return requested; }

}  // namespace aisle::tool
