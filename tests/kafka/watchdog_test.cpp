// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/watchdog.hpp"

#include <chrono>
#include <future>
#include <string>

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

}  // namespace
}  // namespace aisle::kafka
