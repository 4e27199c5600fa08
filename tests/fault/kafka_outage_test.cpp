// SPDX-License-Identifier: Apache-2.0
// The broker is away, and comes back.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/fault/job.hpp"
#include "tests/fault/process_facts.hpp"
#include "tests/fault/told_status.hpp"

namespace aisle::fault {
namespace {

using std::chrono::seconds;
using steady = std::chrono::steady_clock;

/// `AISLE_OUTAGE_S`; otherwise, and at least, as long as there is something to be looked at.
seconds outage() {
  const char* const text = std::getenv("AISLE_OUTAGE_S");  // NOLINT(concurrency-mt-unsafe)
  return seconds{text == nullptr ? 0 : std::strtol(text, nullptr, 10)};
}

/// So much of a source that the bound of an epoch (100,000 records of each) is what stops it, and
/// not its end: two epochs of a start, one behind them, and the one that stands. Few stores, as
/// they make few results of many records.
const job_size large{.stores = "2", .skus = "100", .days = "90", .crowd = "45"};

/// How long a run is watched at least while it has to stand still.
constexpr seconds stillness{3};
/// Of what a process occupies, that is no growth: threads and connections come and go, and on a
/// busy machine what was read before is still worked off.
constexpr std::uint64_t resident_slack = std::uint64_t{32} << 20U;
/// Of a core. Twenty clients that look for their broker take some percent; a thread that turns
/// round and round takes all of one.
constexpr double busy_share_max = 0.25;

double seconds_between(steady::time_point from, steady::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// What grows while a run goes on.
struct progress_made {
  std::uint64_t records_read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t epochs = 0;
  /// That a consumer of committed records sees.
  std::uint64_t lines = 0;
  friend bool operator==(const progress_made&, const progress_made&) = default;
};
std::string text_of(const progress_made& made) {
  return fmt::format("{} records and {} bytes read, {} epochs, {} lines", made.records_read,
                     made.bytes_read, made.epochs, made.lines);
}

/// A run, and the broker it cannot do without.
class outage_trial {
 public:
  explicit outage_trial(const job& of)
      : once_{of}, watching_{once_.verify()}, process_{once_.telling_command()} {}

  /// Early, while most is still to be read; but behind the third epoch, which begins when every
  /// lane has said that it is done with the first. One that is still opening, and has nothing to
  /// bring out, would say so for the first time in the middle of the outage.
  void lose_broker() {
    // By its results, or by its own words, which come each second: who follows its results may be
    // behind by more than what is left of the run.
    const auto is_on_its_way = [&] {
      const auto told = told_status::latest_of(process_);
      return std::max(watching_->epochs(), told.epochs()) >= 3 && told.standing().empty() &&
             goes_on_by_its_words();
    };
    REQUIRE_MESSAGE(e2e::eventually(is_on_its_way), process_.said());
    // On a busy machine the kill takes longer than the rest of the run.
    process_.send(SIGSTOP);
    said_before_ = process_.said().size();
    once_.of().cluster()->kill();
    process_.send(SIGCONT);
    away_since_ = steady::now();
  }

  void come_to_bound() {
    auto before = made();
    auto looked = steady::now();
    const bool stands = e2e::eventually([&] {
      if (steady::now() < looked + seconds{2}) return false;
      looked = steady::now();
      const auto status = told_status::latest_of(process_);
      // Topics of the broker that is away may come to the end of what was read ahead before.
      const bool paused = status.some_source_held_up() || once_.of().kind() == job_kind::kafka;
      // On a busy machine the last answer of the broker is heard long after it has gone.
      const bool at_bound = status.epochs_waiting() == 2 && paused && !status.standing().empty();
      const auto now = made();
      return std::exchange(before, now) == now && at_bound;
    });
    REQUIRE_MESSAGE(stands, process_.said(), text_of(before),
                    told_status::latest_of(process_).text());
  }

  void stand_still() {
    const auto first = made();
    const auto facts = facts_of(process_.id());
    const auto began = steady::now();
    note();
    const auto end = std::max(away_since_ + outage(), began + stillness);
    while (steady::now() < end) {
      std::this_thread::sleep_for(std::min<steady::duration>(seconds{10}, end - steady::now()));
      note();
    }
    REQUIRE_MESSAGE(!process_.ended(), process_.said());
    const auto last = made();
    CHECK_MESSAGE(first == last, text_of(first), ", then ", text_of(last));
    const auto later = facts_of(process_.id());
    CHECK(later.resident_bytes <= facts.resident_bytes + resident_slack);
    const auto busy_ms = static_cast<double>(later.busy_ms - facts.busy_ms);
    CHECK(busy_ms / 1000 <= busy_share_max * seconds_between(began, steady::now()));
    MESSAGE(text_of(last), "; ", notes_);
  }

  /// What a person sees.
  void check_words() {
    const auto address = once_.of().cluster()->servers();
    const auto told = told_status::latest_of(process_);
    CHECK(told.epochs_waiting() == 2);
    CHECK_FALSE(told.standing().empty());
    // A broker on a busy machine may have been slow at the start, too.
    std::string said;
    auto word = std::string::npos;
    const bool is_said = e2e::eventually([&] {
      said = process_.said().substr(said_before_);
      word = said.find(address + ") have taken nothing for 5 s");
      return word != std::string::npos;
    });
    REQUIRE_MESSAGE(is_said, said);
    // A lane that starts hears why when its call has failed; any other within a second.
    if (outage() >= seconds{60}) {
      CHECK_MESSAGE(told.text().find("nobody listens at " + address) != std::string::npos,
                    told.text());
    }
    CHECK_MESSAGE(said.find("taken nothing", word + address.size() + 10) == std::string::npos,
                  said);
  }

  void go_on() {
    once_.of().cluster()->start();
    const auto back = steady::now();
    const auto ended = process_.wait();
    CHECK_MESSAGE(ended.code == 0, ended.err);
    CHECK_MESSAGE(ended.err.find("epochs again") != std::string::npos, ended.err);
    CHECK(watching_->look_back() == "");
    CHECK(once_.difference() == "");
    MESSAGE(fmt::format(
        "{} epochs and {} lines in the end, {:.1f} s after the broker was back; it "
        "said:\n{}",
        watching_->epochs(), watching_->lines(), seconds_between(back, steady::now()), ended.err));
  }

 private:
  /// On a busy machine sinks may stand while their broker is there.
  [[nodiscard]] bool goes_on_by_its_words() const {
    const auto said = process_.said();
    const auto stood = said.rfind("taken nothing");
    return stood == std::string::npos || said.find("epochs again", stood) != std::string::npos;
  }

  [[nodiscard]] progress_made made() const {
    return {.records_read = told_status::latest_of(process_).read(),
            .bytes_read = bytes_read_below(process_.id(), once_.of().world()),
            .epochs = watching_->epochs(),
            .lines = watching_->lines()};
  }

  void note() {
    const auto facts = facts_of(process_.id());
    const auto at = steady::now();
    notes_ += fmt::format("after {:.0f} s {} MiB", seconds_between(away_since_, at),
                          facts.resident_bytes >> 20U);
    if (noted_.resident_bytes > 0) {
      notes_ += fmt::format(
          " and {:.0f} ms of processor time a second",
          static_cast<double>(facts.busy_ms - noted_.busy_ms) / seconds_between(noted_at_, at));
    }
    notes_ += "; ";
    noted_ = facts;
    noted_at_ = at;
  }

  trial once_;
  std::unique_ptr<verifier> watching_;
  e2e::running process_;
  steady::time_point away_since_;
  std::size_t said_before_ = 0;
  steady::time_point noted_at_;
  process_facts noted_;
  std::string notes_;
};

void broker_goes_and_comes(job_kind kind) {
  auto kafka = test_support::own_kafka(lasting);
  if (!kafka) return;
  const job retail{kind, *kafka, large};
  outage_trial run{retail};
  run.lose_broker();
  run.come_to_bound();
  run.stand_still();
  run.check_words();
  run.go_on();
}

TEST_CASE("files to Kafka: two epochs wait for a broker that is away, and all else stands still") {
  broker_goes_and_comes(job_kind::files_to_kafka);
}

TEST_CASE("Kafka to Kafka: two epochs wait for a broker that is away, and all else stands still") {
  broker_goes_and_comes(job_kind::kafka);
}

}  // namespace
}  // namespace aisle::fault
