// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/paths.hpp"

#include <doctest/doctest.h>

#include "tests/topology/folder.hpp"

namespace aisle::topology {
namespace {

namespace fs = std::filesystem;
using testing::temporary_folder;

std::vector<std::string> names(const std::expected<std::vector<fs::path>, std::string>& found) {
  std::vector<std::string> all;
  if (found) {
    for (const auto& path : *found) {
      all.push_back(path.filename().string());
    }
  }
  return all;
}

TEST_CASE(
    "a path is relative to the file, one that begins on the command line to the working folder") {
  const folders at{.topology = "/shop/topologies", .working = "/home/ann"};
  const base::yaml_node of_file;
  const base::yaml_node of_command_line;
  origins from;
  from.begin_on_command_line.insert(&of_command_line);
  CHECK(resolve({"data/x.csv", &of_file}, from, at) == "/shop/topologies/data/x.csv");
  CHECK(resolve({"../x.csv", &of_file}, from, at) == "/shop/x.csv");
  CHECK(resolve({"data/x.csv", &of_command_line}, from, at) == "/home/ann/data/x.csv");
  CHECK(resolve({"/x.csv", &of_file}, from, at) == "/x.csv");
  CHECK(resolve({"/x.csv", &of_command_line}, from, at) == "/x.csv");
}

TEST_CASE("a glob finds its files, sorted by name, and no folders") {
  const temporary_folder folder;
  for (const auto* const name :
       {"b.csv", "a.csv", "ab.csv", "c.csv.gz", ".hidden.csv", "x/b.csv", "y/b.csv"}) {
    folder.write(name, "");
  }
  fs::create_directory(folder.path() / "folder.csv");
  using list = std::vector<std::string>;
  CHECK(names(expand(folder.path() / "*.csv")) == list{"a.csv", "ab.csv", "b.csv"});
  CHECK(names(expand(folder.path() / "?.csv")) == list{"a.csv", "b.csv"});
  CHECK(names(expand(folder.path() / "[!a]*.csv*")) == list{"b.csv", "c.csv.gz"});
  CHECK(names(expand(folder.path() / "[a-b].csv")) == list{"a.csv", "b.csv"});
  CHECK(names(expand(folder.path() / ".*.csv")) == list{".hidden.csv"});
  CHECK(expand(folder.path() / "*" / "b.csv")->size() == 2);
  CHECK(names(expand(folder.path() / "a.csv")) == list{"a.csv"});
}

TEST_CASE("what finds nothing says what was looked for") {
  const temporary_folder folder;
  folder.write("a.csv", "");
  CHECK(expand(folder.path() / "b.csv").error() ==
        "there is no file " + (folder.path() / "b.csv").string());
  CHECK(expand(folder.path() / "x" / "y" / "b.csv").error().ends_with("x is no folder"));
  CHECK(expand(folder.path() / "*.json").error().starts_with("no file matches"));
  CHECK(expand(folder.path()).error().ends_with("is no file"));
}

TEST_CASE("a file whose name looks like a glob is found by its name") {
  const temporary_folder folder;
  folder.write("a[1].csv", "");
  folder.write("a1.csv", "");
  CHECK(names(expand(folder.path() / "a[1].csv")) == std::vector<std::string>{"a[1].csv"});
}

TEST_CASE("a pattern of many stars ends soon") {
  const temporary_folder folder;
  folder.write(std::string(200, 'a'), "");
  std::string pattern;
  for (int i = 0; i < 60; ++i) {
    pattern += "*a";
  }
  CHECK_FALSE(expand(folder.path() / (pattern + "*b")));
  CHECK(expand(folder.path() / (pattern + "*")));
}

TEST_CASE("Kafka is named by the brokers to begin with") {
  const auto one = parse_log("kafka:h:9092", "/home/ann");
  REQUIRE(one.has_value());
  CHECK(one->kind == log_kind::kafka);
  CHECK(one->brokers == "h:9092");
  CHECK(one->folder.empty());
  CHECK(parse_log("kafka:10.0.0.1:9092,[::1]:9093,a-b.c_d.example:1", "/")->brokers ==
        "10.0.0.1:9092,[::1]:9093,a-b.c_d.example:1");
}

TEST_CASE("what is no list of brokers is refused, and the text says which part of it") {
  const auto problem_of = [](std::string_view text) {
    const auto read = parse_log(text, "/");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().ends_with("; expected kafka:HOST:PORT[,HOST:PORT...]"));
    return read.error();
  };
  CHECK(problem_of("kafka:broker").find("\"broker\" has no port; Kafka's own is 9092") !=
        std::string::npos);
  CHECK(problem_of("kafka:").find("has no port") != std::string::npos);
  CHECK(problem_of("kafka:h:0").find("\"0\" is no port") != std::string::npos);
  CHECK(problem_of("kafka:h:65536").find("\"65536\" is no port") != std::string::npos);
  CHECK(problem_of("kafka::9092").find("\"\" is no host") != std::string::npos);
  CHECK(problem_of("kafka:h:1,").find("has no port") != std::string::npos);
  CHECK(problem_of("kafka:user@h:1").find("\"user@h\" is no host") != std::string::npos);
  CHECK(problem_of("kafka:a b:1").find("is no host") != std::string::npos);
}

TEST_CASE("a log as text is read back as the same, from any folder") {
  for (const auto* const text : {"files:/d", "embedded:/a/b", "kafka:h:9092,i:1"}) {
    CHECK(to_text(*parse_log(text, "/elsewhere")) == text);
  }
  CHECK(to_text(*parse_log("files:d", "/home/ann")) == "files:/home/ann/d");
}

TEST_CASE("a log is a folder, or brokers, and nothing else") {
  CHECK(parse_log("files:d", "/home/ann")->folder == "/home/ann/d");
  CHECK(parse_log("files:/d", "/home/ann")->folder == "/d");
  CHECK(parse_log("files:d", "/")->kind == log_kind::files);
  CHECK(parse_log("embedded:d", "/home/ann")->folder == "/home/ann/d");
  CHECK(parse_log("embedded:d", "/")->kind == log_kind::embedded);
  CHECK_FALSE(parse_log("embedded:", "/"));
  CHECK_FALSE(parse_log("files:", "/"));
  CHECK_FALSE(parse_log("d", "/"));
}

TEST_CASE("a topic is one file: plain, .gz or .zst") {
  const temporary_folder folder;
  const log_address log{folder.path()};
  CHECK_FALSE(topic_file(log, "sales"));
  folder.write("sales.ndjson.gz", "");
  CHECK(topic_file(log, "sales")->filename() == "sales.ndjson.gz");
  folder.write("sales.ndjson", "");
  CHECK(topic_file(log, "sales").error().find("which of them") != std::string::npos);
}

TEST_CASE("the suffix says the format, also behind a compression") {
  CHECK(format_of("a.ndjson") == format::json);
  CHECK(format_of("a.jsonl.zst") == format::json);
  CHECK(format_of("a.b.csv.gz") == format::csv);
  CHECK_FALSE(format_of("a.txt"));
  CHECK_FALSE(format_of("csv"));
}

TEST_CASE("the name of a folder or topic stays in its folder") {
  for (const auto* const good : {"windows", "a.b-c_9", "9"}) {
    CHECK(is_plain_name(good));
  }
  for (const auto* const bad : {"", ".", "..", "a/b", "/a", ".hidden", "a b", "a\nb", "é"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_plain_name(bad));
  }
}

}  // namespace
}  // namespace aisle::topology
