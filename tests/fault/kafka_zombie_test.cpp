// SPDX-License-Identifier: Apache-2.0
// A process that is taken for dead and is not.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include "tests/fault/job.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::fault {
namespace {

/// Tells whether records lie in a topic whose transaction is neither committed nor aborted.
class transaction_watch {
 public:
  explicit transaction_watch(const trial& in)
      : in_{in}, all_{client_with("read_uncommitted")}, decided_{client_with("read_committed")} {}

  [[nodiscard]] std::int64_t undecided() const {
    std::int64_t records = 0;
    for (const auto& [sink, lines] : in_.of().expected().sorted) {
      const auto topic = in_.topic_of(sink);
      for (std::int32_t p = 0; p < sink_partitions; ++p)
        records += end_of(*all_, topic, p) - end_of(*decided_, topic, p);
    }
    return records;
  }

 private:
  [[nodiscard]] test_support::kafka_handle client_with(const std::string& isolation) const {
    return test_support::kafka_client(RD_KAFKA_CONSUMER,
                                      {{"bootstrap.servers", in_.of().cluster()->servers()},
                                       {"group.id", "nobody"},
                                       {"isolation.level", isolation}});
  }
  static std::int64_t end_of(rd_kafka_s& by, const std::string& topic, std::int32_t partition) {
    constexpr int patience_ms = 30'000;
    std::int64_t first = 0;
    std::int64_t end = 0;
    const auto error =
        rd_kafka_query_watermark_offsets(&by, topic.c_str(), partition, &first, &end, patience_ms);
    REQUIRE_MESSAGE(error == RD_KAFKA_RESP_ERR_NO_ERROR, std::string{rd_kafka_err2str(error)});
    return end;
  }

  const trial& in_;
  test_support::kafka_handle all_;
  test_support::kafka_handle decided_;
};

/// Stops it where it has a transaction open, at the first try or a later one.
bool stand_still_in_transaction(const e2e::running& process, const transaction_watch& watch) {
  constexpr int steps = 40;
  int tries = 0;
  return e2e::eventually([&] {
    process.send(SIGSTOP);
    if (watch.undecided() > 0) return true;
    process.send(SIGCONT);
    std::this_thread::sleep_for(std::chrono::milliseconds{1 + tries++ % steps});
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
  const transaction_watch watch{once};
  REQUIRE_MESSAGE(stand_still_in_transaction(zombie, watch), zombie.said());
  const auto open = watch.undecided();

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

  // A lane of the zombie whose call had run out of time fences once more when it wakes, and may
  // fence the successor. Nobody starts the zombie again; a supervisor starts the successor.
  auto ended = successor.wait();
  if (ended.code == 3 && ended.err.contains("another process")) {
    MESSAGE("fenced by the zombie: ", ended.err);
    ended = e2e::run(once.command_in(copy, out));
  }
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(watching->look_back() == "");
  CHECK(once.difference_with(out / "summary.json") == "");
}

}  // namespace
}  // namespace aisle::fault
