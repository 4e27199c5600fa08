// SPDX-License-Identifier: Apache-2.0
#include "runtime/table/table.hpp"

#include <array>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "runtime/record/key.hpp"
#include "tests/io/temp_folder.hpp"

namespace {

using namespace aisle;
using base::value;

std::shared_ptr<const record::contract> contract_of(std::string_view properties) {
  auto parsed = record::parse_contract(
      fmt::format("apiVersion: v3.1.0\nkind: DataContract\nname: shelf\nversion: 1.0.0\n"
                  "schema:\n  - properties:\n{}",
                  properties),
      "shelf.yaml");
  REQUIRE(parsed.has_value());
  return std::make_shared<const record::contract>(std::move(*parsed));
}

/// Keyed by one text.
std::shared_ptr<const record::contract> products() {
  return contract_of(
      "      - {name: article, logicalType: string, required: true, primaryKey: true}\n"
      "      - {name: price, logicalType: decimal, required: true, "
      "logicalTypeOptions: {scale: 2, minimum: 0}}\n"
      "      - {name: note, logicalType: string}\n");
}

/// Keyed by a text and a number.
std::shared_ptr<const record::contract> shelves() {
  return contract_of(
      "      - {name: shop, logicalType: string, required: true, primaryKey: true}\n"
      "      - {name: facing, logicalType: integer, required: true, primaryKey: true}\n"
      "      - {name: width, logicalType: number}\n");
}

table::reference loaded(std::string_view text, std::shared_ptr<const record::contract> by,
                        const table::load_options& options = {}) {
  auto made = table::parse(text, "t.csv", std::move(by), options);
  if (!made) {
    for (const auto& d : made.error()) {
      MESSAGE(base::to_text(d));
    }
  }
  REQUIRE(made.has_value());
  return std::move(*made);
}

std::string row_of(const table::reference& t, std::string_view key) {
  const auto row = t.find(key);
  std::string json;
  if (row.words != nullptr) {
    record::append_json(json, t.contract().fields(), row);
  }
  return json;
}

/// `line code` of every complaint, with commas between.
std::string complaints(std::string_view text, std::shared_ptr<const record::contract> by,
                       const table::load_options& options = {}) {
  const auto made = table::parse(text, "t.csv", std::move(by), options);
  std::string all;
  if (!made) {
    for (const auto& d : made.error()) {
      CHECK(d.path == "t.csv");
      all += fmt::format("{}{} {}", all.empty() ? "" : ", ", d.line, d.code);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("rows are found by their key") {
  const auto t = loaded("note,article,price\nfine,000123,3.49\n,000124,1\n", products());
  CHECK(t.size() == 2);
  CHECK(row_of(t, "000123") == R"({"article":"000123","price":"3.49","note":"fine"})");
  CHECK(row_of(t, "000124") == R"({"article":"000124","price":"1.00"})");
  CHECK(t.find("123").words == nullptr);
  CHECK(t.find("").words == nullptr);
}

TEST_CASE("a key of several fields is found by its encoded form") {
  const auto t = loaded("shop,facing,width\nN,1,0.5\nN,2,1\n", shelves());
  const auto key = [](std::string_view shop, std::int64_t facing) {
    std::string bytes;
    record::encode_key(bytes, std::array{value::of(shop), value::of(facing)});
    return bytes;
  };
  CHECK(row_of(t, key("N", 2)) == R"({"shop":"N","facing":2,"width":1})");
  CHECK(t.find(key("N", 3)).words == nullptr);
  CHECK(t.find(key("M", 1)).words == nullptr);
}

TEST_CASE("every row of a large table is found, and no other") {
  std::string text = "article,price\n";
  for (int i = 0; i < 20'000; ++i) {
    text += fmt::format("a{},{}\n", i, i % 1000);
  }
  const auto t = loaded(text, products());
  REQUIRE(t.size() == 20'000);
  for (int i = 0; i < 20'000; ++i) {
    const auto row = t.find(fmt::format("a{}", i));
    REQUIRE(row.words != nullptr);
    CHECK(row.words[2] == static_cast<std::uint64_t>(i % 1000) * 100);
    CHECK(t.find(fmt::format("b{}", i)).words == nullptr);
  }
  CHECK(t.bytes() < 20'000 * 64);
}

TEST_CASE("a table can be NDJSON") {
  const auto t = loaded("{\"article\":\"a\",\"price\":1}\n{\"price\":\"2.5\",\"article\":\"b\"}",
                        products(), {.format = table::format::json});
  CHECK(t.size() == 2);
  CHECK(row_of(t, "b") == R"({"article":"b","price":"2.50"})");
}

TEST_CASE("a table may be empty") {
  CHECK(loaded("article,price\n", products()).size() == 0);
  CHECK(loaded("", products(), {.format = table::format::json}).find("a").words == nullptr);
}

TEST_CASE("CRLF, a byte order mark and line ends inside quotes are read as in sources") {
  const auto t = loaded(
      "\xEF\xBB\xBF"
      "article,price,note\r\n\"a\",1,\"two\nlines\"\r\nb,2,\r\n",
      products());
  CHECK(row_of(t, "a") == R"({"article":"a","price":"1.00","note":"two\nlines"})");
  CHECK(row_of(t, "b") == R"({"article":"b","price":"2.00"})");
}

TEST_CASE("a table survives being moved, and so do the rows that were taken from it") {
  auto t = loaded("article,price\na,1\n", products());
  const auto row = t.find("a");
  const auto moved = std::move(t);
  CHECK(moved.find("a").words == row.words);
  CHECK(row_of(moved, "a") == R"({"article":"a","price":"1.00"})");
}

TEST_CASE("all errors come at once, each with its line") {
  CHECK(complaints("article,price,note\na,1,\nb,x,\n,2,\n\"two\nlines\",3,\na,4,\nc,-1,\nd,5\n",
                   products()) ==
        "3 wrong-type, 4 missing, 7 duplicate-key, 8 out-of-range, 9 columns");
}

TEST_CASE("a key that stands twice says where it stands first") {
  const auto made = table::parse("article,price\na,1\nb,2\na,3\n", "t.csv", products(), {});
  REQUIRE_FALSE(made.has_value());
  CHECK(
      base::to_text(made.error().front())
          .starts_with("t.csv:4:1: error[duplicate-key]: the key \"a\" stands in line 2 already"));
}

TEST_CASE("a quote that is not closed costs its own line only") {
  CHECK(complaints("article,price,note\na,1,\"open\nb,2,\nc,x,\n", products()) ==
        "2 malformed, 4 wrong-type");
}

TEST_CASE("a missing column, an empty file and a contract that is none for a table are refused") {
  CHECK(complaints("article,note\na,b\n", products()) == "1 header");
  CHECK(complaints("", products()) == "0 no-header");
  CHECK(complaints("a\n1\n", contract_of("      - {name: a, logicalType: string}\n")) ==
        "0 no-key");
  CHECK(complaints(
            "a\n1\n",
            contract_of("      - {name: a, logicalType: string, required: true, unique: true}\n"
                        "      - {name: l, logicalType: array, items: {properties: "
                        "[{name: b, logicalType: string}]}}\n")) == "0 list-in-table");
}

TEST_CASE("an empty line in a table is an error") {
  CHECK(complaints("article,price\na,1\n\nb,2\n", products()) == "3 empty");
}

TEST_CASE("a table that is wrong all over is given up after 100 complaints") {
  std::string text = "article,price\n";
  for (int i = 0; i < 1'000; ++i) {
    text += "a,x\n";
  }
  const auto made = table::parse(text, "t.csv", products(), {});
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().size() == table::complaints_max + 1);
  CHECK(made.error().back().code == "too-many");
}

TEST_CASE("a file is read, and one that is not there is an error with its path") {
  const io::temp_folder folder;
  const auto file = folder.write("t.csv", "article,price\na,1\n");
  const auto good = table::load(file, products(), {});
  REQUIRE(good.has_value());
  CHECK(good->size() == 1);
  const auto missing = table::load(folder.path() / "none.csv", products(), {});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().front().path == (folder.path() / "none.csv").string());
  CHECK(missing.error().front().code == "unreadable");
  CHECK_FALSE(table::load(folder.path(), products(), {}).has_value());
}
