// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/cli/shell.hpp"

namespace aisle::tool {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string small = R"yaml(aisle: 1
topology: small
vars: {in: points.csv}
sources: {points: {files: "${in}", contract: series_point}}
actors: {all: {per: [], reads: points, windows: {hourly: {tumbling: 1h, keep: {n: count()}}}}}
sinks: {out: {from: all.windows, files: windows}}
)yaml";

struct fixture {
  temporary_folder folder;

  fixture() {
    folder.write("small.yaml", small);
    folder.write("points.csv", "timestamp,value\n2026-01-01 00:00:00,1\n");
  }
  [[nodiscard]] said run(const std::string& line) const { return shell(line, folder.path()); }
};

TEST_CASE("what a good check says goes to stderr, and names the next command") {
  const fixture f;
  const auto checked = f.run("aisle check small.yaml");
  CHECK(checked.code == 0);
  CHECK(checked.out.empty());
  CHECK(checked.err ==
        "aisle: small.yaml is good: 1 source, 1 stage, 1 sink\n"
        "Next: aisle run small.yaml --out OUT --bounded\n");
  CHECK(f.run("aisle check small.yaml --json").out == "[]\n");
}

TEST_CASE("the next command can be pasted into a shell, whatever the values are") {
  const fixture f;
  f.folder.write("it's $HOME.csv", "timestamp,value\n");
  const auto checked = f.run("aisle check small.yaml --set in=\"it's \\$HOME.csv\"");
  CHECK(checked.code == 0);
  CHECK(holds(checked.err, "--set 'in=it'\\''s $HOME.csv' --out"));
}

TEST_CASE("check tells what it could not look at") {
  const fixture f;
  const auto checked = f.run("aisle check retail");
  CHECK(checked.code == 0);
  CHECK(holds(checked.err, "was not looked at: --log files:DIR --set dir=VALUE"));
  CHECK(f.run("aisle check retail --set dir=nowhere").code == 1);
}

TEST_CASE("a path on the command line begins at the working directory") {
  const fixture f;
  f.folder.write("elsewhere/data/p.csv", "timestamp,value\n");
  const auto good =
      shell("aisle check ../small.yaml --set in=data/p.csv", f.folder.path() / "elsewhere");
  CHECK(good.code == 0);
  CHECK(shell("aisle check ../small.yaml", f.folder.path() / "elsewhere").code == 0);
  CHECK(f.run("aisle check small.yaml --set in=data/p.csv").code == 1);
}

TEST_CASE("a command or option that is nearly right is answered with the right one") {
  const fixture f;
  for (const auto& [line, meant] :
       {std::pair{"aisle chekc small.yaml", "did you mean check?"},
        std::pair{"aisle check small.yaml --jsno", "did you mean --json?"},
        std::pair{"aisle run small.yaml --out o --shrads 2", "did you mean --shards?"},
        std::pair{"aisle check sereis", "did you mean series?"},
        std::pair{"aisle list modles", "did you mean models?"},
        std::pair{"aisle check small.yaml --set ni=x", "did you mean in?"}}) {
    CAPTURE(line);
    const auto answered = f.run(line);
    CHECK(answered.code != 0);
    CHECK(answered.out.empty());
    CHECK_MESSAGE(holds(answered.err, meant), answered.err);
  }
}

TEST_CASE("arguments that make no sense end with 2 and a sentence, and nothing is done") {
  const fixture f;
  for (const std::string line :
       {"aisle", "aisle frobnicate", "aisle --frobnicate", "aisle check",
        "aisle check nowhere.yaml", "aisle check small.yaml another",
        "aisle check small.yaml --set", "aisle check small.yaml --set in",
        "aisle check small.yaml --set =x", "aisle check small.yaml --log",
        "aisle check small.yaml --log x", "aisle check small.yaml --log kafka:h",
        "aisle check small.yaml --log embedded:", "aisle run small.yaml",
        "aisle run small.yaml --out o --shards 0", "aisle run small.yaml --out o --shards x",
        "aisle list everything", "aisle check .", "aisle version --jsn"}) {
    CAPTURE(line);
    const auto answered = f.run(line);
    CHECK_MESSAGE(answered.code == 2, answered.err);
    CHECK(answered.out.empty());
    CHECK(answered.err.size() > 20);
    CHECK_FALSE(std::filesystem::exists(f.folder.path() / "o"));
  }
}

TEST_CASE("check takes the address of a broker, and asks nobody there") {
  const fixture f;
  CHECK(f.run("aisle check small.yaml --set in=in.ndjson --log kafka:nowhere.invalid:9092").code ==
        f.run("aisle check small.yaml --set in=in.ndjson").code);
  CHECK(holds(f.run("aisle check small.yaml --log kafka:h").err, "has no port"));
}

