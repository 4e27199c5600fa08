// SPDX-License-Identifier: Apache-2.0
// Topologies that read and write topics of Kafka: of Apache Kafka itself.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/hits.hpp"
#include "tests/e2e/tally.hpp"
#include "tests/e2e/world.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::e2e {
namespace {

using test_support::kafka_record;
using test_support::kafka_topics;
using test_support::unique_name;

/// Events of pages in a topic of a test's own, counted by minute into another.
struct counter {
  explicit counter(std::string at, int partitions = 1) : servers{std::move(at)} {
    folder.write("contracts/hit.yaml", std::string{hit_contract});
    kafka_topics{servers}.create(hits, partitions);
  }

  /// `more` is put into the source and the sink: ", start: latest".
  std::string topology(const std::string& of_source = "", const std::string& of_sink = "",
                       const std::string& idle = "1s") const {
    return folder.write("counter.yaml",
                        fmt::format(R"(aisle: 1
topology: counter
sources:
  hits: {{topic: {}, contract: hit, disorder: 0s, idle: {}{}}}
actors:
  page:
    per: page
    reads: hits
    windows:
      minute: {{tumbling: 1m, keep: {{n: count()}}}}
sinks:
  counts: {{from: page.windows, topic: {}{}}}
  rejects: {{from: dead_letters, topic: {}}}
)",
                                    hits, idle, of_source, counts, of_sink, rejects));
  }
  strings run_it(const std::string& file, const strings& more = {}) const {
    strings command{"run",   file,           "--log",   "kafka:" + servers,
                    "--out", folder / "out", "--epoch", "100ms"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  /// Hit number n is of minute n.
  static kafka_record hit(int n, std::string page = "home") {
    kafka_record made;
    made.key = page;
    made.value = fmt::format(R"({{"id":"{0}","at":"2026-03-02T{1:02}:{2:02}:00Z","page":"{3}"}})",
                             n, n / 60, n % 60, page);
    return made;
  }
  void append(const std::vector<kafka_record>& records) const {
    test_support::append(servers, hits, records);
  }
  std::vector<kafka_record> counted() const { return test_support::read_all(servers, counts); }
  /// The hits that complete windows have counted, but for those of the page "end", which are there
  /// to close them.
  std::uint64_t hits_counted() const {
    std::uint64_t all = 0;
    for (const auto& record : counted()) {
      const auto window = json::parse(*record.value);
      const bool counts_here = window["final"].get<bool>() && window["key"]["page"] != "end";
      all += counts_here ? window["values"]["n"].get<std::uint64_t>() : 0;
    }
    return all;
  }
  bool has_written() const { return kafka_topics{servers}.partitions(counts) > 0; }

  std::string servers;
  temp_folder folder;
  std::string hits = unique_name("hits");
  std::string counts = unique_name("counts");
  std::string rejects = unique_name("rejects");
};

strings values_of(const std::string& servers, const std::string& topic) {
  strings lines;
  for (const auto& record : test_support::read_all(servers, topic)) {
    lines.push_back(*record.value);
  }
  std::ranges::sort(lines);
  return lines;
}

std::string header_of(const kafka_record& record, const std::string& name) {
  const auto at =
      std::ranges::find(record.headers, name, &std::pair<std::string, std::string>::first);
  return at == record.headers.end() ? "" : at->second;
}

/// A chain in twelve partitions of each topic of a log, and `retail` over it.
struct partitioned_chain {
  partitioned_chain(const temp_folder& in, std::string name, std::string log)
      : folder{in}, name_{std::move(name)}, log_{std::move(log)} {}

  [[nodiscard]] strings world() const {
    return {"world", "--out",  folder / name_, "--log",  log_, "--partitions",  "12",  "--stores",
            "4",     "--skus", "80",           "--days", "3",  "--bad-records", "0.01"};
  }
  [[nodiscard]] strings retail() const {
    return {"run",       "retail",
            "--log",     log_,
            "--set",     "dir=" + (folder / name_),
            "--out",     folder / (name_ + "-out"),
            "--state",   folder / (name_ + "-state"),
            "--bounded", "--epoch",
            "20ms"};
  }
  [[nodiscard]] json summary() const { return summary_of(folder.path() / (name_ + "-out")); }
  [[nodiscard]] strings read_embedded(const std::string& topic) const {
    strings lines;
    const auto read = aisle_done({"log", "read", topic, "--log", log_}).out;
    for (std::size_t at = 0; at < read.size(); at = read.find('\n', at) + 1) {
      lines.push_back(read.substr(at, read.find('\n', at) - at));
    }
    std::ranges::sort(lines);
    return lines;
  }

  const temp_folder& folder;

 private:
  std::string name_;
  std::string log_;
};

TEST_CASE("retail from Kafka to Kafka gives what the embedded log gives, through kill -9, too") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  const temp_folder folder;
  const partitioned_chain there{folder, "kafka", "kafka:" + kafka->servers()};
  const partitioned_chain here{folder, "embedded", "embedded:" + (folder / "log")};
  for (const auto* const chain : {&there, &here}) {
    aisle_done(chain->world());
  }
  const auto twice = aisle(there.world());
  CHECK(twice.code == 2);
  CHECK(twice.err.find("has records already") != std::string::npos);

  aisle_done(here.retail());
  // Lanes commit side by side: behind the first death, the next run may bring out all that is left
  // before it comes to its point. Every point by itself: tests/fault/kafka_kills_test.
  int deaths = 0;
  for (const std::string point :
       {"kafka.half_produced:3", "kafka.commit_in_doubt:1", "kafka.committed:1"}) {
    const auto dead = run(aisle_command(there.retail()), {.environment = {"AISLE_FAULT=" + point}});
    const bool died = dead.code == 128 + SIGKILL;
    CHECK_MESSAGE((died || dead.code == 0), point, ": ", dead.err);
    if (died) ++deaths;
  }
  CHECK(deaths > 0);
  const auto ended = aisle_done(there.retail());
  CHECK(ended.err.find("kcat -b") != std::string::npos);
  for (const std::string sink : {"windows", "decisions", "late"}) {
    CAPTURE(sink);
    CHECK((values_of(kafka->servers(), sink) == here.read_embedded(sink)));
  }
  CHECK(values_of(kafka->servers(), "windows").size() > 1000);
  // There they are the original bytes.
  CHECK(values_of(kafka->servers(), "rejects").size() == here.read_embedded("rejects").size());
  CHECK(there.summary() == here.summary());
}

TEST_CASE("records in a topic have the actor's key and the headers of a CloudEvent") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers, 2};
  pages.append({counter::hit(1), counter::hit(2, "cart"), counter::hit(3)});
  aisle_done(pages.run_it(pages.topology(), {"--bounded"}));
  const auto counted = pages.counted();
  REQUIRE(counted.size() == 3);
  for (const auto& record : counted) {
    const auto window = json::parse(*record.value);
    CHECK(record.key == window["key"]["page"].get<std::string>());
    CHECK(header_of(record, "ce_subject") == *record.key);
    CHECK(header_of(record, "ce_type") == "aisle.window");
    CHECK(header_of(record, "ce_source") == "/aisle/counter/page");
    CHECK(header_of(record, "ce_time") == window["end"].get<std::string>());
    CHECK(header_of(record, "ce_id").size() == 32);
  }
}

