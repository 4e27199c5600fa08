// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/plan.hpp"

#include <cstdlib>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/topology/explain.hpp"
#include "runtime/topology/load.hpp"
#include "tests/topology/folder.hpp"
#include "tests/topology/models.hpp"

namespace aisle::topology {
namespace {

using testing::broken_folder;
using testing::temporary_folder;

constexpr std::string_view good = R"yaml(# A topology with one of everything.
aisle: 1
topology: everything
vars: {dir: data, sigma: 5}
sources:
  sales: {files: "${dir}/sales-*.ndjson", contract: sale, disorder: 30s, ahead: 5m}
  movements: {topic: movements, contract: movement, disorder: 1h}
tables:
  articles: {file: "${dir}/articles.csv", contract: article}
actors:
  place:
    per: place
    reads: sales
    windows:
      hourly: {tumbling: 1h, lateness: 5m, keep: {n: count(), total: sum(amount)}}
      moving: {sliding: 1h, every: 5m, keep: {p95: "quantile(amount, 0.95)"
}
}
    decides:
      odd: {anomaly: amount, of: amount * 2, sigma: "${sigma}"}
  article:
    per: article
    reads: [sales.lines, movements]
    knows: articles
    decides:
      refill: {reorder: order_up_to, demand: smooth, lead_time: articles.lead_time + 1}
    estimates:
      smooth: {blend: plain, with: usual}
      usual: {forecast: seasonal, of: pieces}
    max_failures: 7
  all:
    per: []
    reads: movements
    reports:
      score: {score: series, of: pieces * 2}
sinks:
  windows: {from: "*.windows", files: windows}
  decisions: {from: [place.decisions, article.decisions], topic: decisions, lanes: 2}
  scores: {from: all.reports, files: scores}
  late: {from: "*.late", files: late}
  rejects: {from: dead_letters, files: rejects}
)yaml";

options usual_options() {
  options with;
  with.working_dir = broken_folder;
  with.log = log_address{broken_folder / "data"};
  return with;
}

plan planned(std::string text, const options& with = usual_options()) {
  auto made = load_text(std::move(text), "good.yaml", with, testing::make_models());
  REQUIRE_MESSAGE(made.has_value(), base::to_text(made.error().front()));
  return std::move(*made);
}

std::vector<std::string> names(const auto& all) {
  std::vector<std::string> found;
  for (const auto& one : all) {
    found.push_back(one.name);
  }
  return found;
}

using list = std::vector<std::string>;

TEST_CASE("sources, stages and sinks are numbered in the order of their names") {
  const auto p = planned(std::string{good});
  CHECK(p.name == "everything");
  CHECK(p.order == order::event_time);
  CHECK(names(p.sources) == list{"movements", "sales"});
  CHECK(names(p.stages) == list{"all", "article", "place"});
  CHECK(names(p.sinks) == list{"decisions", "late", "rejects", "scores", "windows"});
  CHECK(p.sources[1].id.get() == 1);
  CHECK(p.stages[2].id.get() == 2);
  CHECK(p.sinks[4].id.get() == 4);
}

TEST_CASE("a source has its files, contract, bounds and partitions") {
  const auto p = planned(std::string{good});
  const auto& sales = p.sources[1];
  REQUIRE(sales.files.size() == 2);
  CHECK(sales.files[0] == broken_folder / "data" / "sales-1.ndjson");
  CHECK(sales.contract->name() == "sale");
  CHECK(sales.format == format::json);
  CHECK(sales.disorder == std::chrono::seconds{30});
  CHECK(sales.ahead == std::chrono::minutes{5});
  CHECK(sales.partitions == 1);
  CHECK_FALSE(sales.topic);
  CHECK(p.sources[0].topic == "movements");
  CHECK(p.sources[0].files.at(0) == broken_folder / "data" / "movements.ndjson");
  CHECK_FALSE(p.sources[0].ahead);
  CHECK(sales.idle == std::chrono::minutes{1});
  CHECK_FALSE(p.max_drift);
}

TEST_CASE("a topic's records may be msgpack, Avro or changes of rows, and explain says so") {
  const temporary_folder folder;
  folder.write("movement.avsc", R"({"type":"record","name":"M","fields":[
    {"name":"moved","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"article","type":"string"},{"name":"place","type":"int"},
    {"name":"pieces","type":["null","int"]}]})");
  options with;
  with.inputs = inputs::may_be_missing;
  with.working_dir = folder.path();
  with.contract_dirs = {broken_folder / "contracts"};
  const auto planned_with = [&](std::string_view keys) {
    std::string text{good};
    text.replace(text.find("topic: movements,"), 17, fmt::format("topic: movements, {},", keys));
    auto made = load_text(text, folder.path() / "good.yaml", with, testing::make_models());
    REQUIRE_MESSAGE(made.has_value(), base::to_text(made.error().front()));
    return std::move(*made);
  };
  const auto packed = planned_with("format: msgpack");
  CHECK(packed.sources[0].format == format::msgpack);
  CHECK_FALSE(needs_registry(packed.sources[0]));
  CHECK(decoding_of(packed.sources[0]).format == record::format::msgpack);
  CHECK(explain(packed).contains(", msgpack"));
  const auto named = planned_with("format: avro, schema: movement.avsc");
  CHECK_FALSE(needs_registry(named.sources[0]));
  CHECK(decoding_of(named.sources[0]).schema.starts_with("{\"type\":\"record\""));
  CHECK(explain(named).contains(", Avro by movement.avsc"));
  const auto framed = planned_with("format: avro, envelope: debezium, deletes: row");
  CHECK(needs_registry(framed.sources[0]));
  CHECK(decoding_of(framed.sources[0]).debezium);
  CHECK(decoding_of(framed.sources[0]).deletes == record::deletes::row);
  CHECK(explain(framed).contains(
      ", Avro by the registry's schemas, Debezium's changes, deleted rows are events"));
  const auto changes = planned_with("envelope: debezium");
  CHECK(changes.sources[0].deletes == record::deletes::skip);
  CHECK(explain(changes).contains(", Debezium's changes, deletions skipped"));
}