TEST_CASE("help goes to stdout and ends well") {
  const fixture f;
  const auto help = f.run("aisle --help");
  CHECK(help.code == 0);
  for (const auto* command : {"run", "check", "explain", "list", "world", "version"}) {
    CHECK_MESSAGE(holds(help.out, command), help.out);
  }
  const auto of_check = f.run("aisle check --help");
  CHECK(of_check.code == 0);
  CHECK(holds(of_check.out, "--set NAME=VALUE"));
  CHECK(f.run("aisle world --help").code == 0);
}

TEST_CASE("explain prints the graph, for people and for Graphviz, before any data is there") {
  const fixture f;
  const auto explained = f.run("aisle explain retail");
  CHECK(explained.code == 0);
  CHECK(holds(explained.out, "stage store: one actor per store_id"));
  CHECK(holds(explained.out, "refill"));
  const auto dot = f.run("aisle explain retail --dot");
  CHECK(dot.code == 0);
  CHECK(dot.out.starts_with("digraph \"retail\" {"));
  CHECK(std::ranges::count(dot.out, '{') == std::ranges::count(dot.out, '}'));
  CHECK(f.run("aisle explain nowhere").code == 2);
}

TEST_CASE(
    "list names all topologies with their vars, all models with their defaults, all contracts") {
  const fixture f;
  const auto list = f.run("aisle list");
  CHECK(list.code == 0);
  for (const auto* name :
       {"retail", "online-retail", "complete-journey", "series", "demand", "--set: lines, products",
        "reorder: order_up_to", "0.97", "transaction"}) {
    CHECK_MESSAGE(holds(list.out, name), list.out);
  }
  CHECK_FALSE(holds(f.run("aisle list contracts").out, "order_up_to"));
}

TEST_CASE("every topology and every model says in one line what it is for") {
  const fixture f;
  const auto listed = f.run(
      "aisle list --json | python3 -c 'import json,sys\n"
      "a=json.load(sys.stdin)\n"
      "assert len(a[\"topologies\"])>=5 and len(a[\"models\"])>=9 and len(a[\"contracts\"])>=10\n"
      "for part in a.values():\n"
      "  for one in part:\n"
      "    assert len(one[\"summary\"])>10, one\n"
      "for m in a[\"models\"]:\n"
      "  for p in m[\"parameters\"]:\n"
      "    assert p[\"summary\"] and p[\"kind\"], m'");
  CHECK_MESSAGE(listed.code == 0, listed.err);
}

TEST_CASE("version is one line, or an object") {
  const fixture f;
  CHECK(f.run("aisle version").out.starts_with("aisle "));
  CHECK(f.run("aisle --version").out == f.run("aisle version").out);
  CHECK(f.run("aisle version --json").out.starts_with("{\"version\":\""));
}

TEST_CASE("diagnostics carry no colour where there is no terminal") {
  const fixture f;
  f.folder.write("bad.yaml", "aisle: 2\n");
  const auto checked = f.run("TERM=xterm aisle check bad.yaml");
  CHECK(checked.code == 1);
  CHECK(holds(checked.err, "bad.yaml:1:8: error[unknown-version]"));
  CHECK_FALSE(holds(checked.err, "\x1b"));
}

TEST_CASE(
    "a file that is no text, too large or a folder ends with complaints, never with a signal") {
  const fixture f;
  CHECK(f.run("head -c 3000000 /dev/zero > zeros.yaml; aisle check zeros.yaml").code == 1);
  CHECK(f.run("head -c 100000 /dev/urandom > noise.yaml; aisle check noise.yaml").code == 1);
  CHECK(f.run(": > empty.yaml; aisle check empty.yaml").code == 1);
  CHECK(f.run("mkdir folder.yaml; aisle check folder.yaml").code == 2);
}

TEST_CASE("the shipped topologies keep their names and vars") {
  const fixture f;
  const auto listed = f.run(
      "aisle list topologies --json | python3 -c 'import json,sys\n"
      "vars={t[\"name\"]: t[\"vars\"] for t in json.load(sys.stdin)[\"topologies\"]}\n"
      "assert vars[\"retail\"]==[\"dir\"], vars\n"
      "assert vars[\"online-retail\"]==[\"lines\"], vars\n"
      "assert vars[\"complete-journey\"]==[\"lines\",\"products\"], vars\n"
      "assert vars[\"series\"]==[\"points\"], vars\n"
      "assert vars[\"demand\"][:3]==[\"sales\",\"every\",\"horizon\"], vars'");
  CHECK_MESSAGE(listed.code == 0, listed.err);
}

}  // namespace
}  // namespace aisle::tool
