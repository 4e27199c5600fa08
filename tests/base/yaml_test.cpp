// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/yaml.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace aisle::base {
namespace {

yaml_document parsed(std::string text) {
  auto document = parse_yaml(std::move(text), "t.yaml");
  REQUIRE_MESSAGE(document.has_value(), to_text(document.error().front()));
  return std::move(*document);
}

/// `code line:column` of every complaint, joined.
std::string complaints(std::string text) {
  const auto document = parse_yaml(std::move(text), "t.yaml");
  if (document) {
    return "none";
  }
  std::string all;
  for (const auto& d : document.error()) {
    all += (all.empty() ? "" : ", ") + d.code + " " + std::to_string(d.line) + ":" +
           std::to_string(d.column);
  }
  return all;
}

TEST_CASE("scalars stay as they are written, and every node knows its place") {
  const auto d = parsed("a: 00123\nb: [x, \"1\"]\nc:\n  d: no\n");
  CHECK(d.root.find("a")->text == "00123");
  CHECK_FALSE(d.root.find("a")->quoted);
  const auto* const b = d.root.find("b");
  REQUIRE(b->elements.size() == 2);
  CHECK(b->elements[1].quoted);
  CHECK(b->elements[1].line == 2);
  CHECK(b->elements[1].column == 8);
  CHECK(d.root.find("c")->find("d")->text == "no");
  CHECK(d.root.find("e") == nullptr);
}

TEST_CASE("columns count characters, also behind a byte order mark") {
  const auto d = parsed("\xEF\xBB\xBF{é: ü, b: c}\n");
  CHECK(d.root.members[1].key.column == 8);
}

TEST_CASE("lines of Windows are lines") {
  const auto d = parsed("a: 1\r\nb: 2\r\n");
  CHECK(d.root.find("b")->text == "2");
  CHECK(d.root.find("b")->line == 2);
  CHECK(d.at(*d.root.find("b"), "x", "y").source_line == "b: 2");
}

TEST_CASE("absent values are null at their key, empty quotes are a text") {
  const auto d = parsed("a:\nb: ~\nc: \"\"\n");
  CHECK(d.root.find("a")->shape == yaml_node::shape::null);
  CHECK(d.root.find("a")->line == 1);
  CHECK(d.root.find("b")->shape == yaml_node::shape::null);
  CHECK(d.root.find("c")->shape == yaml_node::shape::scalar);
}

TEST_CASE("an empty file is one null") {
  CHECK(parsed("").root.shape == yaml_node::shape::null);
  CHECK(parsed("# nothing\n").root.shape == yaml_node::shape::null);
}

TEST_CASE("what the language does not know is refused with its place") {
  CHECK(complaints("a: 1\nb: 2\na: 3\n") == "duplicate-key 3:1");
  CHECK(complaints("a: 1\n\"a\": 3\n") == "duplicate-key 2:1");
  CHECK(complaints("a: &x 1\n") == "anchor 1:4");
  CHECK(complaints("a: &x [1]\nb: *x\n") == "anchor 1:4, alias 2:4");
  CHECK(complaints("a: *nobody\n") == "syntax 1:4");
  CHECK(complaints("a: !!str 1\n") == "tag 1:4");
  CHECK(complaints("a: ! 1\n") == "tag 1:4");
  CHECK(complaints("a: !!map {b: 1}\n") == "tag 1:4");
  CHECK(complaints("<<: {b: 1}\n") == "merge-key 1:1");
  CHECK(complaints("? [a, b]\n: 1\n") == "key-not-text 1:3");
  CHECK(complaints("~: 1\n") == "key-not-text 1:1");
  CHECK(complaints("a: 1\n---\nb: 2\n") == "several-documents 2:1");
  CHECK(complaints("a: 1\n...\nb: 2\n") == "several-documents 3:1");
}

TEST_CASE("all complaints come at once, as far as the syntax can be followed") {
  CHECK(complaints("a: 1\na: 2\nb: &x 1\nc: !t 2\nd: [\n") ==
        "duplicate-key 2:1, anchor 3:4, tag 4:4, syntax 6:1");
}

TEST_CASE("a quote that is never closed is an error, which yaml-cpp does not see") {
  CHECK(complaints("a: \"x\nb: 1\n") == "open-quote 1:4");
  CHECK(complaints("a: 'x''\nb: 1\n") == "open-quote 1:4");
  CHECK(complaints("a: '''\n") == "open-quote 1:4");
  CHECK(complaints("a: \"x\\\"\n") == "open-quote 1:4");
  CHECK(complaints("a: '''x'\nb: \"\\\\\"\n") == "none");
}

TEST_CASE("bytes that are no text are refused") {
  CHECK(complaints("a: \xC3(\n") == "not-utf8 0:0");
  CHECK(complaints("\xFF\xFE"
                   "a\n") == "not-utf8 0:0");
  // yaml-cpp would take byte 4 for the end of the file and drop what follows.
  CHECK(complaints("a: 1\n\x04\nb: 2\n") == "control-character 2:1");
  CHECK(complaints(std::string{"a: 1\n\0b", 7}) == "control-character 2:1");
}

TEST_CASE("a file beyond the bounds is refused, quickly") {
  CHECK(complaints(std::string(yaml_bytes_max + 1, 'a')) == "too-large 0:0");
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(complaints(nested(yaml_depth_max)) == "none");
  CHECK(complaints(nested(yaml_depth_max + 1)) == "too-deep 1:65");
  CHECK(complaints(std::string(yaml_bytes_max, '[')).starts_with("too-deep"));
  CHECK(complaints(std::string(yaml_bytes_max, '{')).starts_with("too-deep"));
  std::string dashes;
  for (int i = 0; i < 500'000; ++i) {
    dashes += "- ";
  }
  CHECK(complaints(dashes).starts_with("too-deep"));
}

TEST_CASE("at most a hundred complaints are made of one file") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text += "a: 1\n";
  }
  const auto document = parse_yaml(std::move(text), "t.yaml");
  REQUIRE_FALSE(document);
  CHECK(document.error().size() == yaml_complaints_max);
}

