// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/ingest.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "tests/flow/rows.hpp"
#include "tests/flow/visits.hpp"

namespace aisle::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

struct fixed_clock final : base::clock {
  base::event_time time;
  [[nodiscard]] base::event_time now() const override { return time; }
};

struct setting {
  std::uint32_t partitions = 1;
  std::uint32_t shards = 1;
  base::duration disorder{0};
  /// The stage reads the lines too, as a second stream, keyed by the part.
  bool lines = false;
  /// Nobody in the stage takes anything of them.
  bool lines_are_read = true;
  /// Lanes of each sink that takes dead letters.
  std::vector<std::uint32_t> letter_sinks{2};
  std::optional<base::duration> ahead{};
  const base::clock* clock = nullptr;
};

ingest_options options_of(const setting& with) {
  ingest_options options;
  options.source = "visits";
  options.contract = visit_contract();
  options.disorder = with.disorder;
  options.ahead = with.ahead;
  options.clock = with.clock;
  options.partitions = with.partitions;
  options.targets = with.shards;
  options.routes.push_back({.rows = record::row_kind::record,
                            .stream = 0,
                            .key = {key_place},
                            .first_target = 0,
                            .shards = with.shards});
  if (with.lines) {
    options.routes.push_back({.rows = record::row_kind::line,
                              .stream = 1,
                              .key = {part_place_of_line},
                              .first_target = 0,
                              .shards = with.shards,
                              .is_read = with.lines_are_read});
  }
  for (std::uint32_t p = 0; p < with.partitions; ++p) {
    auto& channels = options.channels.emplace_back();
    for (std::uint32_t t = 0; t < with.shards; ++t) {
      channels.emplace_back(t * with.partitions + p);
    }
  }
  for (const auto lanes : with.letter_sinks) {
    options.dead_letter_sinks.push_back({.first = options.lanes.size(), .count = lanes});
    options.lanes.resize(options.lanes.size() + lanes);
  }
  return options;
}

/// An ingest whose records are numbered as they come, and everything it ever asked to be sent.
class reader {
 public:
  explicit reader(const setting& with)
      : in{options_of(with), record::make_json_decoder(*visit_contract())} {}

  void take(const visit& v) { take_raw(to_json(v)); }
  void take_raw(std::string raw) {
    raw.append(64, '\0');
    in.take(std::string_view{raw}.substr(0, raw.size() - 64), base::offset{next_offset_++});
  }
  /// What it asked for since the last call.
  std::vector<ingest::addressed> sent() { return std::exchange(in.messages(), {}); }
  std::string letters() {
    std::string all;
    for (auto& [lane, message] : std::exchange(in.lines(), {})) {
      all += message.lines;
    }
    return all;
  }

  ingest in;

 private:
  std::int64_t next_offset_ = 0;
};

visit numbered(std::int64_t number, std::int64_t at_ms, std::string key = "a") {
  return {.id = std::to_string(number), .at_ms = at_ms, .key = std::move(key), .amount = number};
}

std::size_t rows_in(const std::vector<ingest::addressed>& messages) {
  std::size_t rows = 0;
  for (const auto& [target, message] : messages) {
    rows += message.rows.size();
  }
  return rows;
}

void check_sums(const source_counts& counts) {
  CHECK(counts.read == counts.accepted + counts.rejected + counts.duplicate);
}

