// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/control/log_history.hpp"
#include "tests/control/records.hpp"
#include "tests/control/scribe.hpp"

/// What every implementation of control_log has to do, whatever it is made of.
namespace aisle::control::laws {

/// An Assign of this many shards has about 3 MB: more than Kafka lets through by default.
inline constexpr std::uint32_t shards_of_the_large = 60'000;

/// Something durable that any number of objects read and write.
class kept_log {
 public:
  kept_log() = default;
  kept_log(const kept_log&) = delete;
  kept_log& operator=(const kept_log&) = delete;
  virtual ~kept_log() = default;
  /// Another process' view of the same log, or another term's.
  [[nodiscard]] virtual std::unique_ptr<control_log> open() = 0;
  /// What keeps the log stops and starts. Precondition: no object is open.
  virtual void restart() = 0;
};

/// Another reader of it, which is shown all that is durable now.
inline std::unique_ptr<control_log> up_to_date(kept_log& log) {
  auto reader = log.open();
  const auto end = reader->end();
  REQUIRE_MESSAGE(end.has_value(), (end ? "" : end.error().message));
  return reader;
}

/// Everything in it, through an object of its own.
inline std::vector<log_entry> all_of(kept_log& log) {
  auto all = up_to_date(log)->read(log_offset{0}, 100'000);
  REQUIRE_MESSAGE(all.has_value(), (all ? "" : all.error().message));
  return *std::move(all);
}

inline void take_over(scribe& by) {
  const auto taken = by.take_over();
  REQUIRE_MESSAGE(taken.has_value(), (taken ? "" : taken.error().message));
}
inline log_offset write(scribe& by) {
  const auto at = by.write();
  REQUIRE(at.has_value());
  return *at;
}

inline void nothing_is_read_from_an_empty_log(kept_log& log) {
  const auto one = log.open();
  CHECK(one->read(log_offset{0}, 10).value().empty());
  CHECK(one->end().value() == log_offset{0});
}

inline void what_is_appended_another_reads(kept_log& log) {
  const auto one = log.open();
  REQUIRE(one->fence().has_value());
  const auto named = one->append(a_log(), before_the_log);
  REQUIRE(named.has_value());
  const auto assigned = one->append(an_assign(), *named);
  REQUIRE(assigned.has_value());
  CHECK(*assigned > *named);

  const auto other = log.open();
  CHECK(other->end().value() > *assigned);
  const auto both = other->read(log_offset{0}, 10).value();
  REQUIRE(both.size() == 2);
  CHECK((both[0] == log_entry{.at = *named, .after = before_the_log, .what = a_log()}));
  CHECK((both[1] == log_entry{.at = *assigned, .after = *named, .what = an_assign()}));
}

inline void reading_begins_anywhere_and_counts(kept_log& log) {
  const auto one = log.open();
  scribe writer{*one, incarnation{1}};
  take_over(writer);
  std::vector<log_offset> at;
  while (at.size() < 6)
    at.push_back(write(writer));
  const auto other = up_to_date(log);
  CHECK(other->read(at[1].next(), 1).value().at(0).at == at[2]);
  CHECK(other->read(at[4], 100).value().size() == 2);
  CHECK(other->read(at[0], 3).value().size() == 3);
  CHECK(other->read(at[5].next(), 100).value().empty());
  CHECK(other->read(other->end().value(), 100).value().empty());
  CHECK(other->read(at[5], 0).value().empty());
}

inline void a_reader_goes_on_where_it_was(kept_log& log) {
  const auto one = log.open();
  const auto reader = log.open();
  scribe writer{*one, incarnation{1}};
  take_over(writer);
  log_follower follower{compaction::never, {}};
  for (int i = 0; i < 10; ++i) {
    const auto at = write(writer);
    REQUIRE(reader->end().value() > at);
    const auto more = reader->read(follower.next(), 10).value();
    REQUIRE(more.size() == 1);
    CHECK(follower.read(more[0]).has_value());
    CHECK(follower.last() == at);
  }
  CHECK(follower.reached_end(reader->end().value()).has_value());
}

inline void who_was_fenced_appends_nothing(kept_log& log) {
  const auto first = log.open();
  scribe old{*first, incarnation{1}};
  take_over(old);
  for (int i = 0; i < 4; ++i)
    write(old);

  const auto second = log.open();
  scribe now{*second, incarnation{2}};
  take_over(now);
  CHECK(now.follower().last() == old.follower().last());
  CHECK(old.write() == std::unexpected{append_failure::fenced});
  write(now);

  log_history history;
  history.add(old.attempts());
  history.add(now.attempts());
  CHECK(history.wrong_with(all_of(log)) == "");
}

inline void of_holders_that_race_only_the_last_one_writes(kept_log& log) {
  std::mt19937_64 chance{7};
  std::vector<std::unique_ptr<control_log>> logs;
  std::vector<scribe> scribes;
  std::vector<bool> failed;
  for (int step = 0; step < 40; ++step) {
    if (scribes.empty() || chance() % 4 == 0) {
      logs.push_back(log.open());
      scribes.emplace_back(*logs.back(), incarnation{scribes.size() + 1});
      failed.push_back(false);
      take_over(scribes.back());
      continue;
    }
    const auto who = chance() % 3 == 0 ? chance() % scribes.size() : scribes.size() - 1;
    if (failed[who]) continue;
    const bool wrote = scribes[who].write().has_value();
    failed[who] = !wrote;
    CHECK(wrote == (who + 1 == scribes.size()));
  }
  log_history history;
  for (const auto& each : scribes)
    history.add(each.attempts());
  CHECK(history.failed(append_failure::fenced) > 1);
  CHECK(history.wrong_with(all_of(log)) == "");
}

inline void a_restart_changes_nothing(kept_log& log) {
  log_history history;
  const auto write_some = [&](std::uint64_t self) {
    const auto one = log.open();
    scribe writer{*one, incarnation{self}};
    take_over(writer);
    for (int i = 0; i < 4; ++i)
      write(writer);
    history.add(writer.attempts());
    return writer.follower().last();
  };
  const auto last = write_some(1);
  history.saw(all_of(log));
  log.restart();
  CHECK(log.open()->end().value() > last);
  CHECK(write_some(2) > last);
  CHECK(history.wrong_with(all_of(log)) == "");
}

inline void a_large_record_comes_back_whole(kept_log& log) {
  const auto one = log.open();
  REQUIRE(one->fence().has_value());
  const auto named = one->append(a_log(), before_the_log);
  REQUIRE(named.has_value());
  auto large = an_assign();
  large.shards.clear();
  for (std::uint32_t i = 0; i < shards_of_the_large; ++i) {
    large.shards.push_back(
        {.shard = {.kind = shard_kind::stage, .of = std::string(40, 's'), .number = i},
         .owner = member_index{0},
         .required = {member_index{0}, member_index{1}}});
  }
  const auto at = one->append(large, *named);
  REQUIRE(at.has_value());
  const auto read = up_to_date(log)->read(*at, 1).value();
  REQUIRE(read.size() == 1);
  CHECK((read[0].what == record{large}));
}

struct law {
  const char* name;
  void (*holds)(kept_log&);
};
inline constexpr std::array all{
    law{"nothing is read from an empty log", nothing_is_read_from_an_empty_log},
    law{"what is appended, another reads", what_is_appended_another_reads},
    law{"reading begins anywhere, and counts", reading_begins_anywhere_and_counts},
    law{"a reader goes on where it was", a_reader_goes_on_where_it_was},
    law{"who was fenced appends nothing", who_was_fenced_appends_nothing},
    law{"of holders that race only the last one writes",
        of_holders_that_race_only_the_last_one_writes},
    law{"a restart changes nothing", a_restart_changes_nothing},
    law{"a large record comes back whole", a_large_record_comes_back_whole},
};

/// Each law on a log of its own.
inline void hold_for(const std::function<std::unique_ptr<kept_log>()>& make) {
  for (const auto& each : all) {
    INFO(each.name);
    const auto log = make();
    each.holds(*log);
  }
}

}  // namespace aisle::control::laws