TEST_CASE("an expression split by its comma inside braces is recognised") {
  CHECK(complaints("k: {p: quantile(x, 0.95), c: 1}\n") == "comma-in-braces 1:8");
  CHECK(complaints("k: {p: f(x, g(1, 2), 3)}\n") == "comma-in-braces 1:8");
  CHECK(complaints("k: [f(a, b), c]\n") == "comma-in-braces 1:5");
  CHECK(complaints("k: {p: \"f(x, 1)\", q: f(x)}\n") == "none");
  CHECK(complaints("k: {p: '(', q: b)}\n") == "none");
  CHECK(complaints("p: f(x, 1)\n") == "none");
  const auto split = parse_yaml("k: {p: quantile(x, 0.95)}\n", "t.yaml");
  REQUIRE_FALSE(split);
  CHECK(split.error().front().expected.find("\"quantile(x, 0.95)\"") != std::string::npos);
}

TEST_CASE("${…} inside braces without quotes is recognised") {
  CHECK(complaints("a: {f: ${dir}/x.csv}\n") == "dollar-in-braces 1:8");
  CHECK(complaints("a: [x, ${dir}]\n") == "dollar-in-braces 1:8");
  CHECK(parsed("a: {f: \"${dir}/x\"}\n").root.find("a")->find("f")->text == "${dir}/x");
  CHECK(parsed("a: ${dir}/x\n").root.find("a")->text == "${dir}/x");
}

TEST_CASE("broken syntax has a place and words that help") {
  CHECK(complaints("\ta: 1\n") == "tab 1:1");
  CHECK(complaints("a:\n  \tb: 1\n") == "tab 2:3");
  CHECK(complaints("a: [1,\nb: 2\n") == "syntax 3:1");
  CHECK(complaints("a: x: y\n") == "syntax 1:5");
  CHECK(complaints("a: @x\n") == "syntax 1:4");
  const auto broken = parse_yaml("a: {b: 1\n", "t.yaml");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().front().message == "YAML does not go on like this inside { }");
}

TEST_CASE(
    "a place inside a scalar is found through quotes, and given up where the file reads "
    "otherwise") {
  const auto d = parsed("a: one + two\nb: \"é + two\"\nc: >\n  one\n  + two\nd: \"\\x41 + two\"\n");
  const auto plain = d.at(*d.root.find("a"), 6, 9, "c", "m");
  CHECK(plain.column == 10);
  CHECK(plain.width == 3);
  const auto quoted = d.at(*d.root.find("b"), 5, 8, "c", "m");
  CHECK(quoted.column == 9);
  CHECK(quoted.width == 3);
  CHECK(d.at(*d.root.find("c"), 6, 9, "c", "m").column == d.root.find("c")->column);
  CHECK(d.at(*d.root.find("d"), 4, 7, "c", "m").column == d.root.find("d")->column);
}

TEST_CASE("the caret goes from the first character of a scalar to its last") {
  const auto d = parsed("a: \"x y\" # z\nb: [1, 2]\nc: {d: '', e: }\n");
  CHECK(d.at(*d.root.find("a"), "c", "m").width == 5);
  CHECK(d.at(*d.root.find("b"), "c", "m").width == 1);
  CHECK(d.at(*d.root.find("c")->find("d"), "c", "m").width == 2);
}

struct read_all {
  yaml_document document;
  diagnostics found;
  yaml_reader reader;

  explicit read_all(std::string text)
      : document{parsed(std::move(text))}, reader{document, document.root, "the thing", found} {}
};

TEST_CASE("a reader answers by kind and complains of what does not fit") {
  read_all r{"t: x\ni: 7\nn: 2.5\nb: true\nd: 1h30m\n"};
  CHECK(r.reader.text("t") == "x");
  CHECK(r.reader.integer("i", 0, 10) == 7);
  CHECK(r.reader.number("n", 0, 10) == 2.5);
  CHECK(r.reader.boolean("b") == true);
  CHECK(r.reader.duration("d") == std::chrono::minutes{90});
  r.reader.finish();
  CHECK(r.found.empty());
}