TEST_CASE("a table's topic takes the formats of sources, and deletions go by the record's key") {
  const auto table_of = [](const std::string& more) {
    std::string text{good};
    const std::string written{R"(file: "${dir}/articles.csv")"};
    text.replace(text.find(written), written.size(), "topic: articles" + more);
    options with;
    with.inputs = inputs::may_be_missing;
    with.contract_dirs = {broken_folder / "contracts"};
    auto made = load_text(text, broken_folder / "good.yaml", with, testing::make_models());
    REQUIRE_MESSAGE(made.has_value(), base::to_text(made.error().front()));
    return std::move(*made);
  };
  const auto plain = table_of("");
  CHECK(decoding_of(plain.tables[0]).format == record::format::json);
  CHECK_FALSE(decoding_of(plain.tables[0]).debezium);
  CHECK(explain(plain).contains("topic articles  article\n"));
  const auto framed = table_of(", format: avro, envelope: debezium");
  CHECK(needs_registry(framed.tables[0]));
  CHECK(decoding_of(framed.tables[0]).format == record::format::avro);
  CHECK(decoding_of(framed.tables[0]).debezium);
  CHECK(decoding_of(framed.tables[0]).deletes == record::deletes::key);
  CHECK(explain(framed).contains("Avro by the registry's schemas, Debezium's changes\n"));
  CHECK(decoding_of(table_of(", format: msgpack").tables[0]).format == record::format::msgpack);
}

