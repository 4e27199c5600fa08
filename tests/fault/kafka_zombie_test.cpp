// SPDX-License-Identifier: Apache-2.0
// A process that is taken for dead and is not.
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "tests/fault/job.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::fault {
namespace {

/// Tells whether records lie in a topic whose transaction is neither committed nor aborted.
class transaction_watch {
 public:
  explicit transaction_watch(const trial& in)
      : in_{in}, all_{topics_of("read_uncommitted")}, decided_{topics_of("read_committed")} {}

  [[nodiscard]] std::int64_t undecided() const {
    std::int64_t records = 0;
    for (const auto& [sink, lines] : in_.of().expected().sorted) {
      const auto topic = in_.topic_of(sink);
      for (std::int32_t p = 0; p < sink_partitions; ++p) {
        // In this order, as ends only grow: one that is decided in between is not less than none.
        const auto decided = decided_.offsets(topic, p).end;
        records += all_.offsets(topic, p).end - decided;
      }
    }
    return records;
  }

 private:
  [[nodiscard]] test_support::kafka_topics topics_of(const std::string& isolation) const {
    return test_support::kafka_topics{
        test_support::kafka_settings{{"bootstrap.servers", in_.of().cluster()->servers()},
                                     {"isolation.level", isolation},
                                     {"log_level", "3"}}};
  }

  const trial& in_;
  test_support::kafka_topics all_;
  test_support::kafka_topics decided_;
};

/// A run that stood still inside of a transaction while its state went on in a copy.
class two_of_one_state {
 public:
  explicit two_of_one_state(const job& of)
      : once_{of}, watching_{once_.verify()}, zombie_{once_.command(), stopping}, watch_{once_} {
    REQUIRE_MESSAGE(e2e::eventually([&] { return zombie_.is_stopped(); }), zombie_.said());
    REQUIRE(watch_.undecided() > 0);
    std::filesystem::copy(once_.state(), copy_, std::filesystem::copy_options::recursive);
  }

  [[nodiscard]] strings successor() const { return once_.command_in(copy_, out_); }
  e2e::running& zombie() { return zombie_; }
  [[nodiscard]] std::int64_t undecided() const { return watch_.undecided(); }
  /// What is wrong with all that anybody has ever seen of the results; empty when nothing is.
  [[nodiscard]] std::string look_back() { return watching_->look_back(); }
  [[nodiscard]] std::string difference_of_zombie() const { return once_.difference(); }
  [[nodiscard]] std::string difference_of_successor() const {
    return once_.difference_with(out_ / "summary.json");
  }

 private:
  /// Inside of a transaction behind others: records of half of an epoch have come to the broker.
  static inline const e2e::how_to_run stopping{
      .environment = {"AISLE_FAULT=kafka.half_produced:100:stop"}};

  trial once_;
  std::filesystem::path copy_ = once_.file("copy");
  std::filesystem::path out_ = once_.file("out-of-copy");
  std::unique_ptr<verifier> watching_;
  e2e::running zombie_;
  transaction_watch watch_;
};

const job_size small_chain{.stores = "8", .skus = "150", .days = "10"};

bool is_fenced(const e2e::finished& process) {
  // A lane that fences once more, as its call had run out of time, sees what the other delivered.
  return process.code == 3 &&
         (process.err.contains("another process") || process.err.contains("older than its output"));
}

TEST_CASE("a process whose state went on in a copy while it stood still ends with 3, unheard") {
  auto kafka = test_support::own_kafka(lasting);
  if (!kafka) return;
  const job retail{job_kind::kafka, *kafka, small_chain};
  two_of_one_state both{retail};
  const auto open = both.undecided();
  const auto ended = e2e::run(both.successor());
  CHECK_MESSAGE(ended.code == 0, ended.err);
  // The coordinator answers before it has marked the end in each partition.
  CHECK(e2e::eventually([&] { return both.undecided() == 0; }));

  both.zombie().send(SIGCONT);
  const auto fenced = both.zombie().wait();
  CHECK_MESSAGE(is_fenced(fenced), fenced.code, " ", fenced.err);
  MESSAGE(open, " records of an open transaction; it said: ", fenced.err);
  CHECK(both.look_back() == "");
  CHECK(both.difference_of_successor() == "");
}

TEST_CASE("whichever of two processes of one state is left in the end, nothing is lost or twice") {
  auto kafka = test_support::own_kafka(lasting);
  if (!kafka) return;
  const job retail{job_kind::kafka, *kafka, small_chain};
  two_of_one_state both{retail};
  e2e::running successor{both.successor()};
  CHECK(e2e::eventually([&] { return both.undecided() == 0; }));
  both.zombie().send(SIGCONT);
  const auto woken = both.zombie().wait();
  auto ended = successor.wait();
  if (woken.code == 0) {
    // It was awake before the other had fenced it, which has nothing to do then or is too old.
    CHECK_MESSAGE((ended.code == 0 || ended.code == 3), ended.code, " ", ended.err);
    CHECK(both.difference_of_zombie() == "");
  } else {
    CHECK_MESSAGE(is_fenced(woken), woken.code, " ", woken.err);
    // A lane of the zombie whose call had run out of time fences once more when it wakes, and may
    // fence the successor. Nobody starts the zombie again; a supervisor starts the successor.
    if (is_fenced(ended)) {
      MESSAGE("fenced by the zombie: ", ended.err);
      ended = e2e::run(both.successor());
    }
    CHECK_MESSAGE(ended.code == 0, ended.err);
    CHECK(both.difference_of_successor() == "");
  }
  CHECK(both.look_back() == "");
}

}  // namespace
}  // namespace aisle::fault
