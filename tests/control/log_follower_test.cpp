// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/log_follower.hpp"

#include <utility>

#include <doctest/doctest.h>

#include "tests/control/records.hpp"

namespace aisle::control {
namespace {

attempt at(std::int64_t generation_, std::uint64_t epoch) {
  return {.generation = generation{generation_}, .epoch = base::epoch{epoch}};
}

/// Reads records behind each other; the offset of each is the last one plus one.
struct reader {
  explicit reader(compaction may = compaction::never, followed_before known = {})
      : follower{may, known} {}

  /// The error of the record, or nothing.
  std::optional<errc> read(record what) { return read(follower.next(), std::move(what)); }
  std::optional<errc> read(log_offset where, record what) {
    return read(where, follower.last(), std::move(what));
  }
  std::optional<errc> read(log_offset where, log_offset after, record what) {
    const auto done = follower.read({.at = where, .after = after, .what = std::move(what)});
    return done ? std::nullopt : std::optional{done.error().code};
  }
  /// Log at 0, Claim at 1, Assign at 2, Complete (2,1) at 3.
  void begin() {
    REQUIRE_FALSE(read(a_log()));
    REQUIRE_FALSE(read(a_claim()));
    REQUIRE_FALSE(read(an_assign()));
    REQUIRE_FALSE(read(a_complete(at(2, 1))));
  }

