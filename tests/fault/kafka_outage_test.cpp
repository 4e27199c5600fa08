// SPDX-License-Identifier: Apache-2.0
// The broker is away, and comes back.
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/fault/job.hpp"
#include "tests/fault/process_facts.hpp"

namespace aisle::fault {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// `AISLE_OUTAGE_S`, or a moment.
seconds outage() {
  const char* const text = std::getenv("AISLE_OUTAGE_S");  // NOLINT(concurrency-mt-unsafe)
  return seconds{text == nullptr ? 3 : std::strtol(text, nullptr, 10)};
}

TEST_CASE(
    "while the broker is away two epochs wait and nothing is seen; then all comes, in order") {
  auto kafka = test_support::own_kafka(lasting);
  if (!kafka) return;
  // Sources that stay while the broker is away: else it would be them that pause the run.
  const job retail{job_kind::files_to_kafka, *kafka, {.stores = "12", .skus = "200", .days = "20"}};
  const trial once{retail};
  const auto watching = once.verify();
  e2e::running process{once.command()};
  REQUIRE_MESSAGE(e2e::eventually([&] { return watching->epochs() >= 2; }), process.said());
  const auto read = [&] { return bytes_read_below(process.id(), retail.world()); };

  kafka->kill();
  const auto epochs = watching->epochs();
  const auto lines = watching->lines();
  const auto at_first = facts_of(process.id());
  std::this_thread::sleep_for(outage());
  const auto at_last = facts_of(process.id());
  REQUIRE_MESSAGE(!process.ended(), process.said());
  // Two that are complete and not out, and one that was on its way when the broker died.
  CHECK(watching->epochs() <= epochs + 3);
  CHECK(watching->lines() == lines);
  // Said once a call has failed for as long as a transaction may take.
  if (outage() >= seconds{60}) CHECK(process.said().find("127.0.0.1") != std::string::npos);
  MESSAGE(outage().count(), " s away: ", watching->epochs() - epochs, " epochs more, ", read(),
          " bytes read, ", at_last.busy_ms - at_first.busy_ms, " ms of processor time, ",
          at_first.resident_bytes >> 20U, " MiB, then ", at_last.resident_bytes >> 20U,
          " MiB; it said: ", process.said());

  kafka->start();
  const auto ended = process.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(watching->look_back() == "");
  CHECK(once.difference() == "");
}

}  // namespace
}  // namespace aisle::fault
