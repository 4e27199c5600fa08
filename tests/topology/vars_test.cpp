// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/vars.hpp"

#include <doctest/doctest.h>

namespace aisle::topology {
namespace {

struct substituted {
  base::yaml_document document;
  base::diagnostics complaints;
  topology::origins origins;

  explicit substituted(std::string text, const settings& set = {},
                       unset_vars unset = unset_vars::are_errors)
      : document{std::move(*base::parse_yaml(std::move(text), "t.yaml"))} {
    origins = put_in_vars(document, set, unset, complaints);
  }

  [[nodiscard]] const base::yaml_node& at(std::string_view key) const {
    return *document.root.find(key);
  }
  [[nodiscard]] bool begins_on_command_line(std::string_view key) const {
    return origins.begin_on_command_line.contains(&at(key));
  }
};

TEST_CASE("vars are put in, defaults and settings, several in one text") {
  const substituted s{"vars: {a: x, b: y}\nt: \"${a}/${b}/${a}\"\nu: plain\n", {{"b", "z"}}};
  CHECK(s.complaints.empty());
  CHECK(s.at("t").text == "x/z/x");
  CHECK(s.at("u").text == "plain");
}

TEST_CASE("a value is text, whatever it looks like") {
  const substituted s{"vars: {a: x}\nt: [\"${a}\", b]\n",
                      {{"a", "], c: {d: 1}, ${a}, \"\n- e: *f"}}};
  CHECK(s.complaints.empty());
  REQUIRE(s.at("t").elements.size() == 2);
  CHECK(s.at("t").elements[0].text == "], c: {d: 1}, ${a}, \"\n- e: *f");
  CHECK(s.at("t").elements[0].shape == base::yaml_node::shape::scalar);
  CHECK(s.document.root.members.size() == 2);
}

TEST_CASE("a number that stands in quotes because of its braces is a number") {
  const substituted s{"vars: {n: 4}\nt: {count: \"${n}\"}\n"};
  CHECK_FALSE(s.at("t").find("count")->quoted);
  CHECK(s.at("t").find("count")->text == "4");
}

TEST_CASE("a text remembers that it begins with a value of the command line") {
  const substituted s{
      "vars: {d: data, e: data}\na: \"${d}/x\"\nb: \"${e}/x\"\nc: \"y/${d}\"\nf: \"${d}\"\n",
      {{"d", "mine"}}};
  CHECK(s.begins_on_command_line("a"));
  CHECK_FALSE(s.begins_on_command_line("b"));
  CHECK_FALSE(s.begins_on_command_line("c"));
  CHECK(s.begins_on_command_line("f"));
}

TEST_CASE("an empty value is a value; none at all must be set") {
  const substituted s{"vars: {e: \"\", n: }\na: \"<${e}>\"\nb: \"${n}\"\nc: \"${n}\"\n"};
  CHECK(s.at("a").text == "<>");
  REQUIRE(s.complaints.size() == 1);
  CHECK(s.complaints[0].code == "unset-var");
  CHECK(s.complaints[0].line == 1);
  CHECK(s.complaints[0].expected == "--set n=VALUE, or a value here");
  CHECK(substituted("vars: {n: }\nb: \"${n}\"\n", {{"n", "x"}}).at("b").text == "x");
}

TEST_CASE("an unset var nobody uses is no error, and none is when vars may stay") {
  CHECK(substituted("vars: {n: }\n").complaints.empty());
  const substituted s{"vars: {n: }\nb: \"${n}/x\"\n", {}, unset_vars::stay};
  CHECK(s.complaints.empty());
  CHECK(s.at("b").text == "${n}/x");
  CHECK(s.origins.unset.contains(&s.at("b")));
}

TEST_CASE("a var nobody declared is an error where it is used, with what was meant") {
  const substituted s{"vars: {dir: x}\nt: a/${dri}/b\n"};
  REQUIRE(s.complaints.size() == 1);
  CHECK(s.complaints[0].code == "unknown-var");
  CHECK(s.complaints[0].line == 2);
  CHECK(s.complaints[0].column == 6);
  CHECK(s.complaints[0].width == 6);
  CHECK(s.complaints[0].suggestion == "dir");
}

TEST_CASE("settings nobody declared, or that stand twice, are errors") {
  const substituted s{"vars: {dir: x}\n",
                      {{"dri", "a"}, {"dir", "b"}, {"dir", "c"}, {"dir", "\xFF"}}};
  REQUIRE(s.complaints.size() == 3);
  CHECK(s.complaints[0].path == "--set dri");
  CHECK(s.complaints[0].suggestion == "dir");
  CHECK(s.complaints[1].code == "set-twice");
  CHECK(substituted("vars: {dir: x}\n", {{"dir", "\xFF"}}).complaints[0].code == "not-utf8");
}

TEST_CASE("a var may stand for no key, and vars do not read each other") {
  const substituted s{"vars: {a: x, b: \"${a}\"}\n\"${a}\": 1\n"};
  REQUIRE(s.complaints.size() == 1);
  CHECK(s.complaints[0].message == "the value of a var cannot hold ${…} itself");
  CHECK(s.document.root.find("${a}") != nullptr);
}

TEST_CASE("an open ${ is an error, a lone $ is a text") {
  CHECK(substituted("vars: {a: x}\nt: b${a\n").complaints.at(0).code == "open-var");
  CHECK(substituted("t: \"$5 $a {b}\"\n").complaints.empty());
  CHECK(substituted("t: \"${}\"\n").complaints.at(0).code == "unknown-var");
}

TEST_CASE("vars cannot be made to fill the memory") {
  std::string text = "vars: {a: \"" + std::string(100'000, 'x') + "\"}\nt: [";
  for (int i = 0; i < 5'000; ++i) {
    text += "\"${a}\",";
  }
  const substituted s{text + "y]\n"};
  REQUIRE_FALSE(s.complaints.empty());
  CHECK(s.complaints[0].code == "too-large");
}

}  // namespace
}  // namespace aisle::topology