TEST_CASE("a dead letter is the record as it came, with its key and headers, and why behind them") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers};
  kafka_record broken;
  broken.key = "home";
  broken.value = "{ \t\n";
  broken.headers = {{"trace", "a=1"}, {"a=b", ""}, {"aisle_reason", "of another time"}};
  kafka_record nameless;
  nameless.value = std::string("\0\xFF{", 3);
  pages.append({counter::hit(1), broken, nameless});
  aisle_done(pages.run_it(pages.topology(), {"--bounded"}));
  auto refused = test_support::read_all(*servers, pages.rejects);
  REQUIRE(refused.size() == 2);
  std::ranges::sort(refused, {},
                    [](const auto& record) { return header_of(record, "aisle_offset"); });
  CHECK(refused[0].value == broken.value);
  CHECK(refused[0].key == "home");
  using headers = std::vector<std::pair<std::string, std::string>>;
  const auto& had = refused[0].headers;
  REQUIRE(had.size() >= 8);
  CHECK(headers(had.begin(), had.begin() + 4) == headers{{"trace", "a=1"},
                                                         {"a=b", ""},
                                                         {"aisle_reason", "of another time"},
                                                         {"aisle_reason", "malformed"}});
  CHECK(header_of(refused[0], "aisle_source") == "hits");
  CHECK(header_of(refused[0], "aisle_partition") == "0");
  CHECK(header_of(refused[0], "aisle_offset") == "1");
  CHECK(refused[1].value == nameless.value);
  CHECK(refused[1].key == std::nullopt);
  CHECK(header_of(refused[1], "aisle_offset") == "2");
}

