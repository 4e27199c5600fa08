// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/diagnostic.hpp"

#include <tuple>

#include <doctest/doctest.h>

namespace aisle::base {
namespace {

diagnostic example() {
  diagnostic d;
  d.path = "shop.yaml";
  d.line = 12;
  d.column = 5;
  d.width = 4;
  d.code = "unknown-key";
  d.message = "source \"clicks\" has no key \"tpic\"";
  d.expected = "one of: topic, files";
  d.suggestion = "topic";
  d.source_line = "    tpic: clicks";
  return d;
}

TEST_CASE("a diagnostic shows its place, the line, a caret, what was expected and what was meant") {
  CHECK(to_text(example()) ==
        "shop.yaml:12:5: error[unknown-key]: source \"clicks\" has no key \"tpic\"\n"
        "12 |     tpic: clicks\n"
        "   |     ^^^^\n"
        "   = expected one of: topic, files\n"
        "   = did you mean topic?\n");
}

TEST_CASE("a diagnostic about a whole file shows neither line nor caret") {
  diagnostic d;
  d.path = "shop.yaml";
  d.code = "not-utf8";
  d.message = "the file is not UTF-8 text";
  CHECK(to_text(d) == "shop.yaml: error[not-utf8]: the file is not UTF-8 text\n");
}

TEST_CASE("colour is there only when it is asked for") {
  CHECK(to_text(example()).find('\x1b') == std::string::npos);
  CHECK(to_text(example(), colours::on).find("\x1b[1;31m") != std::string::npos);
}

TEST_CASE("the caret counts characters, not bytes, and a tab as one") {
  auto d = example();
  d.column = 7;
  d.width = 2;
  d.source_line = "\t\"é\": xy";
  CHECK(to_text(d).find("12 |  \"é\": xy\n   |       ^^\n") != std::string::npos);
}

TEST_CASE("a very long line is cut to what is around the caret") {
  auto d = example();
  d.source_line = std::string(5000, 'a') + "HERE" + std::string(5000, 'b');
  d.column = 5001;
  const auto text = to_text(d);
  CHECK(text.size() < 600);
  CHECK(text.find("aaaHEREbbb") != std::string::npos);
  const auto line = text.substr(text.find('\n') + 1);
  const auto caret = line.substr(line.find('\n') + 1);
  // The ellipsis in front is three bytes and one column.
  CHECK(line.find("HERE") - 2 == caret.find('^'));
}

TEST_CASE("control characters of a file never reach the terminal") {
  auto d = example();
  d.source_line = "a\x1b[2Jb";
  CHECK(to_text(d).find('\x1b') == std::string::npos);
}

TEST_CASE("the JSON form holds all members of every diagnostic") {
  const diagnostic all[] = {example(), example()};
  CHECK(to_json(all) ==
        "[{\"path\":\"shop.yaml\",\"line\":12,\"column\":5,\"code\":\"unknown-key\","
        "\"message\":\"source \\\"clicks\\\" has no key \\\"tpic\\\"\","
        "\"expected\":\"one of: topic, files\",\"suggestion\":\"topic\"},\n"
        " {\"path\":\"shop.yaml\",\"line\":12,\"column\":5,\"code\":\"unknown-key\","
        "\"message\":\"source \\\"clicks\\\" has no key \\\"tpic\\\"\","
        "\"expected\":\"one of: topic, files\",\"suggestion\":\"topic\"}]\n");
  CHECK(to_json({}) == "[]\n");
}

TEST_CASE("diagnostics are put in the order of the file, those of one place as they came") {
  diagnostics all;
  for (const auto& [path, line, code] : {std::tuple{"a", 3U, "1"},
                                         {"b", 1U, "2"},
                                         {"a", 1U, "3"},
                                         {"a", 3U, "4"},
                                         {"b", 0U, "5"},
                                         {"a", 2U, "6"}}) {
    diagnostic d;
    d.path = path;
    d.line = line;
    d.code = code;
    all.push_back(d);
  }
  sort_by_place(all, "a");
  std::string order;
  for (const auto& d : all) {
    order += d.code;
  }
  CHECK(order == "361425");
}

TEST_CASE("the nearest word is the one that was probably meant") {
  const std::vector<std::string> words{"tumbling", "sliding", "lateness", "keep", "every"};
  CHECK(nearest("tumblin", words) == "tumbling");
  CHECK(nearest("latenses", words) == "lateness");
  CHECK(nearest("Keep", words) == "keep");
  CHECK(nearest("kepe", words) == "keep");
  CHECK(nearest("session", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(nearest("x", words).empty());
}

TEST_CASE("of equally near words the first is taken, and a long one costs nothing") {
  const std::vector<std::string> words{"cat", "bat"};
  CHECK(nearest("rat", words) == "cat");
  const std::vector<std::string> long_word{std::string(100'000, 'a')};
  CHECK(nearest(std::string(100'000, 'a'), long_word).empty());
}

}  // namespace
}  // namespace aisle::base
