// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/watchdog.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace aisle::kafka {
namespace {

/// What a run ends with that stopped for a reason of its own.
constexpr int exit_stopped = 3;

void end_process(const std::string& what) {
  fmt::print(stderr,
             "aisle: librdkafka does not come back from {}; the process ends, and goes on where it "
             "was when it is started again\n",
             what);
  std::_Exit(exit_stopped);
}

}  // namespace

watchdog::watchdog(std::function<void(const std::string&)> stuck, clock::duration every)
    : stuck_{std::move(stuck)}, every_{every}, thread_{[this] { run(); }} {}

watchdog::~watchdog() {
  {
    const std::scoped_lock held{lock_};
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

watchdog::guard watchdog::watch(clock::duration within, std::string what,
                                std::function<void()> meanwhile) {
  const std::scoped_lock held{lock_};
  const auto number = next_++;
  const auto now = clock::now();
  const auto look = meanwhile ? std::min(now + within, now + every_) : now + within;
  calls_.emplace(number, call{now + within, std::move(what), std::move(meanwhile), look});
  changed_.notify_all();
  return {*this, number};
}

void watchdog::is_back(std::uint64_t call) {
  const std::scoped_lock held{lock_};
  calls_.erase(call);
}

/// Under the lock, so that the call is not behind it before `meanwhile` is over.
void watchdog::look_at(call& one, clock::time_point now) const {
  one.meanwhile();
  one.look = std::min(one.deadline, now + every_);
}

void watchdog::run() {
  std::unique_lock held{lock_};
  while (!ends_) {
    if (calls_.empty()) {
      changed_.wait(held);
      continue;
    }
    const auto first = std::ranges::min_element(
        calls_, {}, [](const auto& numbered) { return numbered.second.look; });
    const auto now = clock::now();
    if (const auto look = first->second.look; now < look) {
      changed_.wait_until(held, look);
      continue;
    }
    if (now < first->second.deadline) {
      look_at(first->second, now);
      continue;
    }
    const auto what = std::move(first->second.what);
    calls_.erase(first);
    held.unlock();
    stuck_(what);
    held.lock();
  }
}

watchdog& process_watchdog() {
  static watchdog one{end_process};
  return one;
}

}  // namespace aisle::kafka