TEST_CASE("numbers are strict: no octal, no yes, no underscore, no quotes") {
  for (const auto* const text : {"010", "0x10", "1_000", "1e3", "\"7\"", "+7", "", "1.0"}) {
    CAPTURE(text);
    read_all r{std::string{"i: "} + text + "\n"};
    CHECK_FALSE(r.reader.integer("i", -100, 100));
    CHECK(r.found.size() == 1);
    CHECK(r.found.front().code == "wrong-type");
  }
  for (const auto* const text :
       {".nan", ".inf", "inf", "nan", "1e999", "0x1p3", "00.5", ".5", "5x"}) {
    CAPTURE(text);
    CHECK_FALSE(strict_number(text));
  }
  CHECK(strict_number("-1e-3") == -0.001);
  CHECK(strict_integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(strict_integer("9223372036854775808"));
  read_all yes{"b: yes\n"};
  CHECK_FALSE(yes.reader.boolean("b"));
  CHECK(yes.found.front().expected == "true or false");
}

TEST_CASE("what is out of range is not answered") {
  read_all r{"i: 11\nn: -0.5\n"};
  CHECK_FALSE(r.reader.integer("i", 0, 10));
  CHECK_FALSE(r.reader.number("n", 0, 1));
  REQUIRE(r.found.size() == 2);
  CHECK(r.found[0].code == "out-of-range");
  CHECK(r.found[0].line == 1);
  CHECK(r.found[0].column == 4);
}

TEST_CASE("a member nobody asked for is an unknown key, with what was meant") {
  read_all r{"tpic: x\n"};
  CHECK_FALSE(r.reader.text("topic", true));
  static_cast<void>(r.reader.take("files"));
  r.reader.finish();
  REQUIRE(r.found.size() == 2);
  CHECK(r.found[0].code == "missing-key");
  CHECK(r.found[0].message == "the thing has no \"topic\"");
  CHECK(r.found[1].code == "unknown-key");
  CHECK(r.found[1].suggestion == "topic");
  CHECK(r.found[1].expected == "one of: topic, files");
}

TEST_CASE("a refused member is complained of once, with the reason, and is not offered") {
  read_all r{"later: x\nnope: y\n"};
  r.reader.refuse("later", "\"later\" comes later");
  static_cast<void>(r.reader.take("now"));
  r.reader.finish();
  REQUIRE(r.found.size() == 2);
  CHECK(r.found[0].code == "refused");
  CHECK(r.found[0].message == "\"later\" comes later");
  CHECK(r.found[1].expected == "one of: now");
}

TEST_CASE("a reader of something that is no mapping complains once and answers nothing") {
  read_all r{"- a\n"};
  CHECK_FALSE(r.reader.text("topic", true));
  r.reader.finish();
  REQUIRE(r.found.size() == 1);
  CHECK(r.found.front().code == "wrong-type");
}

TEST_CASE("a list or nothing where one value belongs is said so") {
  read_all r{"a: [1]\nb:\n"};
  CHECK_FALSE(r.reader.text("a"));
  CHECK_FALSE(r.reader.text("b"));
  REQUIRE(r.found.size() == 2);
  CHECK(r.found[0].message == "\"a\" of the thing is no single value");
  CHECK(r.found[1].message == "\"b\" of the thing has no value");
}

/// A small generator of its own: the same texts on every run.
class dice {
 public:
  std::size_t below(std::size_t n) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33) % n;
  }

 private:
  std::uint64_t state_ = 20;
};

TEST_CASE("whatever the text, parsing ends with a tree or with complaints inside the file") {
  const std::string_view pieces[] = {
      "a",     ": ",  "- ",  "\n", "  ", "{",   "}",  "[",    "]",  ",", "\"",          "'",
      "&x ",   "*x ", "!t ", "? ", "#",  "|\n", ">-", "é",    "${", "(", ")",           "\t",
      "---\n", "...", "<<",  "%",  "@",  "`",   "~",  "\r\n", "\\", "0", "\xEF\xBB\xBF"};
  dice d;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t n = d.below(24); n > 0; --n) {
      text += pieces[d.below(std::size(pieces))];
    }
    CAPTURE(text);
    const auto lines = 2 + std::ranges::count(text, '\n');
    const auto document = parse_yaml(text, "t.yaml");
    if (!document) {
      REQUIRE_FALSE(document.error().empty());
      for (const auto& complaint : document.error()) {
        REQUIRE(complaint.line <= lines);
        REQUIRE_FALSE(complaint.message.empty());
        REQUIRE_FALSE(to_text(complaint).empty());
      }
    }
  }
}

TEST_CASE("a good file with one byte changed never ends the process") {
  const std::string good =
      "aisle: 1\nsources:\n  a: {topic: t, contract: c}\n  b:\n    files: [\"x\", 'y']\n"
      "keep: {n: count(), p: \"quantile(x, 0.5)\"}\ntext: |\n  one\n  two\n";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      auto text = good;
      text[at] = static_cast<char>(byte);
      const auto document = parse_yaml(text, "t.yaml");
      REQUIRE((document || !document.error().empty()));
    }
  }
}

}  // namespace
}  // namespace aisle::base
