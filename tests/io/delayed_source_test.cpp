// SPDX-License-Identifier: Apache-2.0
// A source whose records name schemas that cannot be had for a while.
#include <map>

#include <doctest/doctest.h>

#include "runtime/io/source.hpp"

namespace aisle::io {
namespace {

using base::offset;
using base::partition_id;

constexpr std::string_view contract_yaml = R"(
apiVersion: v3.1.0
kind: DataContract
name: reading
version: 1.0.0
schema:
  - properties:
      - {name: at, logicalType: timestamp, required: true, eventTime: true,
         logicalTypeOptions: {format: epoch_ms}}
      - {name: key, logicalType: string, required: true}
)";

std::shared_ptr<const record::contract> contract() {
  static const auto made = [] {
    auto parsed = record::parse_contract(contract_yaml, "reading.yaml");
    REQUIRE(parsed.has_value());
    return std::make_shared<const record::contract>(std::move(*parsed));
  }();
  return made;
}

/// Schema 1 is known, 2 is known to be unknown, as long as the registry is up.
struct registry final : record::schema_source {
  std::expected<std::string, record::no_schema> find(std::uint32_t id) override {
    if (!up) {
      return std::unexpected{
          record::no_schema{record::schema_absence::unavailable, "the registry is out of reach"}};
    }
    if (id != 1) {
      return std::unexpected{
          record::no_schema{record::schema_absence::not_there, "no such schema"}};
    }
    return R"({"type":"record","name":"R","fields":[{"name":"at","type":"int"},
              {"name":"key","type":"string"}]})";
  }
  bool up = false;
};

/// A record of schema `id`: at 1 ms × `at`, of key `k`.
std::string framed(char id, char at) {
  return std::string{'\0', '\0', '\0', '\0', id} + static_cast<char>(2 * at) + "\x02k";
}

/// A log of two partitions, read by turns.
class two_partitions final : public record_reader {
 public:
  explicit two_partitions(std::vector<std::string> records) : records_{std::move(records)} {}

  result<reading> next(raw_record& into) override {
    while (turn_ < records_.size() && turn_ / 2 < next_[turn_ % 2]) {
      ++turn_;
    }
    if (turn_ >= records_.size()) {
      return reading::caught_up;
    }
    const auto partition = turn_ % 2;
    last_ = records_[turn_];
    into = {.bytes = last_,
            .ordinal = offset{static_cast<std::int64_t>(turn_ / 2)},
            .length = last_.size(),
            .partition = partition_id{static_cast<std::uint32_t>(partition)}};
    next_[partition] = turn_ / 2 + 1;
    ++turn_;
    return reading::record;
  }
  std::uint32_t partitions() const override { return 2; }
  read_position position(partition_id of) const override {
    return {.partition = of, .ordinal = offset{static_cast<std::int64_t>(next_[of.get()])}};
  }
  result<void> seek(const read_position& to) override {
    next_[to.partition.get()] = static_cast<std::size_t>(to.ordinal.get());
    turn_ = 0;
    return {};
  }
  std::optional<backlog> behind(partition_id of) const override {
    const auto all = (records_.size() + 1 - of.get()) / 2;
    return backlog{.bytes = all - std::min(all, next_[of.get()]), .records = std::nullopt};
  }

 private:
  std::vector<std::string> records_;
  std::string last_;
  std::array<std::size_t, 2> next_{};
  std::size_t turn_ = 0;
};

/// A source of such a log with one shard behind it.
struct followed {
  explicit followed(std::vector<std::string> records)
      : of{std::make_unique<two_partitions>(std::move(records)), ingest()} {
    of.keep_track();
  }

  flow::ingest ingest() const {
    flow::ingest_options options;
    options.source = "readings";
    options.contract = contract();
    options.idle_after = base::duration{1000};
    options.partitions = 2;
    options.targets = 1;
    options.routes.push_back({.key = {1}});
    options.channels = {{flow::channel{0}}, {flow::channel{1}}};
    auto decoder =
        record::make_decoder(*contract(), {.format = record::format::avro, .schemas = schemas});
    REQUIRE(decoder.has_value());
    return {std::move(options), std::move(*decoder)};
  }

  source_effects read() {
    source_effects effects;
    of.read(100, effects);
    count(effects);
    return effects;
  }
  source_effects barrier(std::uint64_t n, base::duration now) {
    source_effects effects;
    of.start(base::epoch{n}, now, effects);
    count(effects);
    return effects;
  }
  void count(const source_effects& effects) {
    for (const auto& [target, message] : effects.messages) {
      for (std::size_t i = 0; i < message.rows.size(); ++i) {
        times.push_back(message.rows[i].head->at.time_since_epoch().count());
      }
    }
  }

  std::shared_ptr<registry> schemas = std::make_shared<registry>();
  source of;
  /// Event times of all rows that were sent, in order.
  std::vector<std::int64_t> times;
};