TEST_CASE("every record is accepted, rejected or a duplicate, and counted once") {
  std::mt19937_64 chance{1};
  reader reader{{.partitions = 3, .shards = 4, .disorder = minutes{1}}};
  source_counts wanted;
  std::set<std::string> known;
  for (std::int64_t i = 0; i < 2'000; ++i) {
    ++wanted.read;
    switch (chance() % 6) {
      case 0:
        reader.take_raw("{\"id\":");
        ++wanted.rejected;
        break;
      case 1:
        reader.take_raw(R"({"id":"x","at":5})");
        ++wanted.rejected;
        break;
      case 2:
        reader.in.refuse("too long", base::offset{-1}, base::partition_id{0},
                         {record::reject_code::too_large, {}, "t"});
        ++wanted.rejected;
        break;
      default: {
        const auto id = std::to_string(chance() % 500);
        // The key decides the partition, and repeats are known by partition: one key for one id.
        reader.take({.id = id, .at_ms = i * 100, .key = "k" + std::to_string(id.size() % 2)});
        ++(known.insert(id).second ? wanted.accepted : wanted.duplicate);
      }
    }
    reader.in.flush(false);
  }
  CHECK(reader.in.counts() == wanted);
  check_sums(reader.in.counts());
  CHECK(reader.in.counts().duplicate > 100);
  CHECK(reader.in.counts().rejected > 100);
}

TEST_CASE("an event is seen at its time, or at the partition's watermark when it comes later") {
  reader reader{{.disorder = milliseconds{100}}};
  // Time, and when it is seen: the watermark is the highest time before it, less the disorder.
  const std::vector<std::pair<std::int64_t, std::int64_t>> life{
      {1000, 1000}, {950, 950}, {900, 900}, {899, 900}, {10, 900}, {2000, 2000}, {1500, 1900}};
  for (std::size_t i = 0; i < life.size(); ++i) {
    reader.take(numbered(static_cast<std::int64_t>(i), life[i].first));
  }
  reader.in.flush(true);
  const auto sent = reader.sent();
  REQUIRE(sent.size() == 1);
  const auto& rows = sent[0].message.rows;
  REQUIRE(rows.size() == life.size());
  for (std::size_t i = 0; i < life.size(); ++i) {
    CHECK(rows[i].head->at == at(life[i].first));
    CHECK(rows[i].head->seen == at(life[i].second));
    CHECK(rows[i].head->position.offset == base::offset{static_cast<std::int64_t>(i)});
  }
  CHECK(sent[0].message.watermark == at(1900));
  CHECK(reader.in.highest() == at(2000));
}

TEST_CASE("no row is seen before a watermark its channel was told, and none goes back") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance{seed};
    reader reader{{.partitions = 3, .shards = 4, .disorder = milliseconds{50}, .lines = true}};
    std::map<channel, base::event_time> told;
    std::map<channel, base::sequence> last;
    const auto look = [&] {
      for (auto& [target, message] : reader.sent()) {
        CHECK(message.sequence == last[message.channel].next());
        last[message.channel] = message.sequence;
        auto [mark, fresh] = told.try_emplace(message.channel, base::beginning_of_time);
        for (std::size_t i = 0; i < message.rows.size(); ++i) {
          REQUIRE(message.rows[i].head->seen >= mark->second);
        }
        if (message.watermark) {
          REQUIRE(*message.watermark >= mark->second);
          mark->second = *message.watermark;
        }
        if (!message.free) {
          reader.in.give(base::partition_id{message.channel.get() % 3}, target, 1);
        }
      }
    };
    for (std::int64_t i = 0; i < 500; ++i) {
      auto v = numbered(i, i * 10 - static_cast<std::int64_t>(chance() % 200),
                        "k" + std::to_string(chance() % 9));
      for (auto parts = chance() % 3; parts > 0; --parts) {
        v.parts.push_back("p" + std::to_string(chance() % 9));
      }
      reader.take(v);
      if (chance() % 5 == 0) {
        reader.in.flush(chance() % 2 == 0);
      }
      if (chance() % 100 == 0) {
        reader.in.barrier(base::epoch{1});
      }
      look();
    }
    reader.in.end();
    look();
  }
}

