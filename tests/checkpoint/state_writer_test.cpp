// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/state_writer.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include "tests/checkpoint/state_bed.hpp"

namespace aisle::checkpoint {
namespace {

control::record naming() {
  return control::log_record{.log = {.high = 3, .low = 4}, .cluster = {}, .format = 1};
}
control::record claim() {
  return control::claim_record{
      .node = {"n"}, .incarnation = control::incarnation{9}, .address = {}};
}

struct writing : state_bed {
  writing() { begin(); }
  void begin() { is.emplace(*state, *log, 7); }

  /// One attempt with so many actors, and a line.
  void store(std::uint64_t n, std::size_t count = 1) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(fmt::format("key {}", i));
    }
    is->store(at(n), {actors(n, keys), lines(n, fmt::format("line {}\n", n))});
  }
  /// Everything there is to do; what was answered, in order, in words.
  std::vector<std::string> work() {
    std::vector<std::string> said;
    while (is->has_work()) {
      const auto answers = is->work();
      say(answers, said);
      if (answers.waits || answers.broken) {
        break;
      }
    }
    return said;
  }
  static void say(const state_writer::answers& answers, std::vector<std::string>& said) {
    if (answers.appended) {
      said.push_back(fmt::format("appended {}", answers.appended->at.get()));
    }
    if (answers.stored) {
      said.push_back(fmt::format("stored {}", answers.stored->epoch.get()));
    }
    if (answers.folded) {
      said.push_back(fmt::format("folded {}", answers.folded->epoch.get()));
    }
    if (answers.waits) {
      said.emplace_back("waits");
    }
    if (answers.broken) {
      said.push_back("broken: " + *answers.broken);
    }
  }

  std::optional<state_writer> is;
};

using words = std::vector<std::string>;

TEST_CASE("what epochs wait for is done in the order it was asked for, and the rest behind it") {
  writing state;
  state.is->append(naming(), control::before_the_log);
  state.store(1);
  state.is->append(claim(), control::log_offset{0});
  state.is->fold(state_bed::at(1), control::log_offset{1});
  state.is->trim(state.lane, state_bed::at(1));
  state.is->rest();
  CHECK(state.work() == words{"appended 0", "stored 1", "appended 1", "folded 1"});
  CHECK_FALSE(state.is->has_work());
  CHECK(state.chain() == 0);
  CHECK((state.state->progress()->applied == control::log_offset{1}));
}

TEST_CASE("a record that is appended is answered as it stands in the log") {
  writing state;
  state.is->append(naming(), control::before_the_log);
  const auto done = state.is->work();
  REQUIRE(done.appended.has_value());
  const auto there = *state.log->read(control::log_offset{0}, 9);
  REQUIRE(there.size() == 1);
  CHECK((there[0] == *done.appended));
}

TEST_CASE("an attempt is stored as a whole: actors, notes, outbox, schema, and its checksum") {
  writing state;
  state.store(1, 3);
  CHECK(state.work() == words{"stored 1"});
  state.open();
  const auto view = state.state->read();
  auto shard = *view->open(state.shard);
  const auto actor = *shard.get(base::hash64("key 2"), "key 2");
  REQUIRE(actor.has_value());
  CHECK(actor->bytes == "state");
  CHECK(actor->schema == 7);
  const auto note = *shard.note(version_note);
  std::uint64_t sum = 0;
  REQUIRE(note->size() == sizeof sum);
  std::memcpy(&sum, note->data(), sizeof sum);
  CHECK(sum == 1000 + state.shard.unit.get());
  const auto part = *view->outbox_part(state.lane, state_bed::at(1), 0);
  CHECK(decode_part(part)->bytes == "line 1\n");
}

TEST_CASE("a fold gives way to the next attempt, and goes on behind it") {
  constexpr std::size_t many = 20'000;
  writing state;
  state.store(1, many);
  CHECK(state.work() == words{"stored 1"});
  state.is->fold(state_bed::at(1), control::log_offset{1});
  state.is->rest();
  words said;
  writing::say(state.is->work(), said);
  CHECK(said.empty());
  CHECK(state.chain() == 1);
  state.store(2);
  state.is->append(naming(), control::before_the_log);
  writing::say(state.is->work(), said);
  writing::say(state.is->work(), said);
  CHECK(said == words{"stored 2", "appended 0"});
  CHECK(state.chain() == 2);
  state.is->fold(state_bed::at(2), control::log_offset{2});
  CHECK(state.work() == words{"folded 1"});
  CHECK(state.chain() == 1);
  state.is->rest();
  CHECK(state.work() == words{"folded 2"});
  CHECK(state.chain() == 0);
  CHECK(state.state->read()->copy(state.shard)->row.actors == many);
}

TEST_CASE("complete attempts gather until there are four, and are folded together") {
  writing state;
  const auto complete = [&](std::uint64_t n) {
    state.store(n);
    state.is->fold(state_bed::at(n), control::log_offset{static_cast<std::int64_t>(n)});
  };
  for (std::uint64_t n = 1; n < state_writer::gathered; ++n) {
    complete(n);
    CHECK(state.work() == words{fmt::format("stored {}", n)});
    CHECK(state.is->gathers());
    CHECK(state.chain() == n);
  }
  state.store(4);
  CHECK(state.work() == words{"stored 4"});
  state.is->fold(state_bed::at(4), control::log_offset{4});
  CHECK(state.is->has_work());
  CHECK(state.work() == words{"folded 4"});
  CHECK_FALSE(state.is->gathers());
  CHECK(state.chain() == 0);
  complete(5);
  CHECK(state.work() == words{"stored 5"});
}

