// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/pattern.hpp"

#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace {

bool matches(std::string_view expression, std::string_view text) {
  const auto compiled = aisle::record::pattern::compile(expression);
  REQUIRE_MESSAGE(compiled.has_value(), std::string{expression});
  return compiled->matches(text);
}

std::string refusal(std::string_view expression) {
  const auto compiled = aisle::record::pattern::compile(expression);
  REQUIRE_FALSE_MESSAGE(compiled.has_value(), std::string{expression});
  return compiled.error();
}

/// An expression as a tree: one of `abc`, a range, a sequence, a choice, or a repetition.
struct tree {
  char kind = 'a';
  std::vector<tree> parts;
};

tree random_tree(std::mt19937_64& chance, int depth) {
  tree t{"abc-&|*+?2" [chance() % (depth > 2 ? 4 : 10)], {}};
  const int parts = t.kind == '&' || t.kind == '|' ? 2 : std::string_view{"*+?2"}.contains(t.kind);
  for (int i = 0; i < parts; ++i) {
    t.parts.push_back(random_tree(chance, depth + 1));
  }
  return t;
}

std::string to_text(const tree& t) {
  switch (t.kind) {
    case '-':
      return "[b-c]";
    case '&':
      return to_text(t.parts[0]) + to_text(t.parts[1]);
    case '|':
      return "(" + to_text(t.parts[0]) + "|" + to_text(t.parts[1]) + ")";
    case '2':
      return "(" + to_text(t.parts[0]) + "){1,2}";
    case '*':
    case '+':
    case '?':
      return "(" + to_text(t.parts[0]) + ")" + t.kind;
    default:
      return {t.kind};
  }
}

using places = std::set<std::size_t>;

/// Where the tree can end in the text when it begins at one of these places.
places ends(const tree& t, std::string_view text, const places& begins) {
  places found;
  const auto add = [&](const places& more) { found.insert(more.begin(), more.end()); };
  const auto once = [&](const places& from) { return ends(t.parts[0], text, from); };
  switch (t.kind) {
    case '&':
      return ends(t.parts[1], text, once(begins));
    case '|':
      add(once(begins)), add(ends(t.parts[1], text, begins));
      return found;
    case '2':
      add(once(begins)), add(once(once(begins)));
      return found;
    case '?':
      add(begins), add(once(begins));
      return found;
    case '*':
    case '+':
      add(t.kind == '*' ? begins : once(begins));
      for (std::size_t before = 0; before != found.size();) {
        before = found.size();
        add(once(found));
      }
      return found;
    default:
      for (const auto at : begins) {
        if (at < text.size() && (t.kind == '-' ? text[at] != 'a' : text[at] == t.kind)) {
          found.insert(at + 1);
        }
      }
      return found;
  }
}

}  // namespace

TEST_CASE("a pattern matches whole texts, with or without anchors") {
  CHECK(matches("[0-9]{6}", "000123"));
  CHECK(matches("^[0-9]{6}$", "000123"));
  CHECK_FALSE(matches("[0-9]{6}", "0001234"));
  CHECK_FALSE(matches("[0-9]{6}", "x000123"));
  CHECK_FALSE(matches("[0-9]{6}", ""));
}

TEST_CASE("a counted group repeats as often as it says") {
  CHECK(matches("S\\d{3}(-T\\d{2})?", "S001-T02"));
  CHECK(matches("(ab){2,3}", "abab"));
  CHECK(matches("(ab){2,3}", "ababab"));
  CHECK_FALSE(matches("(ab){2,3}", "ab"));
  CHECK_FALSE(matches("(ab){2,3}", "abababab"));
  CHECK(matches("a{2,}", "aaaaaaa"));
  CHECK_FALSE(matches("a{2,}", "a"));
  CHECK(matches("a{0,2}", ""));
  CHECK(matches("(a|b){0,}c", "abbac"));
}

TEST_CASE("escapes stand for signs and classes, inside brackets too") {
  CHECK(matches("\\d+\\.\\d+", "12.5"));
  CHECK_FALSE(matches("\\d+\\.\\d+", "12x5"));
  CHECK(matches("[\\w.-]+", "a.b-c_9"));
  CHECK(matches("a\\$", "a$"));
}

TEST_CASE("a byte beyond ASCII is taken by a dot and by an inverted class") {
  CHECK(matches("..", "ä"));
  CHECK(matches("[^,]+", "Käse"));
  CHECK_FALSE(matches("[a-z]+", "käse"));
}

TEST_CASE("a pattern that cannot be is refused with the place") {
  CHECK(refusal("(ab") == "a ( without its ) at character 4");
  CHECK(refusal("ab)") == "a ) without its ( at character 3");
  CHECK(refusal("[ab") == "a [ without its ] at character 4");
  CHECK(refusal("[z-a]") == "a range that runs backwards at character 5");
  CHECK(refusal("*a") ==
        "a sign that needs a \\ in front of it to stand for itself at character 1");
  CHECK(refusal("a**") == "two repetitions of one thing at character 3");
  CHECK(refusal("a{3,2}").starts_with("a repetition is {m}, {m,} or {m,n}"));
  CHECK(refusal("(a*b?){64}").starts_with("a repetition needs a number up to 63"));
  CHECK(refusal("[a-z]{40}[0-9]{40}").starts_with("longer than 63 places"));
  CHECK(refusal("\\bword").starts_with("an escape that is not known"));
  CHECK(refusal("()").starts_with("an empty group"));
  CHECK(refusal("ä").starts_with("a character that is not printable ASCII"));
  CHECK(refusal(std::string(100, '(')).starts_with("nested too deep"));
}

TEST_CASE("a text that makes backtracking explode is matched in one pass") {
  CHECK_FALSE(matches("(a|a)*(a|a)*(a|a)*b", std::string(100'000, 'a')));
}

TEST_CASE("random patterns take exactly the texts a plain search says they take") {
  std::mt19937_64 chance{11};
  for (int round = 0; round < 400; ++round) {
    const auto tree = random_tree(chance, 0);
    const auto compiled = aisle::record::pattern::compile(to_text(tree));
    if (!compiled) {
      CHECK(compiled.error().starts_with("longer than 63 places"));
      continue;
    }
    for (int i = 0; i < 40; ++i) {
      std::string text;
      for (auto length = chance() % 9; length > 0; --length) {
        text += "abc"[chance() % 3];
      }
      CHECK_MESSAGE(compiled->matches(text) == ends(tree, text, {0}).contains(text.size()),
                    to_text(tree), text);
    }
  }
}
