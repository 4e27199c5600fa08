// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/file_watch.hpp"

#include <cstdint>
#include <thread>

#include <doctest/doctest.h>
#include <unistd.h>

namespace aisle::io {
namespace {

TEST_CASE("an event that is set wakes once, however often it was set") {
  file_watch watch;
  const auto event = std::make_shared<const wake_event>();
  REQUIRE(watch.add(event));
  CHECK(watch.watches());
  CHECK_FALSE(watch.wait(base::duration{0}));
  event->set();
  event->set();
  CHECK(watch.wait(base::duration{0}));
  CHECK_FALSE(watch.wait(base::duration{0}));
}

TEST_CASE("an event wakes whoever waits, also when a library writes into it") {
  file_watch watch;
  const auto event = std::make_shared<const wake_event>();
  REQUIRE(watch.add(event));
  std::thread other{[&] {
    const std::uint64_t one = 1;
    CHECK(::write(event->descriptor(), &one, sizeof one) == sizeof one);
  }};
  CHECK(watch.wait(std::chrono::minutes{1}));
  other.join();
}

}  // namespace
}  // namespace aisle::io