  log_follower follower;
};

TEST_CASE("a log that keeps the rules is followed: last of each, generation, what is stood on") {
  reader log;
  log.begin();
  CHECK(log.follower.generation() == generation{2});
  CHECK(log.follower.stood_on() == at(2, 1));
  CHECK_FALSE(log.read(a_claim()));
  CHECK_FALSE(log.read(an_assign(at(2, 1))));
  CHECK(log.follower.generation() == generation{5});
  CHECK(log.follower.claim()->at == log_offset{4});
  CHECK_FALSE(log.read(a_complete(at(5, 2))));
  CHECK_FALSE(log.read(a_complete(at(5, 3))));
  CHECK(log.follower.stood_on() == at(5, 3));
  CHECK(log.follower.state() == a_cut(20));
  CHECK(log.follower.reached_end(log_offset{8}).has_value());
}

TEST_CASE("a log that does not begin with its name is not followed") {
  reader log;
  CHECK(log.read(a_claim()) == errc::unnamed_log);
}

TEST_CASE("a log that names itself twice is not followed") {
  reader log;
  log.begin();
  CHECK(log.read(a_log()) == errc::unnamed_log);
}

TEST_CASE("another log than the node knows is not followed") {
  reader other{compaction::never, {.log = a_log(9).log, .applied = log_offset{3}}};
  CHECK(other.read(a_log(10)) == errc::other_log);
  reader same{compaction::never, {.log = a_log(9).log, .applied = log_offset{3}}};
  CHECK_FALSE(same.read(a_log(9)));
}

TEST_CASE("a log that ends before what was acted on is not followed") {
  const followed_before known{.log = a_log().log, .applied = log_offset{3}};
  reader log{compaction::never, known};
  log.begin();
  CHECK(log.follower.reached_end(log_offset{4}).has_value());
  CHECK(log.follower.reached_end(log_offset{3}).error().code == errc::shortened);
}

TEST_CASE("a record at or before the last one stops the reader") {
  reader log;
  log.begin();
  CHECK(log.read(log_offset{3}, a_claim()) == errc::out_of_order);
  CHECK(log.read(log_offset{1}, a_claim()) == errc::out_of_order);
}

TEST_CASE("a record whose writer had not read the one before it stops the reader") {
  for (const auto may : {compaction::never, compaction::possible}) {
    reader log{may};
    log.begin();
    CHECK(log.read(log_offset{4}, log_offset{2}, a_claim()) == errc::broken_chain);
    CHECK_MESSAGE(log.read(log_offset{9}, log_offset{9}, a_claim()) == errc::broken_chain,
                  "nobody has read his own record before he wrote it");
  }
}

TEST_CASE("a record that is gone is noticed, unless compaction may have taken it") {
  reader strict;
  strict.begin();
  CHECK(strict.read(log_offset{9}, log_offset{7}, a_claim()) == errc::broken_chain);
  reader lenient{compaction::possible};
  lenient.begin();
  CHECK_FALSE(lenient.read(log_offset{9}, log_offset{7}, a_claim()));
}

TEST_CASE("offsets may be left out as long as the chain is whole") {
  reader log;
  log.begin();
  CHECK_FALSE(log.read(log_offset{90}, log_offset{3}, a_complete(at(2, 2))));
}

TEST_CASE("a Complete of another generation than the last Assign's stops the reader") {
  reader log;
  log.begin();
  CHECK_FALSE(log.read(an_assign(at(2, 1))));
  CHECK(log.read(a_complete(at(2, 2))) == errc::foreign_complete);
  CHECK(log.read(a_complete(at(9, 2))) == errc::foreign_complete);
  reader early;
  REQUIRE_FALSE(early.read(a_log()));
  CHECK_MESSAGE(early.read(a_complete(at(2, 1))) == errc::foreign_complete, "no Assign at all");
}

TEST_CASE("a Complete that leaves out a number, or repeats one, stops the reader") {
  for (const auto wrong : {0U, 1U, 3U}) {
    reader log;
    log.begin();
    CHECK(log.read(a_complete(at(2, wrong))) == errc::epoch_gap);
  }
}

TEST_CASE("an Assign that does not stand on the last Complete stops the reader") {
  for (const auto wrong : {at(0, 0), at(2, 2), at(1, 1)}) {
    reader log;
    log.begin();
    CHECK(log.read(an_assign(wrong)) == errc::wrong_from);
  }
}

TEST_CASE("a Reset alone may stand on less, and numbers go on from there") {
  reader log;
  log.begin();
  REQUIRE_FALSE(log.read(a_complete(at(2, 2))));
  CHECK_FALSE(log.read(a_reset(at(2, 1))));
  CHECK(log.follower.stood_on() == at(2, 1));
  CHECK(log.follower.generation() == generation{5});
  CHECK_FALSE(log.follower.complete().has_value());
  CHECK(log.read(a_complete(at(2, 2))) == errc::foreign_complete);
  CHECK_FALSE(log.read(a_complete(at(5, 2))));
}

TEST_CASE("over a hole of compaction numbers may jump, but never back") {
  reader log{compaction::possible};
  REQUIRE_FALSE(log.read(a_log()));
  CHECK_FALSE_MESSAGE(log.read(log_offset{10}, log_offset{9}, a_complete(at(5, 7))),
                      "its Assign was superseded by the next record");
  CHECK_FALSE(log.read(log_offset{12}, log_offset{10}, an_assign(at(5, 7))));
  CHECK_FALSE(log.read(log_offset{20}, log_offset{18}, a_complete(at(12, 11))));
  CHECK(log.read(log_offset{30}, log_offset{29}, a_complete(at(12, 11))) == errc::epoch_gap);
  CHECK(log.read(log_offset{30}, log_offset{29}, a_complete(at(5, 12))) == errc::foreign_complete);
  CHECK(log.read(log_offset{30}, log_offset{29}, an_assign(at(12, 10))) == errc::wrong_from);
  CHECK_FALSE(log.read(log_offset{30}, log_offset{29}, an_assign(at(12, 15))));
}

TEST_CASE("behind a hole it takes an Assign or a Complete to know exactly again") {
  reader log{compaction::possible};
  REQUIRE_FALSE(log.read(a_log()));
  REQUIRE_FALSE(log.read(log_offset{70}, log_offset{68}, a_claim()));
  CHECK_FALSE_MESSAGE(log.read(log_offset{72}, an_assign(at(66, 2))),
                      "the Complete that it stands on has been superseded by a later one");
  CHECK(log.read(an_assign(at(66, 3))) == errc::wrong_from);
  CHECK(log.read(a_complete(at(72, 4))) == errc::epoch_gap);
  CHECK_FALSE(log.read(a_complete(at(72, 3))));
}

TEST_CASE("a broken rule is final for what was read: nothing of the record counts") {
  reader log;
  log.begin();
  CHECK(log.read(an_assign(at(2, 2))) == errc::wrong_from);
  CHECK(log.follower.generation() == generation{2});
  CHECK(log.follower.last() == log_offset{3});
}

TEST_CASE("every error has a name of its own, and a message that says where and what to do") {
  reader log;
  log.begin();
  const auto done =
      log.follower.read({.at = log_offset{4}, .after = log_offset{3}, .what = an_assign(at(2, 9))});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message ==
        "control log, offset 4: an Assign stands on (2,9), but (2,1) was complete; nothing was "
        "changed; look at the log before anything is started again");
  CHECK(to_text(errc::wrong_from) == "wrong_from");
}

}  // namespace
}  // namespace aisle::control
