// SPDX-License-Identifier: Apache-2.0
// kill -9 of a writer, at every named point and at random moments: every acknowledged record is
// there, none twice, none torn, and the positions of readers stay valid. The normal suite kills a
// few times; AISLE_KILLS=200 as often as the issue asks for.
#include <array>
#include <csignal>
#include <cstdlib>
#include <set>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fault.hpp"
#include "tests/log/log_folder.hpp"

namespace aisle::log {
namespace {

constexpr std::uint64_t me = 77;
constexpr std::uint32_t batch_records = 3;

std::string value_of(std::uint64_t sequence) {
  return std::to_string(sequence) + std::string(20 + sequence * 37 % 300, 'x');
}

/// A pipe on which a child says what was acknowledged: how many records, from the first one on.
struct acknowledgements {
  std::array<int, 2> ends{-1, -1};

  acknowledgements() { REQUIRE(::pipe(ends.data()) == 0); }
  acknowledgements(const acknowledgements&) = delete;
  acknowledgements& operator=(const acknowledgements&) = delete;
  ~acknowledgements() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  /// The last one said, once the child is gone.
  std::uint64_t last(std::uint64_t before) {
    ::close(std::exchange(ends[1], -1));
    std::uint64_t said = before;
    std::uint64_t one = 0;
    while (::read(ends[0], &one, sizeof one) == sizeof one) {
      // A repeat is acknowledged again.
      said = std::max(said, one);
    }
    return said;
  }
};

/// Appends from `sequence` on until it dies, or `batches` are there. Begins a little before what
/// was acknowledged, as a producer does that does not know what became of its last appends.
[[noreturn]] void append_until_killed(const log_folder& log, std::uint64_t sequence, int batches,
                                      int tell) {
  auto writer = log.writer();
  sequence -= std::min<std::uint64_t>(sequence, 5);
  for (; batches > 0; --batches) {
    std::vector<std::string> values;
    for (std::uint32_t at = 0; at < batch_records; ++at)
      values.push_back(value_of(sequence + at));
    std::vector<new_record> records(values.size());
    for (std::size_t at = 0; at < values.size(); ++at)
      records[at].value = values[at];
    const auto done = writer.append({.records = records, .by = {me, 1, sequence}, .marker = {}});
    if (!done) ::_exit(3);
    sequence += batch_records;
    if (::write(tell, &sequence, sizeof sequence) != sizeof sequence) ::_exit(4);
  }
  ::_exit(0);
}

/// What has been seen of the log so far, held against it after every kill.
struct witness {
  const log_folder& log;
  std::uint64_t acknowledged = 0;
  std::vector<std::string> seen{};

  /// Everything acknowledged is there, in order, once; what was read before is still where it was.
  void look() {
    auto opened = reader::open(log.made, first_partition,
                               base::offset{static_cast<std::int64_t>(seen.size())});
    REQUIRE(opened);
    const auto read = read_on(*opened);
    REQUIRE_MESSAGE(read.stopped.empty(), read.stopped);
    for (const auto& value : read.values) {
      REQUIRE(value == value_of(seen.size()));
      seen.push_back(value);
    }
    REQUIRE(seen.size() >= acknowledged);
  }
  void look_at_all() {
    const auto all = read_all(log.made);
    REQUIRE_MESSAGE(all.stopped.empty(), all.stopped);
    CHECK(all.values == seen);
  }
};

/// Runs a writer in a process of its own; `kill` is asked to end it. Answers how it ended.
template <class Kill>
int run_writer(witness& of, int batches, Kill kill, const std::string& fault = {}) {
  acknowledgements said;
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(said.ends[0]);
    base::arm_fault(fault);
    append_until_killed(of.log, of.acknowledged, batches, said.ends[1]);
  }
  kill(child);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  of.acknowledged = said.last(of.acknowledged);
  return status;
}

void nothing(pid_t) {}

bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
bool is_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

topic_settings small_segments() { return {.partitions = 1, .segment_bytes = 16 << 10, .keep = {}}; }

TEST_CASE("killed at every named point, a writer loses nothing and leaves nothing twice or torn") {
  const log_folder log{small_segments()};
  witness witness{log};
  // Those that need more than an append are in the cases below.
  const std::set<std::string_view> elsewhere{"log.tail_cut", "log.tail_adopted",
                                             "log.segment_removed", "log.topic_half_made"};
  for (const auto point : base::fault_points) {
    if (!point.starts_with("log.") || elsewhere.contains(point)) continue;
    for (const int pass : {1, 2, 3}) {
      const auto fault = std::string{point} + ":" + std::to_string(pass);
      CAPTURE(fault);
      CHECK(was_killed(run_writer(witness, 400, nothing, fault)));
      witness.look();
      CHECK(is_well(run_writer(witness, 2, nothing)));
      witness.look();
    }
  }
  witness.look_at_all();
}

TEST_CASE("killed while it settles what a dead one left, a writer leaves it to the next") {
  const log_folder log{small_segments()};
  witness witness{log};
  CHECK(is_well(run_writer(witness, 5, nothing)));
  for (const std::string left : {"log.half_written", "log.written", "log.synced"}) {
    CAPTURE(left);
    CHECK(was_killed(run_writer(witness, 5, nothing, left + ":2")));
    const auto settling = left == "log.half_written" ? "log.tail_cut" : "log.tail_adopted";
    CHECK(was_killed(run_writer(witness, 5, nothing, settling)));
    CHECK(is_well(run_writer(witness, 5, nothing)));
    witness.look();
  }
  witness.look_at_all();
}

TEST_CASE("killed while a topic is made, its maker leaves no topic, and the next one makes it") {
  const io::temp_folder temp;
  const set_clock clock;
  const topic_settings settings{.partitions = 3, .segment_bytes = 16 << 10, .keep = {}};
  for (const std::string pass : {"1", "2", "3"}) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      base::arm_fault("log.topic_half_made:" + pass);
      static_cast<void>(make_topic(temp.path(), "t" + pass, settings, clock));
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(was_killed(status));
    CHECK(open_topic(temp.path(), "t" + pass).error().code == errc::not_found);
    const auto made = make_topic(temp.path(), "t" + pass, settings, clock);
    REQUIRE(made);
    partition_writer writer{*made, base::partition_id{2}, clock};
    CHECK(append(writer, {"one"}));
  }
}