TEST_CASE("how long a source may be quiet and how far sources may drift apart is written down") {
  std::string text{good};
  text.replace(text.find("ahead: 5m"), 9, "idle: 10s");
  text.replace(text.find("disorder: 1h"), 12, "idle: never");
  text.replace(text.find("sources:"), 0, "max_drift: 2h\n");
  const auto p = planned(text);
  CHECK(p.sources[1].idle == std::chrono::seconds{10});
  CHECK_FALSE(p.sources[0].idle);
  CHECK(p.max_drift == std::chrono::hours{2});
  const auto told = explain(p);
  CHECK(told.find("sources at most 2h apart") != std::string::npos);
  CHECK(told.find("idle 10s") != std::string::npos);
  CHECK(told.find("idle never") != std::string::npos);
}

TEST_CASE("a stage's streams know where their key lies, also behind a list") {
  const auto p = planned(std::string{good});
  const auto& article = p.stages[1];
  CHECK(names(article.key) == list{"article"});
  CHECK(article.key[0].type.kind == base::kind::string);
  REQUIRE(article.streams.size() == 2);
  CHECK(article.streams[0].lines);
  CHECK(article.streams[0].source.get() == 1);
  CHECK(article.streams[0].layout->fields()[article.streams[0].key.at(0)].name == "article");
  CHECK_FALSE(article.streams[1].lines);
  CHECK(article.max_failures == 7);
  CHECK(p.stages[2].max_failures == 3);
}

TEST_CASE("an empty key is one actor for the whole stage") {
  const auto p = planned(std::string{good});
  CHECK(p.stages[0].key.empty());
  CHECK(p.stages[0].streams.at(0).key.empty());
}

TEST_CASE("a known table is found by the key's field of the same name") {
  const auto p = planned(std::string{good});
  REQUIRE(p.stages[1].knows.size() == 1);
  CHECK(p.stages[1].knows[0].table == 0);
  CHECK(p.stages[1].knows[0].key == std::vector<std::size_t>{0});
  CHECK(p.tables[0].file == broken_folder / "data" / "articles.csv");
}

TEST_CASE("who publishes is called before who reads, wherever it is written") {
  const auto p = planned(std::string{good});
  const auto& behaviours = p.stages[1].behaviours;
  CHECK(names(behaviours) == list{"usual", "smooth", "refill"});
  CHECK(behaviours[0].inputs.empty());
  CHECK(behaviours[1].inputs == std::vector<std::size_t>{0});
  CHECK(behaviours[2].inputs == std::vector<std::size_t>{1});
  CHECK(behaviours[2].kind == "reorder");
  CHECK(behaviours[2].role == role::decide);
}

TEST_CASE("an expression feeds on the streams that have its names, and on no other") {
  const auto p = planned(std::string{good});
  const auto& usual = *p.stages[1].behaviours[0].behaviour;
  CHECK(usual.reads(0));
  CHECK(usual.reads(1));
  const auto q = planned(std::string{good}.replace(good.find("of: pieces}"), 11, "of: amount}"));
  CHECK(q.stages[1].behaviours[0].behaviour->reads(0));
  CHECK_FALSE(q.stages[1].behaviours[0].behaviour->reads(1));
}

TEST_CASE("parameters keep their text and their defaults for people") {
  const auto p = planned(std::string{good});
  const auto& odd = p.stages[2].behaviours[2];
  CHECK(odd.name == "odd");
  using pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(odd.parameters == pairs{{"of", "amount * 2"}, {"sigma", "5"}});
  CHECK(p.stages[1].behaviours[0].parameters == pairs{{"of", "pieces"}, {"period", "1d"}});
}

TEST_CASE("a sink takes what its patterns name, each output once") {
  const auto p = planned(std::string{good});
  CHECK(p.sinks[0].from.size() == 2);
  CHECK(p.sinks[0].folder == "decisions");
  CHECK(p.sinks[0].lanes == 2);
  CHECK(p.sinks[2].dead_letters);
  REQUIRE(p.sinks[3].from.size() == 1);
  CHECK(p.sinks[3].from[0].port == port::reports);
  REQUIRE(p.sinks[4].from.size() == 1);
  CHECK(p.sinks[4].from[0].stage == 2);
  CHECK(p.sinks[4].lanes == 4);
}

