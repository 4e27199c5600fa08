// SPDX-License-Identifier: Apache-2.0
// Outputs as records of a topic: what consumers choose, order and recognise them by.
#include "runtime/entity/topic_record.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "runtime/flow/record_frame.hpp"
#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using base::value;

const std::vector<record::key_field> one_text{{.name = "region", .type = {base::kind::string}}};
const std::vector<record::key_field> one_number{{.name = "lane", .type = {base::kind::integer}}};
const std::vector<record::key_field> two_fields{{.name = "region", .type = {base::kind::string}},
                                                {.name = "lane", .type = {base::kind::integer}}};

speaker voice_of(std::span<const record::key_field> key) {
  return {.topology = "t", .stage = "gate", .key = key};
}

std::string key_of(const std::vector<base::value>& values) {
  std::string key;
  record::encode_key(key, values);
  return key;
}

struct taken {
  flow::framed_record record;
  std::map<std::string, std::string> headers;
};

taken read(std::string frame) {
  frame += '\n';
  std::string_view lines = frame;
  taken it;
  REQUIRE(flow::take_frame(lines, it.record));
  CHECK(lines.empty());
  for (const auto& [name, text] : it.record.headers) {
    CHECK(it.headers.emplace(name, text).second);
  }
  return it;
}

window_result five_minutes() {
  return {.window = "w",
          .start = at(0),
          .end = at(300'000),
          .revision = 2,
          .final = true,
          .values = {}};
}

TEST_CASE("the key of a record is the actor's: a text, a number's digits, an object of several") {
  CHECK(record_key(voice_of(one_text), key_of({value::of(std::string_view{"a \"b\""})})) ==
        "a \"b\"");
  CHECK(record_key(voice_of(one_number), key_of({value::of(std::int64_t{-7})})) == "-7");
  CHECK(record_key(voice_of(two_fields),
                   key_of({value::of(std::string_view{"n"}), value::of(std::int64_t{7})})) ==
        R"({"region":"n","lane":7})");
  CHECK(record_key(voice_of({}), "") == std::nullopt);
}

TEST_CASE("a time in a key is written as in JSON, without quotes") {
  const std::vector<record::key_field> time{{.name = "day", .type = {base::kind::timestamp}}};
  CHECK(record_key(voice_of(time), key_of({value::of(at(0))})) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("a window in a topic is a CloudEvent whose id is the same on every run") {
  auto [record, headers] =
      read(to_frame(voice_of(one_text), "north", five_minutes(), R"({"n":1})"));
  CHECK(record.key == "north");
  CHECK(headers.extract("ce_id").mapped() == "WINDOW_ID");
  CHECK(record.value == R"({"n":1})");
  CHECK(headers == std::map<std::string, std::string>{{"ce_specversion", "1.0"},
                                                                                     {"ce_type", "aisle.window"},
                                                      {"ce_source", "/aisle/t/gate"},
                                                      {"ce_subject", "north"},
                                                      {"ce_time", "1970-01-01T00:05:00.000Z"},
                                                      {"content-type", "application/json"}});
}

TEST_CASE("every revision of a window, and its end, has an id of its own") {
  std::set<std::string> ids;
  const auto add = [&](const window_result& w, std::string_view key = "north") {
    ids.insert(read(to_frame(voice_of(one_text), key, w, "{}")).headers["ce_id"]);
  };
  auto w = five_minutes();
  add(w);
  add(w);
  CHECK(ids.size() == 1);
  add(w, "south");
  w.final = false;
  add(w);
  w.revision = 3;
  add(w);
  w.start = at(1);
  add(w);
  w.window = "v";
  add(w);
  CHECK(ids.size() == 6);
}

TEST_CASE("a decision in a topic bears the id that stands in it") {
  decision made;
  made.code = "c";
  const cause because{.now = at(1'000), .source = {}, .position = {}};
  const auto voice = voice_of(one_text);
  const auto json = to_json(voice, "north", "reorder", "refill", because, made);
  const auto headers =
      read(to_frame(voice, "north", "reorder", "refill", because, made, json)).headers;
  CHECK(json.starts_with("{\"id\":\"" + headers.at("ce_id") + "\""));
  CHECK(headers.at("ce_type") == "aisle.decision.reorder");
  CHECK(headers.at("ce_time") == "1970-01-01T00:00:01.000Z");
}

TEST_CASE("a record of a stage without a key has neither key nor subject") {
  const auto [record, headers] = read(to_frame(voice_of({}), "", five_minutes(), "{}"));
  CHECK(record.key == std::nullopt);
  CHECK_FALSE(headers.contains("ce_subject"));
}

TEST_CASE("an actor's outputs are framed where a sink wants it, and nowhere else") {
  workshop shop{1};
  shop[0].hears = [](probe_state&, const event&, context& out) {
    emit_report(out, "n", 1);
    throw std::runtime_error{"once"};
  };
  const happening one{.key = "a", .at_ms = 1'000, .seen_ms = 1'000, .offset = 5};
  bench plain{shop.stage};
  plain.happen(one);
  REQUIRE(plain.made.size() == 1);
  CHECK(plain.made[0].frame.empty());

  shop.stage.framed[static_cast<std::size_t>(output_kind::dead_letter)] = true;
  bench framing{shop.stage};
  framing.happen(one);
  REQUIRE(framing.made.size() == 1);
  const auto [record, headers] = read(framing.made[0].frame);
  CHECK(record.key == "a");
  CHECK(record.value.starts_with(R"({"id":"5",)"));
  CHECK(headers.at("aisle_reason") == "failed");
  CHECK(headers.at("aisle_message") == "once");
  CHECK(headers.at("aisle_offset") == "5");
}

TEST_CASE("reports of one call that say different things have different ids") {
  workshop shop{1};
  shop.stage.framed[static_cast<std::size_t>(output_kind::report)] = true;
  shop[0].hears = [](probe_state&, const event&, context& out) {
    emit_report(out, "n", 1);
    emit_report(out, "n", 2);
  };
  bench all{shop.stage};
  all.happen({.key = "a", .at_ms = 1'000, .seen_ms = 1'000, .offset = 5});
  REQUIRE(all.made.size() == 2);
  const auto first = read(all.made[0].frame);
  CHECK(first.record.value == all.made[0].json);
  CHECK(first.headers.at("ce_type") == "aisle.report");
  CHECK(first.headers.at("ce_id") != read(all.made[1].frame).headers.at("ce_id"));
}

}  // namespace
}  // namespace aisle::entity