TEST_CASE("killed while old segments are removed, what is left has no hole") {
  auto settings = small_segments();
  settings.keep.bytes = 20'000;
  const log_folder log{settings};
  witness witness{log};
  CHECK(was_killed(run_writer(witness, 2000, nothing, "log.segment_removed:2")));
  CHECK(is_well(run_writer(witness, 20, nothing)));
  auto reader = reader::open_at_start(log.made, first_partition);
  REQUIRE(reader);
  auto at = static_cast<std::uint64_t>(reader->position().get());
  CHECK(at > 0);
  for (const auto& value : read_on(*reader).values) {
    REQUIRE(value == value_of(at++));
  }
  CHECK(at >= witness.acknowledged);
}

TEST_CASE("killed at random moments, a writer loses nothing and leaves nothing twice or torn") {
  const char* const asked = std::getenv("AISLE_KILLS");
  const int kills = asked == nullptr ? 12 : std::atoi(asked);
  const log_folder log{small_segments()};
  witness witness{log};
  std::uint64_t chance = 20'260'101;
  int killed = 0;
  for (int round = 0; round < kills; ++round) {
    chance = chance * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const auto microseconds = static_cast<useconds_t>((chance >> 33) % 30'000);
    const auto status = run_writer(witness, 1'000'000, [&](pid_t child) {
      ::usleep(microseconds);
      ::kill(child, SIGKILL);
    });
    killed += was_killed(status) ? 1 : 0;
    witness.look();
  }
  CHECK(is_well(run_writer(witness, 1, nothing)));
  witness.look();
  witness.look_at_all();
  CHECK(killed == kills);
  MESSAGE(killed, " kills, ", witness.acknowledged, " records acknowledged, ", witness.seen.size(),
          " there");
}

TEST_CASE(
    "writers of several processes append to one partition at once, and one of them is killed") {
  const log_folder log{small_segments()};
  constexpr int writers = 3;
  constexpr std::uint64_t each = 60;
  std::vector<pid_t> children;
  for (std::uint64_t id = 1; id <= writers; ++id) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // One of them dies with the lock in its hands.
      base::arm_fault(id == 2 ? "log.half_written:20" : "");
      auto writer = log.writer();
      for (std::uint64_t at = 0; at < each; ++at) {
        if (!append(writer, {std::to_string(id) + ":" + std::to_string(at)}, {id, 1, at})) {
          ::_exit(3);
        }
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (std::size_t at = 0; at < children.size(); ++at) {
    int status = 0;
    REQUIRE(::waitpid(children[at], &status, 0) == children[at]);
    CHECK((at == 1 ? was_killed(status) : is_well(status)));
  }
  const auto read = read_all(log.made);
  CHECK_MESSAGE(read.stopped.empty(), read.stopped);
  std::array<std::uint64_t, writers + 1> next{};
  for (const auto& value : read.values) {
    const auto id = static_cast<std::size_t>(value.front() - '0');
    REQUIRE(value == std::to_string(id) + ":" + std::to_string(next.at(id)++));
  }
  CHECK(next[1] == each);
  CHECK(next[2] == 19);
  CHECK(next[3] == each);
}

}  // namespace
}  // namespace aisle::log
