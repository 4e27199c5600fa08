// SPDX-License-Identifier: Apache-2.0
// The data file of a run that was killed, damaged before the next one begins: that one is refused
// or stopped with a reason, or comes to the undisturbed run's results; never a signal, never other
// results.
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/fault/job.hpp"
#include "tests/fault/kill_harness.hpp"

namespace aisle::fault {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

/// A run that was killed after some epochs; its files are put back for each damage.
class killed_run {
 public:
  killed_run() : once_{job_} {
    live_on();
    older_ = e2e::content_of(once_.data_file());
    live_on();
    bytes_ = e2e::content_of(once_.data_file());
    fs::copy(once_.out(), out_before(), fs::copy_options::recursive);
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  /// The data file some epochs before.
  [[nodiscard]] const std::string& older() const { return older_; }
  [[nodiscard]] const trial& once() const { return once_; }

  /// Goes on with this data file; counts how that ended.
  void go_on_with(const std::string& damaged) {
    put_back();
    write_file(once_.data_file(), damaged);
    go_on();
  }
  void put_back() {
    fs::remove_all(once_.out());
    fs::copy(out_before(), once_.out(), fs::copy_options::recursive);
    write_file(once_.data_file(), bytes_);
  }
  /// Goes on as the files are.
  int go_on() {
    const auto ended = e2e::run(once_.command());
    ++ends_[ended.code];
    INFO("exit ", ended.code, ": ", ended.err);
    if (ended.code == 0) {
      CHECK(once_.difference() == "");
    } else {
      CHECK((ended.code == 2 || ended.code == 3));
      const bool names_one = ended.err.find(once_.state().string()) != std::string::npos ||
                             ended.err.find(once_.out().string()) != std::string::npos;
      CHECK(names_one);
      check_results_so_far();
    }
    if (ended.code == 2) CHECK(e2e::results_of(once_.out()) == e2e::results_of(out_before()));
    return ended.code;
  }
  void tell(std::string_view what) {
    MESSAGE(std::string{what}, ": as if nothing was ", ends_[0], ", refused ", ends_[2],
            ", stopped ", ends_[3]);
  }
  [[nodiscard]] std::uint64_t ended_with(int code) { return ends_[code]; }

 private:
  /// One epoch is complete, the next one prepared.
  void live_on() {
    const auto ended = e2e::run(once_.command(), {.environment = {"AISLE_FAULT=kv.prepared:2"}});
    REQUIRE(ended.code == 128 + SIGKILL);
  }
  [[nodiscard]] fs::path out_before() const { return once_.file("out-before"); }
  /// What is there is what the undisturbed run says, as far as it goes.
  void check_results_so_far() {
    result_laws laws{job_.expected()};
    findings wrong;
    once_.follow_results()->look(laws, wrong);
    CHECK_MESSAGE(laws.wrong().empty(), laws.wrong().text());
  }

  job job_{job_kind::files, {.stores = "8", .skus = "120", .days = "12"}};
  trial once_;
  std::string bytes_;
  std::string older_;
  std::map<int, std::uint64_t> ends_;
};

std::uint64_t damages_wanted() { return kills_wanted(40); }

TEST_CASE("one flipped bit in the state: refused, stopped, or the same results") {
  killed_run killed;
  std::mt19937_64 chance{first_seed()};
  for (std::uint64_t i = 0; i < damages_wanted(); ++i) {
    auto damaged = killed.bytes();
    const auto at = chance() % damaged.size();
    const auto bit = chance() % 8;
    CAPTURE(at);
    CAPTURE(bit);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
    killed.go_on_with(damaged);
  }
  killed.tell("flipped bits");
}

TEST_CASE("one zeroed page in the state: refused, stopped, or the same results") {
  constexpr std::size_t page = 4096;
  killed_run killed;
  std::mt19937_64 chance{first_seed()};
  for (std::uint64_t i = 0; i < damages_wanted() / 2; ++i) {
    auto damaged = killed.bytes();
    const auto at = chance() % (damaged.size() / page) * page;
    CAPTURE(at);
    damaged.replace(at, page, page, '\0');
    killed.go_on_with(damaged);
  }
  killed.tell("zeroed pages");
}

TEST_CASE("a state that is cut off is refused, unless what is missing was free") {
  killed_run killed;
  std::mt19937_64 chance{first_seed()};
  for (const std::size_t bytes : {1UL, 100UL, 4096UL, 8192UL, 12'288UL}) {
    CAPTURE(bytes);
    killed.go_on_with(killed.bytes().substr(0, bytes));
  }
  CHECK(killed.ended_with(0) == 0);
  for (std::uint64_t i = 0; i < damages_wanted() / 4; ++i) {
    const auto bytes = chance() % killed.bytes().size();
    CAPTURE(bytes);
    killed.go_on_with(killed.bytes().substr(0, bytes));
  }
  killed.tell("cut off");
}

TEST_CASE("a state whose data file is gone or empty is refused, and says what is missing") {
  killed_run killed;
  fs::remove(killed.once().data_file());
  CHECK(killed.go_on() != 0);
  killed.put_back();
  write_file(killed.once().data_file(), "");
  CHECK(killed.go_on() != 0);
  killed.put_back();
  CHECK(killed.go_on() == 0);
}

TEST_CASE("LMDB's own lock file is made anew when it is gone or damaged") {
  killed_run killed;
  fs::remove(killed.once().state() / "lock.mdb");
  CHECK(killed.go_on() == 0);
  killed.put_back();
  write_file(killed.once().state() / "lock.mdb", std::string(8192, '\x5a'));
  CHECK(killed.go_on() == 0);
}

TEST_CASE("the data file of another run is refused by its id") {
  killed_run killed;
  const killed_run other;
  killed.go_on_with(other.bytes());
  CHECK(killed.ended_with(2) == 1);
}

TEST_CASE("the data file of some epochs ago: refused, stopped, or the same results") {
  killed_run killed;
  killed.go_on_with(killed.older());
  killed.tell("an older file");
}

}  // namespace
}  // namespace aisle::fault