TEST_CASE("an event goes to the shard its key belongs to, and bears its hash") {
  constexpr std::uint32_t shards = 5;
  reader reader{{.shards = shards}};
  std::map<std::int64_t, std::string> keys;
  for (std::int64_t i = 0; i < 300; ++i) {
    keys[i] = "key " + std::to_string(i);
    reader.take(numbered(i, i, keys[i]));
  }
  reader.in.flush(true);
  std::set<std::uint32_t> reached;
  std::size_t rows = 0;
  for (const auto& [target, message] : reader.sent()) {
    reached.insert(target);
    for (std::size_t i = 0; i < message.rows.size(); ++i, ++rows) {
      const auto event = message.rows[i];
      const auto amount = expr::load(event.row, amount_place, {base::kind::integer}).as_integer();
      const auto hash = base::hash64(keys[amount]);
      CHECK(event.head->key_hash == hash);
      CHECK(base::shard_of(base::slot_of(hash), shards) == base::shard_id{target});
    }
  }
  CHECK(rows == 300);
  CHECK(reached.size() == shards);
}

TEST_CASE("all records of a partition key fall into one partition, which their positions name") {
  reader reader{{.partitions = 4}};
  for (std::int64_t i = 0; i < 200; ++i) {
    reader.take(numbered(i, i, "k" + std::to_string(i % 20)));
  }
  reader.in.flush(true);
  std::map<std::string, std::set<base::partition_id>> by_key;
  for (const auto& [target, message] : reader.sent()) {
    for (std::size_t i = 0; i < message.rows.size(); ++i) {
      const auto event = message.rows[i];
      const auto key = expr::load(event.row, key_place, {base::kind::string}).as_string();
      by_key[std::string{key}].insert(event.head->position.partition);
      CHECK(event.head->position.partition == base::partition_id{message.channel.get()});
    }
  }
  CHECK(by_key.size() == 20);
  std::set<base::partition_id> used;
  for (const auto& [key, partitions] : by_key) {
    CHECK(partitions.size() == 1);
    used.insert(partitions.begin(), partitions.end());
  }
  CHECK(used.size() == 4);
}

TEST_CASE("each line of a record is an event of its own, in the order of the lines") {
  reader reader{{.lines = true}};
  auto v = numbered(7, 1000);
  v.parts = {"x", "y", "z"};
  reader.take(v);
  reader.take(numbered(8, 1001));
  reader.in.flush(true);
  const auto sent = reader.sent();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].message.stream == 0);
  CHECK(sent[0].message.rows.size() == 2);
  CHECK(sent[1].message.stream == 1);
  const auto& lines = sent[1].message.rows;
  REQUIRE(lines.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(lines[i].head->position.item == i);
    CHECK(expr::load(lines[i].row, part_place_of_line, {base::kind::string}).as_string() ==
          v.parts[i]);
    CHECK(expr::load(lines[i].row, key_place_of_line, {base::kind::string}).as_string() == "a");
  }
}

TEST_CASE("rows that nobody reads are not sent: their number is, once, with what is sent next") {
  reader reader{{.lines = true, .lines_are_read = false}};
  auto v = numbered(7, 1000);
  v.parts = {"x", "y", "z"};
  reader.take(v);
  reader.in.flush(true);
  auto sent = reader.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].message.stream == 0);
  CHECK(sent[0].message.rows.size() == 1);
  CHECK(sent[0].message.unread == 3);
  v = numbered(8, 1001);
  v.parts = {"x", "y"};
  reader.take(v);
  reader.in.barrier(base::epoch{1});
  reader.in.barrier(base::epoch{2});
  std::uint64_t unread = 0;
  for (const auto& [target, message] : reader.sent()) {
    unread += message.unread;
    CHECK((message.barrier != base::epoch{2} || message.unread == 0));
  }
  CHECK(unread == 2);
}

TEST_CASE("a watermark is told only behind the last row it speaks for") {
  reader reader{{.lines = true}};
  auto v = numbered(7, 1000);
  v.parts = {"x"};
  reader.take(v);
  reader.in.flush(true);
  auto sent = reader.sent();
  REQUIRE(sent.size() == 2);
  CHECK_FALSE(sent[0].message.watermark.has_value());
  CHECK(sent[1].message.watermark == at(1000));
}

