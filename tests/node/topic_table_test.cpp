// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/topic_table.hpp"

#include <deque>
#include <optional>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "runtime/base/clock.hpp"
#include "runtime/log/producer.hpp"
#include "runtime/node/open_sources.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/key.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::node {
namespace {

struct entry {
  std::string key;
  /// Nothing: a tombstone.
  std::optional<std::string> value;
};

/// Records that a test hands over, one after the other.
class scripted final : public io::record_reader {
 public:
  explicit scripted(std::deque<entry>& from) : from_{from} {}

  io::result<io::reading> next(io::raw_record& into) override {
    if (broken) {
      return base::fail(io::errc::changed, "the topic is another one");
    }
    if (from_.empty()) {
      return io::reading::caught_up;
    }
    now_ = std::move(from_.front());
    from_.pop_front();
    into = {};
    into.key = now_.key;
    into.bytes = now_.value ? std::string_view{*now_.value} : std::string_view{};
    into.length = into.bytes.size();
    into.tombstone = !now_.value.has_value();
    into.ordinal = base::offset{offset_++};
    return io::reading::record;
  }
  [[nodiscard]] io::read_position position(base::partition_id) const override { return {}; }
  [[nodiscard]] io::result<void> seek(const io::read_position&) override { return {}; }

  bool broken = false;

 private:
  std::deque<entry>& from_;
  entry now_;
  std::int64_t offset_ = 0;
};

std::string row(std::string_view id, int amount) {
  return fmt::format(R"({{"id":"{}","amount":{}}})", id, amount);
}

std::shared_ptr<const record::contract> contract() {
  auto parsed = record::parse_contract(R"(
apiVersion: v3.1.0
kind: DataContract
name: visitor
version: 1.0.0
schema:
  - properties:
      - {name: id, logicalType: string, required: true, primaryKey: true}
      - {name: amount, logicalType: integer, required: true}
)",
                                       "visitor.yaml");
  REQUIRE(parsed.has_value());
  return std::make_shared<const record::contract>(std::move(*parsed));
}

topology::planned_table planned() {
  topology::planned_table table;
  table.name = "visits";
  table.topic = "visits";
  table.contract = contract();
  return table;
}

struct shelf {
  explicit shelf(topology::planned_table of = planned(),
                 std::shared_ptr<record::schema_source> known = {})
      : plan{std::move(of)}, schemas{std::move(known)} {}

  topology::planned_table plan;
  std::shared_ptr<record::schema_source> schemas;
  std::deque<entry> come;
  scripted* reader = nullptr;
  topic_table table = make();

  topic_table make() {
    auto made = std::make_unique<scripted>(come);
    reader = made.get();
    auto decoder = decoder_for(plan, schemas);
    REQUIRE(decoder.has_value());
    return {plan, std::move(made), std::move(*decoder)};
  }
  [[nodiscard]] std::shared_ptr<const table::reference> rows() const {
    const auto now = table.rows();
    REQUIRE(now.has_value());
    return *now;
  }
  [[nodiscard]] bool has(std::string_view id) const {
    std::string key;
    record::encode_key(key, std::vector{base::value::of(id)});
    return rows()->find(key).words != nullptr;
  }
};

TEST_CASE("the newest record of each key is a row, and a tombstone takes it away") {
  shelf s;
  s.come = {{"a", row("a", 1)}, {"b", row("b", 2)}, {"a", row("a", 3)}};
  const auto first = s.table.take();
  CHECK(first.changed);
  CHECK(first.caught_up);
  CHECK(first.remarks.empty());
  CHECK(s.rows()->size() == 2);
  s.come = {{"a", std::nullopt}};
  CHECK(s.table.take().changed);
  CHECK_FALSE(s.has("a"));
  CHECK(s.has("b"));
}

TEST_CASE("what changes nothing is no new version") {
  shelf s;
  s.come = {{"a", row("a", 1)}};
  CHECK(s.table.take().changed);
  CHECK_FALSE(s.table.take().changed);
  s.come = {{"a", row("a", 1)}, {"never", std::nullopt}};
  CHECK_FALSE(s.table.take().changed);
  s.come = {{"a", row("a", 2)}};
  CHECK(s.table.take().changed);
}

TEST_CASE("a record that is no row is told with its place, and the row before it stays") {
  shelf s;
  s.come = {{"a", row("a", 1)}, {"a", "{}"}, {"", row("b", 1)}};
  const auto taken = s.table.take();
  REQUIRE(taken.remarks.size() == 2);
  CHECK(taken.remarks[0].starts_with(
      "table visits: the record at offset 1 of partition 0 of topic visits is no row of contract"));
  CHECK(taken.remarks[1].find("offset 2") != std::string::npos);
  CHECK(taken.remarks[1].find("has no key") != std::string::npos);
  CHECK(s.has("a"));
  CHECK(s.rows()->size() == 1);
}

topology::planned_table of_changes() {
  auto table = planned();
  table.debezium = true;
  table.deletes = record::deletes::key;
  return table;
}

std::string change(std::string_view op, std::string_view after, int at = 1) {
  return fmt::format(R"({{"before":null,"after":{},"op":"{}","ts_ms":{}}})", after, op, at);
}

