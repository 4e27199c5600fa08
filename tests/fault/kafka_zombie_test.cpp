// SPDX-License-Identifier: Apache-2.0
// A process that is taken for dead and is not.
#include <csignal>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "tests/fault/job.hpp"
#include "tests/support/kafka_records.hpp"

namespace aisle::fault {
namespace {

/// Records that are written in a transaction that is neither committed nor aborted.
std::size_t undecided(const trial& in) {
  const auto servers = in.of().cluster()->servers();
  std::size_t all = 0;
  std::size_t committed = 0;
  for (const auto& [sink, lines] : in.of().expected().sorted) {
    const auto topic = in.topic_of(sink);
    all += test_support::read_all(servers, topic, {{"isolation.level", "read_uncommitted"}}).size();
    committed += test_support::read_all(servers, topic).size();
  }
  return all - committed;
}

/// Stops it where it has a transaction open, at the first try or a later one.
bool stand_still_in_transaction(e2e::running& process, const trial& in) {
  return e2e::eventually([&] {
    process.send(SIGSTOP);
    if (undecided(in) > 0) return true;
    process.send(SIGCONT);
    return false;
  });
}

TEST_CASE("a process whose state went on in a copy while it stood still ends with 3, unheard") {
  auto kafka = test_support::own_kafka(lasting);
  if (!kafka) return;
  const job retail{job_kind::kafka, *kafka, {.stores = "8", .skus = "150", .days = "10"}};
  const trial once{retail};
  const auto watching = once.verify();
  e2e::running zombie{once.command()};
  REQUIRE_MESSAGE(e2e::eventually([&] { return watching->epochs() >= 2; }), zombie.said());
  REQUIRE(stand_still_in_transaction(zombie, once));
  const auto open = undecided(once);

  const std::filesystem::path copy = once.file("copy");
  std::filesystem::copy(once.state(), copy, std::filesystem::copy_options::recursive);
  const std::filesystem::path out = once.file("out-of-copy");
  const auto lines = watching->lines();
  e2e::running successor{once.command_in(copy, out)};
  CHECK(e2e::eventually([&] { return watching->lines() > lines; }));

  zombie.send(SIGCONT);
  const auto fenced = zombie.wait();
  CHECK(fenced.code == 3);
  CHECK_MESSAGE(fenced.err.find("another process") != std::string::npos, fenced.err);
  MESSAGE(open, " records of an open transaction; it said: ", fenced.err);

  const auto ended = successor.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(watching->look_back() == "");
  CHECK(once.difference_with(out / "summary.json") == "");
}

}  // namespace
}  // namespace aisle::fault