TEST_CASE("a barrier takes along what is left, whatever the credit, and stands behind all of it") {
  reader reader{{.partitions = 2, .shards = 3, .lines = true}};
  std::size_t rows = 0;
  for (std::int64_t i = 0; i < 9'000 && reader.in.wants_records(); ++i) {
    auto v = numbered(i, i, "k" + std::to_string(i % 40));
    v.parts = {"p" + std::to_string(i % 30)};
    reader.take(v);
    rows += 2;
  }
  REQUIRE_FALSE(reader.in.wants_records());
  CHECK(reader.in.records_since_barrier() == rows / 2);
  reader.in.barrier(base::epoch{1});
  CHECK(reader.in.records_since_barrier() == 0);
  CHECK(reader.in.wants_records());
  const auto sent = reader.sent();
  CHECK(rows_in(sent) == rows);
  std::map<channel, int> barriers;
  for (const auto& [target, message] : sent) {
    CHECK_MESSAGE(barriers[message.channel] == 0, "nothing stands behind the barrier");
    barriers[message.channel] += message.barrier ? 1 : 0;
    CHECK_FALSE(message.end.has_value());
    CHECK_MESSAGE(message.free == message.rows.empty(),
                  "rows are owed for, a barrier alone is not");
    CHECK((!message.barrier || *message.barrier == base::epoch{1}));
  }
  CHECK(barriers.size() == 6);
  CHECK(std::ranges::all_of(barriers, [](const auto& b) { return b.second == 1; }));
}