TEST_CASE("when nothing comes any more, what has gathered is folded, until something comes again") {
  writing state;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    state.store(n);
  }
  CHECK(state.work() == words{"stored 1", "stored 2", "stored 3"});
  // The third is not complete yet.
  state.is->fold(state_bed::at(2), control::log_offset{2});
  CHECK_FALSE(state.is->has_work());
  state.is->rest();
  CHECK(state.work() == words{"folded 2"});
  CHECK(state.chain() == 1);
  state.is->fold(state_bed::at(3), control::log_offset{3});
  CHECK(state.work() == words{"folded 3"});
  state.store(4);
  state.is->fold(state_bed::at(4), control::log_offset{4});
  CHECK(state.work() == words{"stored 4"});
  CHECK((state.state->progress()->applied == control::log_offset{3}));
}

TEST_CASE("epochs that never pause cannot keep folding from its end for ever") {
  writing state;
  std::size_t longest = 0;
  for (std::uint64_t n = 1; n <= 3 * state_writer::unfolded_max; ++n) {
    state.store(n);
    for (bool stored = false; !stored;) {
      stored = state.is->work().stored.has_value();
    }
    // The next one is asked for before anything else gets its turn.
    state.is->fold(state_bed::at(n), control::log_offset{static_cast<std::int64_t>(n)});
    longest = std::max(longest, state.chain());
  }
  CHECK(longest == state_writer::unfolded_max);
}

TEST_CASE("outboxes that are out leave the disk, those of several epochs at once") {
  writing state;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    state.store(n);
    state.work();
  }
  const auto parts = [&] {
    return *state.state->reading([](const kv::txn& in) { return in.entries(kv::table::outbox); });
  };
  CHECK(parts() == 3);
  state.is->trim(state.lane, state_bed::at(1));
  state.is->trim(state.lane, state_bed::at(2));
  CHECK(state.is->has_work());
  CHECK(state.work().empty());
  CHECK(parts() == 1);
  CHECK(state.state->read()->outboxes(state.lane)->front().row.trimmed);
}

TEST_CASE("what an earlier generation gave up is swept by whoever begins anew") {
  writing state;
  state.store(1);
  state.work();
  REQUIRE(state.state->begin_generation(generation{5}, {}, control::log_offset{5}).has_value());
  const auto rows = [&] {
    return *state.state->reading([](const kv::txn& in) { return in.entries(kv::table::deltas); });
  };
  CHECK(rows() > 0);
  state.begin();
  CHECK(state.is->has_work());
  state.work();
  CHECK(rows() == 0);
}

TEST_CASE("bytes that are no changes break the node before anything is written") {
  writing state;
  auto bad = state.lines(1, "line\n");
  bad.bytes = std::make_shared<const std::string>(bad.bytes->substr(0, bad.bytes->size() - 1));
  state.is->store(state_bed::at(1), {state.actors(1, {"a"}), bad});
  const auto said = state.work();
  REQUIRE(said.size() == 1);
  CHECK(said[0].starts_with("broken: "));
  CHECK(said[0].find("cut off or damaged") != std::string::npos);
  CHECK(state.chain() == 0);
}

TEST_CASE("an attempt on another base, and a record behind a wrong one, break the node") {
  writing state;
  state.is->append(naming(), control::log_offset{4});
  CHECK(state.work()[0].starts_with("broken: "));
  state.begin();
  state.store(2);
  CHECK(state.work()[0].find("is based on") != std::string::npos);
}

TEST_CASE("another part of the process that takes the log breaks who had it, and is not retried") {
  writing state;
  kv::embedded_log other{*state.state};
  REQUIRE(other.fence().has_value());
  state.is->append(naming(), control::before_the_log);
  CHECK(state.work()[0].find("has taken the control log") != std::string::npos);
}

/// No file may grow beyond what the state's has now, as on a full disk, as long as this lives.
class full_disk {
 public:
  explicit full_disk(const std::filesystem::path& file) : signal_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{.rlim_cur = std::filesystem::file_size(file), .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  void (*signal_)(int);
  rlimit before_{};
};

TEST_CASE("on a full disk an attempt waits, with all behind it, and goes on when there is room") {
  writing state;
  state.is->append(naming(), control::before_the_log);
  state.store(1, 20'000);
  state.is->append(claim(), control::log_offset{0});
  words said;
  writing::say(state.is->work(), said);
  {
    const full_disk full{state.folder.file()};
    for (int i = 0; i < 3; ++i) {
      writing::say(state.is->work(), said);
    }
    CHECK(said == words{"appended 0", "waits", "waits", "waits"});
    CHECK(state.is->has_work());
    CHECK(state.chain() == 0);
  }
  CHECK(state.work() == words{"stored 1", "appended 1"});
  const auto view = state.state->read();
  auto shard = *view->open(state.shard);
  CHECK((*shard.get(base::hash64("key 19999"), "key 19999"))->bytes == "state");
}

TEST_CASE("on a full disk a record waits, and is there once when there is room") {
  writing state;
  state.is->append(naming(), control::before_the_log);
  CHECK(state.work() == words{"appended 0"});
  // Records of a page each, until the file would have to grow.
  std::int64_t last = 0;
  auto large = std::get<control::claim_record>(claim());
  large.address = std::string(3000, 'a');
  {
    const full_disk full{state.folder.file()};
    for (bool waits = false; !waits && last < 1000;) {
      state.is->append(large, control::log_offset{last});
      const auto done = state.is->work();
      REQUIRE_FALSE(done.broken.has_value());
      waits = done.waits.has_value();
      last += waits ? 0 : 1;
    }
    CHECK(state.is->work().waits.has_value());
  }
  CHECK(state.work() == words{fmt::format("appended {}", last + 1)});
  CHECK((state.log->end() == control::log_offset{last + 2}));
}

}  // namespace
}  // namespace aisle::checkpoint