TEST_CASE("a change that deletes takes the row of its key, with the row as it was or without") {
  shelf s{of_changes()};
  s.come = {{"a", change("c", row("a", 1))},
            {"b", change("r", row("b", 2))},
            {"a", change("u", row("a", 3))},
            {"b", change("d", "null")}};
  const auto taken = s.table.take();
  CHECK(taken.changed);
  CHECK(taken.remarks.empty());
  CHECK(s.rows()->size() == 1);
  CHECK(s.has("a"));
  s.come = {{"b", std::nullopt}};
  CHECK_FALSE(s.table.take().changed);
}

TEST_CASE("the same row in a later change is no new version") {
  shelf s{of_changes()};
  s.come = {{"a", change("c", row("a", 1), 1)}};
  CHECK(s.table.take().changed);
  s.come = {{"a", change("r", row("a", 1), 2)}};
  CHECK_FALSE(s.table.take().changed);
}

TEST_CASE("a table that the database has truncated keeps its rows, and a person hears of it") {
  shelf s{of_changes()};
  s.come = {{"a", change("c", row("a", 1))}, {"*", change("t", "null")}};
  const auto taken = s.table.take();
  REQUIRE(taken.remarks.size() == 1);
  CHECK(taken.remarks[0].find("was truncated") != std::string::npos);
  CHECK(s.has("a"));
}

/// A registry that is away until it is told otherwise.
struct distant final : record::schema_source {
  std::expected<std::string, record::no_schema> find(std::uint32_t id) override {
    if (away) {
      return std::unexpected{record::no_schema{record::schema_absence::unavailable,
                                               fmt::format("nobody knows {} yet", id)}};
    }
    return R"({"type":"record","name":"R","fields":[
      {"name":"id","type":"string"},{"name":"amount","type":"int"}]})";
  }
  bool away = true;
};

TEST_CASE("a record whose schema is out of reach is waited for, and those behind it with it") {
  const auto registry = std::make_shared<distant>();
  auto plan = planned();
  plan.format = topology::format::avro;
  shelf s{plan, registry};
  using namespace std::string_literals;
  // A zigzag number stands for a text's length, and for the amount: 2 is 1, 6 is 3.
  s.come = {{"a", "\0\0\0\0\x7\x2\x61\x6"s}, {"b", "\0\0\0\0\x7\x2\x62\x6"s}};
  const auto first = s.table.take();
  CHECK_FALSE(first.caught_up);
  CHECK(first.remarks == std::vector<std::string>{"table visits waits: nobody knows 7 yet"});
  CHECK(s.table.waits_for() == "nobody knows 7 yet");
  CHECK(s.table.take().remarks.empty());
  registry->away = false;
  const auto then = s.table.take();
  CHECK(then.changed);
  CHECK(then.caught_up);
  CHECK(then.remarks == std::vector<std::string>{"table visits goes on"});
  CHECK(s.table.waits_for().empty());
  CHECK(s.has("a"));
  CHECK(s.has("b"));
}

TEST_CASE("a key that is no text is shown in hexadecimal") {
  shelf s;
  s.come = {{"a", row("a", 1)}, {"\xFF\1", row("a", 2)}};
  CHECK(s.table.take().changed);
  const auto none = s.table.rows();
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().front().message.find("with key 0xff01 brings the row \"a\"") !=
        std::string::npos);
}

TEST_CASE("two keys that bring one row are no table, and the text names both") {
  shelf s;
  s.come = {{"a", row("a", 1)}, {"x", row("a", 2)}};
  CHECK(s.table.take().changed);
  const auto none = s.table.rows();
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().front().message.find("the record with key \"x\" brings the row \"a\"") !=
        std::string::npos);
  s.come = {{"a", std::nullopt}};
  CHECK(s.table.take().changed);
  CHECK(s.has("a"));
}

TEST_CASE("a topic that cannot be read on leaves the table as it is, and is told once") {
  shelf s;
  s.come = {{"a", row("a", 1)}};
  CHECK(s.table.take().changed);
  s.reader->broken = true;
  CHECK(s.table.take().remarks.size() == 1);
  CHECK(s.table.take().remarks.empty());
  CHECK(s.has("a"));
}

TEST_CASE("a topic of the embedded log is a table, from its first record to its present end") {
  const io::temp_folder folder;
  const auto place = folder.path() / "log";
  const auto topic = log::make_topic(place, "visits", {}, base::system_clock());
  REQUIRE(topic.has_value());
  const auto append = [&](std::string key, std::optional<std::string> value) {
    log::producer to{*topic, base::system_clock()};
    std::vector<log::owned_record> records;
    records.push_back({.key = std::move(key),
                       .value = std::move(value),
                       .timestamp = base::event_time{},
                       .headers = {}});
    to.append(base::partition_id{0}, std::move(records), {}, {},
              [](const auto& answer) { CHECK(answer.has_value()); });
    to.flush();
  };
  append("a", row("a", 1));
  append("b", row("b", 1));
  append("a", std::nullopt);
  auto plan = planned();
  plan.log = {.folder = place, .kind = topology::log_kind::embedded};
  std::vector<std::string> remarks;
  const auto opened = open_topic_table(plan, {}, nullptr, remarks);
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
  CHECK((*(*opened)->rows())->size() == 1);
  append("c", row("c", 1));
  CHECK((*opened)->take().changed);
  CHECK((*(*opened)->rows())->size() == 2);
  CHECK(remarks.empty());
}

}  // namespace
}  // namespace aisle::node
