// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/cli/shell.hpp"

namespace aisle::tool {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct fixture {
  temporary_folder folder;
  [[nodiscard]] said run(const std::string& line) const { return shell(line, folder.path()); }
};

TEST_CASE("lines that are appended are read back as they were") {
  const fixture f;
  const auto appended =
      f.run("printf '{\"n\":1}\\n{\"n\":2}\\n' | aisle log append t --log embedded:d");
  CHECK(appended.code == 0);
  CHECK(appended.out.empty());
  CHECK(appended.err == "aisle: 2 appended\n");
  CHECK(f.run("aisle log read t --log embedded:d").out == "{\"n\":1}\n{\"n\":2}\n");
  CHECK(f.run("aisle log read t --log embedded:d --from 1").out == "{\"n\":2}\n");
  CHECK(f.run("aisle log read t --log embedded:d --max 1").out == "{\"n\":1}\n");
  CHECK(f.run("aisle log ls --log embedded:d").out.starts_with("t  1 partition  2 records  "));
  CHECK(
      f.run("aisle log stat t --log embedded:d").out.starts_with("partition 0  offsets 0 to 2  "));
}

TEST_CASE("a field of the line is the key, and chooses the partition as Kafka does") {
  const fixture f;
  // murmur2("21") = -973932308: without the sign 1173551340, modulo 7 is 6.
  CHECK(
      f.run("echo '{\"k\":21}' | aisle log append t --log embedded:d --partitions 7 --key-field k")
          .code == 0);
  const auto read = f.run("aisle log read t --log embedded:d --json").out;
  CHECK(holds(read, "{\"partition\":" + std::to_string((-973932308 & 0x7fffffff) % 7) +
                        ",\"offset\":0,\"key\":\"21\",\"timestamp\":\""));
  CHECK(holds(read, ",\"headers\":{},\"value\":\"{\\\"k\\\":21}\"}\n"));
  const auto without =
      f.run("echo '{\"a\":1}' | aisle log append t --log embedded:d --key-field k");
  CHECK(without.code == 1);
  CHECK(holds(without.err, "line 1 has no field \"k\""));
}

TEST_CASE("the same lines of the same producer are there once") {
  const fixture f;
  const std::string append = " | aisle log append t --log embedded:d --producer till";
  CHECK(f.run("seq 3" + append).err == "aisle: 3 appended\n");
  CHECK(f.run("seq 5" + append).err == "aisle: 2 appended, 3 were there already\n");
  CHECK(f.run("aisle log read t --log embedded:d").out == "1\n2\n3\n4\n5\n");
}

TEST_CASE("whoever follows sees what another process appends") {
  const fixture f;
  const auto read = f.run(
      "seq 2 | aisle log append t --log embedded:d; "
      "aisle log read t --log embedded:d --follow --max 4 & "
      "seq 3 4 | aisle log append t --log embedded:d; wait");
  CHECK(read.out == "1\n2\n3\n4\n");
}

TEST_CASE("arguments that make no sense for a log end with 2 and a sentence") {
  const fixture f;
  REQUIRE(f.run("seq 3 | aisle log append t --log embedded:d").code == 0);
  for (const std::string line :
       {"aisle log", "aisle log ls", "aisle log frob --log embedded:d",
        "aisle log ls --log files:d", "aisle log ls --log embedded:nowhere",
        "aisle log ls t --log embedded:d", "aisle log read --log embedded:d",
        "aisle log read nobody --log embedded:d", "aisle log read t --log embedded:d --from 4",
        "aisle log read t --log embedded:d --partition 1",
        "aisle log read t --log embedded:d --key-field k",
        "aisle log append t --log embedded:d --follow",
        "aisle log append t --log embedded:d --partitions 2",
        "aisle log append t/u --log embedded:d", "aisle log append u --log embedded:d --keep-age x",
        "aisle log append u --log embedded:d --partitions 0"}) {
    CAPTURE(line);
    const auto answered = f.run(line);
    CHECK_MESSAGE(answered.code == 2, answered.err);
    CHECK(answered.out.empty());
    CHECK(answered.err.size() > 20);
  }
}

TEST_CASE("a damaged log ends with 3, file and byte, behind what is whole") {
  const fixture f;
  REQUIRE(f.run("seq 2 | aisle log append t --log embedded:d").code == 0);
  REQUIRE(f.run("echo 3 | aisle log append t --log embedded:d").code == 0);
  const std::string segment = "d/t/0000/00000000000000000000.segment";
  REQUIRE(f.run("printf '\\377' | dd of=" + segment + " bs=1 conv=notrunc seek=$(($(stat -c %s " +
                segment + ") - 1))")
              .code == 0);
  const auto read = f.run("aisle log read t --log embedded:d");
  CHECK(read.code == 3);
  CHECK(holds(read.err, segment + " is damaged at byte "));
}

}  // namespace
}  // namespace aisle::tool
