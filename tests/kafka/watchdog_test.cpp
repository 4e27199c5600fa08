// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/watchdog.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <utility>

#include <doctest/doctest.h>

namespace aisle::kafka {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the watchdog names a call that does not come back, and one that does it forgets") {
  std::promise<std::string> told;
  watchdog dog{[&](const std::string& what) { told.set_value(what); }};
  {
    const auto back = dog.watch(1h, "a call that comes back");
  }
  const auto hangs = dog.watch(1ms, "a call that hangs");
  CHECK(told.get_future().get() == "a call that hangs");
}

TEST_CASE("the call that is due first is told first, whichever was made first") {
  std::promise<std::string> told;
  watchdog dog{[&](const std::string& what) { told.set_value(what); }};
  const auto later = dog.watch(1h, "the patient one");
  const auto sooner = dog.watch(1ms, "the impatient one");
  CHECK(told.get_future().get() == "the impatient one");
}

TEST_CASE("what is to be done while a call is under way is done again and again, not behind it") {
  std::atomic<int> looks{0};
  std::atomic<bool> is_back{false};
  std::atomic<bool> looked_behind{false};
  std::promise<void> enough;
  watchdog dog{[](const std::string& what) { FAIL(what); }, 1ms};
  {
    const auto call = dog.watch(1h, "a long call", [&] {
      looked_behind = looked_behind || is_back;
      if (++looks == 3) enough.set_value();
    });
    enough.get_future().wait();
  }
  is_back = true;
  std::promise<void> other;
  const auto next = dog.watch(1h, "another", [&, said = false]() mutable {
    if (!std::exchange(said, true)) other.set_value();
  });
  other.get_future().wait();
  CHECK_FALSE(looked_behind);
}

TEST_CASE("a call that hangs is told although it is looked at meanwhile") {
  std::promise<std::string> told;
  watchdog dog{[&](const std::string& what) { told.set_value(what); }, 1ms};
  const auto hangs = dog.watch(5ms, "a call that hangs", [] {});
  CHECK(told.get_future().get() == "a call that hangs");
}

}  // namespace
}  // namespace aisle::kafka