TEST_CASE(
    "a path that begins on the command line is relative to the working folder, not to the "
    "file") {
  const temporary_folder folder;
  const auto articles = testing::contents(broken_folder / "data" / "articles.csv");
  const auto sales = testing::contents(broken_folder / "data" / "sales-1.ndjson");
  for (const auto* const place : {"working/data", "topologies/data"}) {
    folder.write(std::filesystem::path{place} / "articles.csv", articles);
    folder.write(std::filesystem::path{place} / "sales-1.ndjson", sales);
  }
  const auto file = folder.write("topologies/good.yaml", good);
  options with;
  with.working_dir = folder.path() / "working";
  with.log = log_address{broken_folder / "data"};
  with.contract_dirs = {broken_folder / "contracts"};

  const auto by_default = load(file, with, testing::make_models());
  REQUIRE(by_default);
  CHECK(by_default->tables[0].file == folder.path() / "topologies" / "data" / "articles.csv");
  with.set = {{"dir", "data"}};
  const auto by_setting = load(file, with, testing::make_models());
  REQUIRE(by_setting);
  CHECK(by_setting->tables[0].file == folder.path() / "working" / "data" / "articles.csv");
}

TEST_CASE("a contract beside the topology comes before one that ships") {
  const temporary_folder folder;
  auto own = testing::contents(broken_folder / "contracts" / "sale.yaml");
  own.replace(own.find("name: desk"), 10, "name: mine");
  folder.write("contracts/sale.yaml", own);
  folder.write("data/sales.ndjson", "");
  const auto file = folder.write("t.yaml", R"yaml(aisle: 1
topology: own
sources: {sales: {files: data/sales.ndjson, contract: sale}}
actors: {place: {per: place, reads: sales, windows: {w: {tumbling: 1h, keep: {n: count()}}}}}
sinks: {}
)yaml");
  options with;
  with.contract_dirs = {broken_folder / "contracts"};
  const auto made = load(file, with, testing::make_models());
  REQUIRE(made);
  CHECK(made->sources[0].contract->fields().find("mine"));
}

TEST_CASE("without its data a topology can still be explained") {
  options with = usual_options();
  with.log.reset();
  with.set = {{"dir", "nowhere"}};
  CHECK_FALSE(load_text(std::string{good}, "good.yaml", with, testing::make_models()));
  with.inputs = inputs::may_be_missing;
  const auto p = planned(std::string{good}, with);
  CHECK(p.sources[1].files.at(0).filename() == "sales-*.ndjson");
  CHECK(p.tables[0].file.filename() == "articles.csv");
  CHECK(explain(p).find("stage place: one actor per place") != std::string::npos);
}

TEST_CASE("what is not named yet can stay open, what is named must exist") {
  options with = usual_options();
  with.log.reset();
  with.inputs = inputs::where_named;
  auto text = std::string{good};
  text.replace(text.find("dir: data"), 9, "dir: ");
  CHECK(planned(text, with).needs == list{"--log files:DIR", "--set dir=VALUE"});
  with.set = {{"dir", "nowhere"}};
  const auto made = load_text(text, "good.yaml", with, testing::make_models());
  REQUIRE_FALSE(made);
  CHECK(made.error().size() == 2);
  CHECK(made.error()[0].code == "no-file");
  CHECK(planned(std::string{good}).needs.empty());
}

TEST_CASE("the example of the language's page is a good topology") {
  const auto page = testing::contents(std::filesystem::path{AISLE_SOURCE_DIR} / "runtime" /
                                      "topology" / "README.md");
  const auto begin = page.find("```yaml\n") + 8;
  options with = usual_options();
  with.inputs = inputs::may_be_missing;
  const auto p = planned(page.substr(begin, page.find("```\n", begin) - begin), with);
  CHECK(p.stages.at(0).behaviours.size() == 4);
}