/// Records taken until none are wanted any more, all of one key.
std::int64_t fill(reader& reader, std::int64_t& number) {
  const auto first = number;
  for (; reader.in.wants_records(); ++number) {
    REQUIRE(number - first < 100'000);
    reader.take(numbered(number, number));
  }
  return number - first;
}

TEST_CASE("barriers do not let a reader run ahead: what they take along is owed") {
  reader reader{setting{}};
  std::int64_t number = 0;
  std::size_t rows = 0;
  for (std::uint64_t n = 1; n <= 100; ++n) {
    fill(reader, number);
    reader.in.barrier(base::epoch{n});
    rows += rows_in(reader.sent());
  }
  CHECK(rows <= (channel_credit + 1) * batch_rows_max);

  // One message given back pays the debt; a second one is a batch of its own again.
  REQUIRE_FALSE(reader.in.wants_records());
  reader.in.give(base::partition_id{0}, 0, 1);
  CHECK(reader.in.wants_records());
  CHECK(fill(reader, number) == batch_rows_max);
}

TEST_CASE("a reader that is asked for more wants records at once, without a flush") {
  reader reader{setting{}};
  std::int64_t number = 0;
  fill(reader, number);
  reader.sent();
  reader.in.give(base::partition_id{0}, 0, 1);
  CHECK(reader.in.wants_records());
  CHECK(rows_in(reader.sent()) == batch_rows_max);
}

TEST_CASE("the end takes along what is left and tells the highest event time of its partition") {
  reader reader{{.partitions = 2, .disorder = minutes{5}}};
  reader.take(numbered(1, 70'000, "k1"));
  reader.take(numbered(2, 60'000, "k1"));
  reader.in.end();
  std::vector<base::event_time> ends;
  const auto sent = reader.sent();
  for (const auto& [target, message] : sent) {
    REQUIRE(message.end.has_value());
    ends.push_back(*message.end);
  }
  std::ranges::sort(ends);
  CHECK(ends == std::vector{base::beginning_of_time, at(70'000)});
  CHECK(rows_in(sent) == 2);
}

TEST_CASE("a reader stops when a batch is full and its shard has not asked for more") {
  reader reader{setting{}};
  std::int64_t taken = 0;
  while (reader.in.wants_records()) {
    reader.take(numbered(taken, taken));
    ++taken;
    REQUIRE(taken < 100'000);
  }
  // Full batches under way, and one more that waits.
  const auto messages = channel_credit - channel_credit_kept;
  CHECK(taken == static_cast<std::int64_t>((messages + 1) * batch_rows_max));
  auto sent = reader.sent();
  CHECK(sent.size() == messages);

  reader.in.flush(true);
  CHECK(reader.sent().empty());
  CHECK_FALSE(reader.in.wants_records());

  reader.in.give(base::partition_id{0}, 0, 1);
  reader.in.flush(true);
  CHECK(reader.sent().size() == 1);
  CHECK(reader.in.wants_records());
}

TEST_CASE("a record of many lines may overfill a batch, and then reading stops") {
  reader reader{{.lines = true}};
  auto v = numbered(0, 0);
  v.parts.assign(9'000, "p");
  std::int64_t taken = 0;
  std::size_t sent = 0;
  for (; reader.in.wants_records(); ++taken) {
    REQUIRE(taken < 10);
    v.id = std::to_string(taken);
    reader.take(v);
    sent += rows_in(reader.sent());
  }
  CHECK(taken == 1);
  reader.in.give(base::partition_id{0}, 0, channel_credit - channel_credit_kept);
  reader.in.flush(true);
  CHECK(reader.in.wants_records());
  CHECK(sent + rows_in(reader.sent()) == 9'001);
}

TEST_CASE("a watermark passes where rows have no credit left") {
  reader reader{{.shards = 2}};
  // Shard 0 gives nothing back; its rows are used up by full batches.
  std::string to_first;
  std::string to_second;
  for (int i = 0; to_first.empty() || to_second.empty(); ++i) {
    const auto key = "k" + std::to_string(i);
    (base::shard_of(base::slot_of(base::hash64(key)), 2).get() == 0 ? to_first : to_second) = key;
  }
  std::int64_t i = 0;
  for (; i < static_cast<std::int64_t>(6 * batch_rows_max); ++i) {
    reader.take(numbered(i, i, to_first));
  }
  CHECK(reader.sent().size() == 6);
  for (int advance = 0; advance < 3; ++advance, ++i) {
    reader.take(numbered(i, i, to_second));
    reader.in.flush(true);
    std::size_t marks = 0;
    for (const auto& [target, message] : reader.sent()) {
      if (target == 0) {
        CHECK(message.rows.empty());
        CHECK(message.watermark == at(i));
        ++marks;
      } else {
        reader.in.give(base::partition_id{0}, 1, 1);
      }
    }
    CHECK(marks == (advance < static_cast<int>(channel_credit_kept) ? 1 : 0));
  }
}

TEST_CASE("rows go at once where nothing is under way, and wait for company where something is") {
  reader reader{{.shards = 1}};
  reader.take(numbered(1, 1));
  reader.in.flush(false);
  CHECK(rows_in(reader.sent()) == 1);
  reader.take(numbered(2, 2));
  reader.in.flush(false);
  CHECK(reader.sent().empty());
  reader.in.give(base::partition_id{0}, 0, 1);
  reader.take(numbered(3, 3));
  reader.in.flush(false);
  CHECK(rows_in(reader.sent()) == 2);
  reader.take(numbered(4, 4));
  reader.in.flush(true);
  CHECK(rows_in(reader.sent()) == 1);
}

TEST_CASE("a duplicate moves nothing: no row, no watermark") {
  reader reader{setting{}};
  reader.take(numbered(1, 1000));
  reader.in.flush(true);
  reader.sent();
  reader.take(numbered(1, 5000));
  reader.in.flush(true);
  CHECK(reader.sent().empty());
  CHECK(reader.in.counts().duplicate == 1);
  CHECK(reader.in.highest() == at(1000));
}

TEST_CASE("decimals with too many digits are counted, of records that are accepted") {
  reader reader{setting{}};
  reader.take_raw(R"({"id":"1","at":1,"key":"a","paid":"1.005"})");
  reader.take_raw(R"({"id":"1","at":1,"key":"a","paid":"1.005"})");
  reader.take_raw(R"({"id":"2","at":1,"key":"a","paid":"1.00"})");
  CHECK(reader.in.counts().rounded == 1);
}

TEST_CASE("a refused record is a dead letter with its place, its reason and its bytes") {
  reader reader{setting{}};
  reader.take_raw("{\"id\":\"\xFF\"}");
  reader.in.flush(true);
  CHECK(reader.letters().contains("\"original_base64\":\"eyJpZCI6Iv8ifQ==\""));

  reader.in.refuse("begin", base::offset{17}, base::partition_id{0},
                   {record::reject_code::too_large, {}, "9 bytes, 5 are allowed"});
  reader.in.flush(true);
  CHECK(reader.letters() ==
        R"({"source":"visits","partition":0,"offset":17,"stage":null,"reason":"too_large",)"
        R"("field":null,"message":"9 bytes, 5 are allowed","original":"begin"})"
        "\n");
  CHECK(reader.in.counts().rejected == 2);
  check_sums(reader.in.counts());
}

TEST_CASE("every sink that takes dead letters gets every dead letter") {
  reader reader{{.letter_sinks = {2, 3}}};
  for (std::int64_t i = 0; i < 12; ++i) {
    reader.in.refuse("x", base::offset{i}, base::partition_id{0},
                     {record::reject_code::malformed, {}, ""});
  }
  reader.in.flush(true);
  std::map<std::size_t, std::uint32_t> by_lane;
  for (const auto& [lane, message] : reader.in.lines()) {
    by_lane[lane] += message.records;
  }
  CHECK(by_lane == std::map<std::size_t, std::uint32_t>{{0, 6}, {1, 6}, {2, 4}, {3, 4}, {4, 4}});
}

TEST_CASE("without a sink for them dead letters are counted only") {
  reader reader{{.letter_sinks = {}}};
  reader.take_raw("{");
  reader.in.flush(true);
  CHECK(reader.in.counts().rejected == 1);
  CHECK(reader.in.lines().empty());
}

TEST_CASE("however large the records that are refused, dead letters wait for a barrier in time") {
  reader reader{{.letter_sinks = {1}}};
  const std::string raw(1 << 20, 'x');
  int refused = 0;
  for (; !reader.in.waits_for_barrier(); ++refused) {
    REQUIRE(refused < 1'000);
    reader.in.refuse(raw, base::offset{refused}, base::partition_id{0},
                     {record::reject_code::malformed, {}, ""});
    reader.in.flush(true);
    for (std::size_t i = reader.in.lines().size(); i > 0; --i) {
      reader.in.give_lane(0, 1);
    }
    reader.letters();
  }
  CHECK(refused == static_cast<int>(epoch_letter_bytes_max >> 20));
  CHECK_FALSE(reader.in.wants_records());
  reader.in.barrier(base::epoch{1});
  CHECK(reader.in.wants_records());
}

TEST_CASE("an event time further ahead of the clock than allowed is refused and moves nothing") {
  fixed_clock clock;
  clock.time = at(1'000'000);
  reader reader{{.ahead = minutes{5}, .clock = &clock}};
  reader.take(numbered(1, 1'300'000));
  reader.take(numbered(2, 1'300'001));
  CHECK(reader.in.counts().accepted == 1);
  CHECK(reader.in.counts().rejected == 1);
  CHECK(reader.in.highest() == at(1'300'000));
  reader.in.flush(true);
  CHECK(reader.letters().contains(R"("reason":"ahead","field":"at")"));
  clock.time = at(1'000'001);
  reader.take(numbered(2, 1'300'001));
  CHECK(reader.in.counts().accepted == 2);
  check_sums(reader.in.counts());
}

TEST_CASE("without a bound any event time is taken, however far ahead of the clock") {
  fixed_clock clock;
  reader reader{{.clock = &clock}};
  reader.take(numbered(1, 4'000'000'000'000));
  CHECK(reader.in.counts().accepted == 1);
}

}  // namespace
}  // namespace aisle::flow