using times = std::vector<std::int64_t>;

std::vector<std::string> six_records() {
  return {framed(1, 1), framed(1, 2), framed(1, 3), framed(1, 4), framed(1, 5), framed(1, 6)};
}

TEST_CASE("a record without its schema stops the source, is said once, and goes on in its place") {
  followed one{six_records()};
  const auto stopped = one.read();
  CHECK(stopped.delayed == "the registry is out of reach");
  CHECK(one.of.delayed());
  CHECK(one.of.held_up());
  CHECK_FALSE(one.of.can_read());
  CHECK_FALSE(one.of.caught_up());
  CHECK(one.of.counts().read == 0);
  for (int look = 0; look < 3; ++look) {
    const auto again = one.read();
    CHECK_FALSE(again.delayed.has_value());
    CHECK_FALSE(again.goes_on);
  }
  one.schemas->up = true;
  const auto on = one.read();
  CHECK(on.goes_on);
  CHECK(on.caught_up);
  CHECK_FALSE(one.of.delayed());
  one.barrier(1, base::duration{0});
  CHECK(one.of.counts().read == 6);
  CHECK(one.of.counts().accepted == 6);
  std::ranges::sort(one.times);
  CHECK(one.times == times{1, 2, 3, 4, 5, 6});
}

TEST_CASE("barriers pass a source that waits, and a restart goes on with the record it waits for") {
  followed one{six_records()};
  one.schemas->up = true;
  source_effects first;
  one.of.read(2, first);
  one.count(first);
  one.schemas->up = false;
  // A reader keeps the schemas it has asked for; one that was restarted has none.
  followed two{six_records()};
  const auto cut = one.barrier(1, base::duration{0});
  REQUIRE(cut.delta.has_value());
  REQUIRE(two.of.begin({.facts = cut.delta->facts, .repeats = {{}, {}}}).has_value());
  CHECK(two.read().delayed.has_value());
  const auto waiting = two.barrier(2, base::duration{0});
  CHECK(waiting.cut == base::epoch{2});
  REQUIRE(waiting.delta.has_value());
  CHECK(waiting.counts_at_barrier.read == 2);
  CHECK(waiting.delta->facts.positions[0].ordinal == offset{1});
  CHECK(waiting.delta->facts.positions[1].ordinal == offset{1});

  followed three{six_records()};
  three.schemas->up = true;
  REQUIRE(three.of.begin({.facts = waiting.delta->facts, .repeats = {{}, {}}}).has_value());
  three.read();
  three.barrier(3, base::duration{0});
  auto all = one.times;
  all.insert(all.end(), three.times.begin(), three.times.end());
  std::ranges::sort(all);
  CHECK(all == times{1, 2, 3, 4, 5, 6});
  CHECK(three.of.counts().read == 6);
}

TEST_CASE("a source that waits for a schema is never idle, even at the end of its topic") {
  followed one{{framed(1, 1)}};
  one.read();
  for (std::int64_t now = 0; now < 10'000; now += 500) {
    one.of.observe(base::duration{now});
  }
  const auto cut = one.barrier(1, base::duration{10'000});
  CHECK(cut.idle.empty());
  one.schemas->up = true;
  CHECK(one.read().caught_up);
  for (std::int64_t now = 10'000; now < 13'000; now += 500) {
    one.of.observe(base::duration{now});
  }
  CHECK(one.barrier(2, base::duration{13'000}).idle.size() == 2);
}

TEST_CASE("a schema that nobody knows is a dead letter, and nothing waits for it") {
  followed one{{framed(1, 1), framed(2, 2), framed(1, 3)}};
  one.schemas->up = true;
  CHECK(one.read().caught_up);
  CHECK(one.of.counts().read == 3);
  CHECK(one.of.counts().accepted == 2);
  CHECK(one.of.counts().rejected == 1);
}

TEST_CASE("deletions and tombstones are read and skipped, and every count adds up") {
  flow::ingest_options options;
  options.source = "readings";
  options.contract = contract();
  options.partitions = 2;
  options.targets = 1;
  options.routes.push_back({.key = {1}});
  options.channels = {{flow::channel{0}}, {flow::channel{1}}};
  auto decoder = record::make_decoder(*contract(), {.debezium = true});
  REQUIRE(decoder.has_value());
  source of{std::make_unique<two_partitions>(std::vector<std::string>{
                R"({"op":"c","after":{"at":1,"key":"k"}})", R"({"op":"d","before":{"at":1}})", "",
                R"({"op":"u","after":{"at":"x","key":"k"}})"}),
            {std::move(options), std::move(*decoder)}};
  source_effects effects;
  of.read(100, effects);
  const auto& counts = of.counts();
  CHECK(counts.read == 4);
  CHECK(counts.accepted == 1);
  CHECK(counts.rejected == 1);
  CHECK(counts.skipped == 2);
}

}  // namespace
}  // namespace aisle::io