TEST_CASE("arrival is the other order") {
  auto text = std::string{good};
  text.replace(text.find("sources:"), 0, "order: arrival\n");
  CHECK(planned(text).order == order::arrival);
}

plan with_sink(const std::string& sink, const options& with = usual_options()) {
  return planned(std::string{good} + "  alerts: " + sink + "\n", with);
}

TEST_CASE("a webhook has one lane, a folder of the sink's name, and bounds unless it says others") {
  const auto p = with_sink(R"({from: place.decisions, webhook: "https://example.com/x?token=t"})");
  const auto& sink = p.sinks.at(0);
  CHECK(sink.lanes == 1);
  CHECK(sink.folder == "alerts");
  CHECK_FALSE(sink.immediate);
  REQUIRE(sink.webhook);
  CHECK(sink.webhook->url == "https://example.com/x?token=t");
  CHECK(sink.webhook->timeout == std::chrono::seconds{10});
  CHECK(sink.webhook->retry.give_up_after == std::chrono::minutes{15});
  CHECK_FALSE(sink.webhook->retry.attempts_max);
  const auto text = explain(p);
  CHECK(text.find("webhook https://example.com, at least once ") != std::string::npos);
  CHECK(text.find("token") == std::string::npos);
}

TEST_CASE("everything a webhook says of itself is taken") {
  const temporary_folder folder;
  const auto secret = folder.write("secret", "s\n").string();
  const auto p = with_sink(
      "{from: place.decisions, delivery: immediate, webhook: {url: "
      "\"http://localhost:80/\", secret_file: \"" +
      secret + "\", timeout: 3s, give_up_after: 2h, attempts: 7}}");
  const auto& webhook = *p.sinks.at(0).webhook;
  CHECK(p.sinks.at(0).immediate);
  CHECK(webhook.secret_file == secret);
  CHECK(webhook.timeout == std::chrono::seconds{3});
  CHECK(webhook.retry.give_up_after == std::chrono::hours{2});
  CHECK(webhook.retry.attempts_max == 7);
  CHECK(explain(p).find("webhook http://localhost:80, at least once, signed, immediate") !=
        std::string::npos);
}

TEST_CASE("a webhook whose url is empty is off, and one whose url is not said yet is not") {
  const std::string alerts =
      R"({from: place.decisions, webhook: {url: "${url}", secret_env: AISLE_NO_SUCH_SECRET}})";
  auto text = std::string{good} + "  alerts: " + alerts + "\n";
  text.replace(text.find("dir: data"), 9, "dir: data, url: \"\"");
  CHECK(explain(planned(text)).find("webhook, off: its url is empty") != std::string::npos);
  text.replace(text.find("url: \"\""), 7, "url: ");
  options with = usual_options();
  with.inputs = inputs::where_named;
  const auto open = planned(text, with);
  CHECK(open.needs == list{"--set url=VALUE"});
  CHECK(explain(open).find("webhook without a url yet") != std::string::npos);
}

TEST_CASE("a sink can choose among decisions, and explain says how") {
  const auto p = with_sink(R"({from: "*.decisions", where: severity == "high", files: alerts})");
  REQUIRE(p.sinks.at(0).where);
  CHECK(p.sinks.at(0).where->takes(
      {.kind = "", .name = "", .code = "", .severity = entity::severity::high}));
  CHECK_FALSE(p.sinks.at(0).where->takes(
      {.kind = "", .name = "", .code = "", .severity = entity::severity::low}));
  CHECK(explain(p).find("where severity == \"high\"\n") != std::string::npos);
  // Quotes hide what is no comparison.
  CHECK(with_sink(R"({from: place.decisions, where: code != "<b>", files: alerts})")
            .sinks.at(0)
            .where);
}

TEST_CASE("a secret is looked for when a run is to begin, not when its file is checked") {
  const std::string alerts = R"({from: place.decisions, webhook: {url: "https://example.com/", )"
                             R"(secret_env: AISLE_NO_SUCH_SECRET}})";
  options with = usual_options();
  with.inputs = inputs::where_named;
  CHECK(with_sink(alerts, with).sinks.at(0).webhook->secret_env == "AISLE_NO_SUCH_SECRET");
}

TEST_CASE("explain says what every part needs and where it goes") {
  const auto expected = broken_folder.parent_path() / "explained.txt";
  const auto text = explain(planned(std::string{good}));
  if (std::getenv("AISLE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream{expected, std::ios::binary} << text;
  }
  CHECK(text == testing::contents(expected));
}

TEST_CASE("the graph has every source, stage and sink, and an arrow for everything that flows") {
  const auto dot = to_dot(planned(std::string{good}));
  CHECK(dot.starts_with("digraph \"everything\" {"));
  CHECK(dot.find("\"source sales\" -> \"stage article\" [label=\"sales.lines\"];") !=
        std::string::npos);
  CHECK(dot.find("\"stage place\" -> \"sink windows\" [label=\"windows\"];") != std::string::npos);
  CHECK(dot.find("\"source sales\" -> \"sink rejects\" [style=dashed") != std::string::npos);
}

TEST_CASE("the steps can be taken one by one, and complaints add up") {
  base::diagnostics complaints;
  options with = usual_options();
  auto text = std::string{good};
  text.replace(text.find("anomaly: amount"), 15, "anomaly: amuont");
  text.replace(text.find("tumbling"), 8, "tumblnig");
  const auto spec = parse(text, "good.yaml", with, complaints);
  REQUIRE(spec);
  const auto after_reading = complaints.size();
  CHECK(after_reading >= 1);
  static_cast<void>(make_plan(*spec, "good.yaml", with, testing::make_models(), complaints));
  CHECK(complaints.size() == after_reading + 1);
  CHECK(complaints.back().suggestion == "amount");
}

TEST_CASE(
    "a good topology with a piece cut out, doubled or moved ends in a plan or in complaints") {
  const std::string text{good};
  const auto models = testing::make_models();
  const auto with = usual_options();
  std::size_t plans = 0;
  for (std::size_t at = 0; at < text.size(); at += 7) {
    for (const std::size_t length : {std::size_t{1}, std::size_t{5}, std::size_t{17}}) {
      auto cut = text;
      const auto piece = cut.substr(at, length);
      cut.erase(at, length);
      auto doubled = text;
      doubled.insert(at, piece);
      auto moved = cut;
      moved.insert((at * 7) % moved.size(), piece);
      for (auto& changed : {cut, doubled, moved}) {
        const auto made = load_text(changed, "good.yaml", with, models);
        REQUIRE((made || !made.error().empty()));
        plans += made ? 1U : 0U;
      }
    }
  }
  // Cuts in comments and names leave good topologies behind.
  CHECK(plans > 10);
}

options kafka_options() {
  auto with = usual_options();
  with.log = *parse_log("kafka:h:9092,i:9092", "/");
  return with;
}

std::string edited(std::string_view from, std::string_view to) {
  std::string text{good};
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

constexpr std::string_view movements =
    "movements: {topic: movements, contract: movement, disorder: 1h}";

plan reading(std::string_view source) {
  return planned(edited(movements, source), kafka_options());
}

/// The codes of what is wrong with `movements` written so.
list wrong_in(std::string_view source, const options& with = kafka_options()) {
  const auto made = load_text(edited(movements, source), "good.yaml", with, testing::make_models());
  REQUIRE_FALSE(made.has_value());
  list codes;
  for (const auto& d : made.error()) {
    codes.push_back(d.code);
  }
  return codes;
}

TEST_CASE("topics in Kafka are sources and sinks by their brokers, and nothing is looked at") {
  const auto p = planned(std::string{good}, kafka_options());
  CHECK(p.sources[0].topic == "movements");
  REQUIRE(p.sources[0].log.has_value());
  CHECK(p.sources[0].log->kind == log_kind::kafka);
  CHECK(p.sources[0].log->brokers == "h:9092,i:9092");
  CHECK(p.sources[0].files.empty());
  CHECK_FALSE(p.sources[1].log);
  REQUIRE(p.sinks[0].log.has_value());
  CHECK(p.sinks[0].log->kind == log_kind::kafka);
  CHECK(p.sinks[0].folder == "decisions");
  CHECK_FALSE(p.sinks[4].log);
  CHECK(explain(p).find("topic decisions in Kafka") != std::string::npos);
}

TEST_CASE("a source in Kafka says where it begins, whose lag is shown, and what of what is lost") {
  const auto plain = reading(movements).sources[0];
  CHECK((plain.start == topic_start{}));
  CHECK(plain.on_lost == on_lost::stop);
  CHECK(plain.group.empty());
  const auto latest =
      reading("movements: {topic: movements, contract: movement, start: latest, on_lost: go_on}");
  CHECK(latest.sources[0].start.kind == topic_start::from::latest);
  CHECK(latest.sources[0].on_lost == on_lost::go_on);
  CHECK(explain(latest).find("from the latest record, skips what retention removed") !=
        std::string::npos);
  const auto timed =
      reading("movements: {topic: movements, contract: movement, start: \"2026-03-02T00:00:00Z\"}");
  CHECK(timed.sources[0].start.kind == topic_start::from::time);
  CHECK(base::to_rfc3339(timed.sources[0].start.time) == "2026-03-02T00:00:00.000Z");
  const auto group =
      reading("movements: {topic: movements, contract: movement, start: group, group: g}");
  CHECK(group.sources[0].start.kind == topic_start::from::group);
  CHECK(group.sources[0].group == "g");
}

TEST_CASE("what a topic in Kafka cannot be told is refused, and what others cannot, too") {
  CHECK(wrong_in("movements: {topic: movements, contract: movement, start: yesterday}") ==
        list{"wrong-type"});
  CHECK(wrong_in("movements: {topic: movements, contract: movement, start: group}") ==
        list{"missing-key"});
  CHECK(wrong_in("movements: {topic: movements, contract: movement, on_lost: skip}") ==
        list{"unknown-word"});
  CHECK(wrong_in("movements: {topic: movements, contract: movement, partitions: 2}").front() ==
        "not-for-this");
  CHECK(wrong_in("movements: {topic: movements, contract: movement, start: latest}",
                 usual_options()) == list{"not-for-this"});
  CHECK(wrong_in("movements: {topic: movements, contract: movement, on_lost: go_on}",
                 usual_options()) == list{"not-for-this"});
}

TEST_CASE("a table may be a topic, in any log") {
  const auto text = edited("articles: {file: \"${dir}/articles.csv\", contract: article}",
                           "articles: {topic: articles, contract: article}");
  const auto p = planned(text, kafka_options());
  CHECK(p.tables[0].topic == "articles");
  REQUIRE(p.tables[0].log.has_value());
  CHECK(p.tables[0].log->kind == log_kind::kafka);
  CHECK(p.tables[0].file.empty());
  CHECK(explain(p).find("articles  topic articles in Kafka") != std::string::npos);
  auto open = kafka_options();
  open.log.reset();
  open.inputs = inputs::where_named;
  CHECK(explain(planned(text, open)).find("articles  topic articles") != std::string::npos);
}

TEST_CASE("a table is a file or a topic, and not both or neither") {
  const auto codes = [](std::string_view table) {
    const auto made =
        load_text(edited("articles: {file: \"${dir}/articles.csv\", contract: article}", table),
                  "good.yaml", kafka_options(), testing::make_models());
    REQUIRE_FALSE(made.has_value());
    return made.error().front().code;
  };
  CHECK(codes("articles: {contract: article}") == "missing-key");
  CHECK(codes("articles: {topic: a, file: b, contract: article}") == "two-places");
}

}  // namespace
}  // namespace aisle::topology
