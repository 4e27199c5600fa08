// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <doctest/doctest.h>

#include "tests/expr/names.hpp"

namespace {

using namespace aisle;
using expr::errc;
using tests::compiled;
using tests::refused;

/// The bytes a diagnostic points at.
std::string pointed(std::string_view text) {
  const auto d = refused(text);
  REQUIRE(d.begin <= d.end);
  REQUIRE(d.end <= text.size());
  return std::string{text.substr(d.begin, d.end - d.begin)};
}

TEST_CASE("an unknown name is underlined, and the near one is offered") {
  const auto d = refused("i + untill");
  CHECK(d.code == errc::unknown_name);
  CHECK(d.begin == 4);
  CHECK(d.end == 10);
  CHECK(d.message == "there is no field `untill`");
  CHECK(d.suggestion == "until");
  CHECK(refused("table.cots > 1.00").suggestion == "table.cost");
  CHECK(refused("quite_something_else").suggestion.empty());
}

TEST_CASE("operands that do not fit are underlined with their operator") {
  const auto d = refused("1 + (s * 2)");
  CHECK(d.code == errc::type_mismatch);
  CHECK(d.message == "`*` does not take string and integer");
  CHECK(pointed("1 + (s * 2)") == "s * 2");
  CHECK(pointed("b and i") == "b and i");
  CHECK(pointed("i and b") == "i");
  CHECK(pointed("not s") == "not s");
  CHECK(pointed("- s") == "- s");
}

TEST_CASE("types that have nothing to do with each other are refused") {
  for (const auto* text :
       {"at + at", "span - at", "at * 2", "s + s", "b < c", "s == i", "at == span", "b + 1",
        "i == b", "span * x", "span / 2", "s and b", "not i", "-at", "-b", "at < '2011-01-18'"}) {
    CAPTURE(text);
    CHECK(refused(text).code == errc::type_mismatch);
    CHECK_FALSE(refused(text).expected.empty());
  }
}

TEST_CASE("what breaks off, stands alone or is left open is refused where it is") {
  CHECK(refused("").message == "the expression is empty");
  CHECK(refused("  ").message == "the expression is empty");
  CHECK(refused("i +").message == "the expression breaks off");
  CHECK(refused("i +").begin == 3);
  CHECK(pointed("(i + 1") == "(");
  CHECK(pointed("i + 1)") == ")");
  CHECK(pointed("i j") == "j");
  CHECK(pointed("i * / j") == "/");
  CHECK(pointed("'north") == "'north");
  CHECK(pointed("`north") == "`n");
  CHECK(pointed("``") == "``");
  CHECK(pointed("i # j") == "#");
  CHECK(pointed("table. > 1") == "table.");
  CHECK(pointed(R"('\n')") == R"(\n)");
  CHECK(pointed("1.5m") == "1.5m");
  CHECK(pointed("1 + 12.") == "12.");
  CHECK(pointed("5 minutes") == "minutes");
  CHECK(pointed("5parsecs") == "5parsecs");
}

TEST_CASE("habits from other languages are answered with ours") {
  CHECK(refused("b && c").suggestion == "and");
  CHECK(refused("b || c").suggestion == "or");
  CHECK(refused("!b").suggestion == "not");
  CHECK(refused("i = 1").suggestion == "==");
  CHECK(refused("i <> 1").suggestion == "!=");
  CHECK(refused("b AND c").suggestion == "and");
  CHECK(refused("i == null").suggestion == "is null");
  CHECK(refused("i != null").suggestion == "is not null");
  CHECK(refused("abs(i)").message == "there is no function `abs`");
  CHECK(refused("1 < i < 3").message == "comparisons do not chain");
  CHECK(refused("i is 3").expected == "is null, is not null");
}

TEST_CASE("literals that do not fit are refused") {
  CHECK(refused("9223372036854775808").code == errc::out_of_range);
  CHECK(tests::shown(compiled("-9223372036854775808").evaluate({})) == "-9223372036854775808");
  CHECK(refused("1.0000000000001").code == errc::out_of_range);
  CHECK(refused("9999999999999999.99999").code == errc::out_of_range);
  CHECK(refused("1e999").code == errc::out_of_range);
  CHECK(pointed("i + 1e999") == "1e999");
  CHECK(refused("36526d").code == errc::syntax);
}

TEST_CASE("a product with too many digits behind the point is refused when it is written") {
  const auto d = refused("d4 * d4 * d4 * d4");
  CHECK(d.code == errc::type_mismatch);
  CHECK(d.message == "the exact product has 16 digits behind the point");
  CHECK(compiled("d4 * d4 * d4 * (d4 * 1e0)").type().kind == base::kind::number);
}

TEST_CASE("depth and length have limits") {
  const auto nested = [](int depth) {
    const auto n = static_cast<std::size_t>(depth);
    return std::string(n, '(') + "i" + std::string(n, ')');
  };
  CHECK(expr::compile(nested(64), tests::all_types()));
  CHECK(refused(nested(65)).code == errc::too_complex);
  CHECK(refused(std::string(4000, '(')).code == errc::too_complex);
  CHECK(refused(std::string(4000, '-')).code == errc::too_complex);
  CHECK(refused(std::string(5000, ' ')).code == errc::too_complex);

  std::string chain = "i";
  while (chain.size() + 4 < 4096) {
    chain += " + i";
  }
  CHECK(tests::compiled(chain).type().kind == base::kind::integer);

  std::string waiting = "i";
  for (int n = 0; n < 40; ++n) {
    waiting = "i + i * (" + waiting + ")";
  }
  CHECK(refused(waiting).code == errc::too_complex);
}

TEST_CASE("keywords in backquotes are names") {
  const expr::scope odd{{tests::bound("is", {base::kind::integer}, 0),
                         tests::bound("cost (GBP)", {base::kind::decimal, 2}, 1)}};
  CHECK(expr::compile("`is` is null", odd));
  CHECK(expr::compile("`cost (GBP)` * `is`", odd));
  CHECK_FALSE(expr::compile("is is null", odd));
}

}  // namespace