TEST_CASE("delivery: immediate brings every record at least once, with its id") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers};
  std::vector<kafka_record> hits;
  for (int n = 0; n < 50; ++n) {
    hits.push_back(counter::hit(n));
  }
  pages.append(hits);
  aisle_done(pages.run_it(pages.topology("", ", delivery: immediate"), {"--bounded"}));
  CHECK(pages.hits_counted() == 50);
}

TEST_CASE("a topic that grows while it is followed is read on with all its partitions") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers};
  pages.append({counter::hit(1), counter::hit(2)});
  // None is idle: one that is would be waited for no longer when another has a later hit.
  running run{aisle_command(
      pages.run_it(pages.topology("", "", "1h"), {"--state", pages.folder / "state", "--json"}))};
  REQUIRE(eventually([&] { return pages.has_written() && !pages.counted().empty(); }));
  kafka_topics{*servers}.grow(pages.hits, 3);
  // What comes into a partition before it is taken in may be late.
  REQUIRE(eventually([&] { return partitions_told(run) == 3; }));
  CHECK(run.said().find("has 3 partitions by now") != std::string::npos);
  std::vector<kafka_record> more;
  for (int n = 3; n < 9; ++n) {
    more.push_back(counter::hit(n));
    more.back().partition = n % 3;
  }
  pages.append(more);
  // What closes the last of them.
  for (int p = 0; p < 3; ++p) {
    auto last = counter::hit(30 + p, "end");
    last.partition = p;
    pages.append({last});
  }
  CHECK(eventually([&] { return pages.hits_counted() >= 8; }));
  run.send(SIGTERM);
  CHECK(run.wait().code == 0);
  CHECK(pages.hits_counted() == 8);
}

TEST_CASE("start: latest leaves out what is there, and only where no state says otherwise") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers};
  pages.append({counter::hit(1), counter::hit(2)});
  const auto bounded = pages.run_it(pages.topology(", start: latest"),
                                    {"--state", pages.folder / "state", "--bounded"});
  const auto read = [&] {
    return summary_of(pages.folder.path() / "out")["sources"]["hits"]["read"].get<int>();
  };
  aisle_done(bounded);
  CHECK(read() == 0);
  pages.append({counter::hit(3), counter::hit(4)});
  aisle_done(bounded);
  CHECK(read() == 2);
}

TEST_CASE("what retention removed unread stops a run, or it goes on without and says how many") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers};
  pages.append({counter::hit(1), counter::hit(2)});
  const auto run = [&](const std::string& of_source) {
    return aisle(
        pages.run_it(pages.topology(of_source), {"--state", pages.folder / "state", "--bounded"}));
  };
  REQUIRE(run("").code == 0);
  pages.append({counter::hit(3), counter::hit(4), counter::hit(5), counter::hit(6)});
  kafka_topics{*servers}.forget_before(pages.hits, 0, 5);
  const auto stopped = run("");
  CHECK(stopped.code == 3);
  CHECK(stopped.err.find("3, from offset 2 to 4") != std::string::npos);
  const auto gone_on = run(", on_lost: go_on");
  CHECK_MESSAGE(gone_on.code == 0, gone_on.err);
  CHECK(gone_on.err.find("goes on without 3 records") != std::string::npos);
}

TEST_CASE("a group is shown how far complete epochs have read, and another state may start there") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers, 2};
  pages.append({counter::hit(1), counter::hit(2, "cart"), counter::hit(3, "terms")});
  const auto file = pages.topology(fmt::format(", group: {}, start: group", unique_name("lag")));
  aisle_done(pages.run_it(file, {"--state", pages.folder / "state", "--bounded"}));
  const auto read = [&] {
    return summary_of(pages.folder.path() / "out")["sources"]["hits"]["read"].get<int>();
  };
  CHECK(read() == 3);
  pages.append({counter::hit(4), counter::hit(5, "cart")});
  aisle_done(pages.run_it(file, {"--state", pages.folder / "other", "--bounded", "--overwrite"}));
  CHECK(read() == 2);
}

TEST_CASE("a table that is a compacted topic is kept current, and a tombstone takes its row") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers};
  const auto names = unique_name("names");
  kafka_topics{*servers}.create(names, 1, {{"cleanup.policy", "compact"}});
  pages.folder.write("contracts/name.yaml", R"(apiVersion: v3.1.0
kind: DataContract
name: name
version: 1.0.0
schema:
  - properties:
      - {name: page, logicalType: string, required: true, primaryKey: true}
      - {name: weight, logicalType: integer, required: true}
)");
  const auto weigh = [&](std::optional<int> weight) {
    kafka_record row;
    row.key = "home";
    if (weight) {
      row.value = fmt::format(R"({{"page":"home","weight":{}}})", *weight);
    }
    test_support::append(*servers, names, {row});
  };
  weigh(1);
  weigh(10);
  auto text = content_of(pages.topology());
  const auto put = [&](const std::string& before, const std::string& what) {
    text.insert(text.find(before), what);
  };
  put("actors:", fmt::format("tables:\n  names: {{topic: {}, contract: name}}\n", names));
  put("    windows:", "    knows: names\n");
  put("n: count()", "w: sum(names.weight), ");
  const auto file = pages.folder.write("weighed.yaml", text);
  running run{aisle_command(pages.run_it(file))};
  const auto weight_of = [&](int minute) -> std::string {
    for (const auto& record : pages.counted()) {
      const auto window = json::parse(*record.value);
      if (window["start"] == fmt::format("2026-03-02T00:{:02}:00.000Z", minute)) {
        return window["values"]["w"].dump();
      }
    }
    return "none";
  };
  pages.append({counter::hit(1), counter::hit(2)});
  CHECK(eventually([&] { return pages.has_written() && weight_of(1) == "10"; }));
  weigh(20);
  REQUIRE(
      eventually([&] { return run.said().find("version 2 is in force") != std::string::npos; }));
  pages.append({counter::hit(3), counter::hit(4)});
  CHECK(eventually([&] { return weight_of(3) == "20"; }));
  weigh(std::nullopt);
  REQUIRE(
      eventually([&] { return run.said().find("version 3 is in force") != std::string::npos; }));
  pages.append({counter::hit(5), counter::hit(6)});
  CHECK(eventually([&] { return weight_of(5) == "null" || weight_of(5) == "0"; }));
  run.send(SIGTERM);
  CHECK(run.wait().code == 0);
}

TEST_CASE("2: a topic that is not there is named; 3: so is a broker that does not answer") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const counter pages{*servers};
  auto text = content_of(pages.topology());
  const auto missing = unique_name("missing");
  text.replace(text.find(pages.hits), pages.hits.size(), missing);
  const auto file = pages.folder.write("missing.yaml", text);
  const auto refused = aisle(pages.run_it(file, {"--bounded"}));
  CHECK(refused.code == 2);
  CHECK_MESSAGE(refused.err.find(missing) != std::string::npos, refused.err);

  const auto config = pages.folder.write("node.yaml", "kafka: {connect_within: 1s}\n");
  const auto gone = aisle({"run", pages.topology(), "--log", "kafka:127.0.0.1:1", "--out",
                           pages.folder / "none", "--config", config, "--bounded"});
  CHECK(gone.code == 3);
  CHECK_MESSAGE(gone.err.find("127.0.0.1:1") != std::string::npos, gone.err);
}

}  // namespace
}  // namespace aisle::e2e
