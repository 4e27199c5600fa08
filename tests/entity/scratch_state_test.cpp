// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/scratch_state.hpp"

#include <map>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "tests/entity/beds.hpp"
#include "tests/support/own_folder.hpp"

namespace aisle::entity {
namespace {

using model = std::map<std::string, std::string>;

std::string some_bytes(std::mt19937_64& chance, std::size_t most) {
  std::string bytes(chance() % most, '\0');
  for (auto& b : bytes) {
    b = static_cast<char>(chance());
  }
  return bytes;
}

void check_holds(const scratch_state& kept, const model& wanted) {
  REQUIRE(kept.size() == wanted.size());
  for (const auto& [key, bytes] : wanted) {
    const auto got = kept.get(base::hash64(key), key);
    REQUIRE(got.has_value());
    REQUIRE((*got == bytes));
  }
  model seen;
  CHECK(kept.each(0, [&](const kept_state& one) {
    return seen.emplace(one.key, one.bytes).second;
  }) == 0);
  CHECK((seen == wanted));
}

TEST_CASE("what was put is what is there, whatever was put, replaced and erased before") {
  std::mt19937_64 chance{7};
  const auto kept = make_beds();
  model wanted;
  for (int i = 0; i < 60'000; ++i) {
    const auto key = std::to_string(chance() % 3'000);
    if (chance() % 4 == 0) {
      kept->erase(base::hash64(key), key);
      wanted.erase(key);
    } else {
      wanted[key] = some_bytes(chance, 900);
      REQUIRE(kept->put(base::hash64(key), key, wanted[key]).has_value());
    }
    if (i % 10'000 == 0) {
      check_holds(*kept, wanted);
    }
  }
  check_holds(*kept, wanted);
}

TEST_CASE("the file holds at most three times what is kept, and eleven segments") {
  std::mt19937_64 chance{8};
  const auto kept = make_beds();
  std::size_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto key = std::to_string(chance() % 4'000);
    REQUIRE(kept->put(base::hash64(key), key, std::string(1'000, 'x')).has_value());
    most = std::max(most, kept->disk());
  }
  CHECK(most <= 3 * 4'000 * 1'040 + 11 * scratch_state::segment_bytes);
}

TEST_CASE("keys with one hash are told apart") {
  const auto kept = make_beds();
  for (int i = 0; i < 50; ++i) {
    REQUIRE(kept->put(42, std::to_string(i), "state " + std::to_string(i)).has_value());
  }
  kept->erase(42, "7");
  CHECK_FALSE(kept->get(42, "7").has_value());
  CHECK(*kept->get(42, "31") == "state 31");
  std::size_t visited = 0;
  kept->each_of(42, [&](const kept_state&) { return ++visited < 100; });
  CHECK(visited == 49);
}

TEST_CASE("a state larger than a segment is kept like any other, and its room comes back") {
  const auto kept = make_beds();
  const std::string large(5 * scratch_state::segment_bytes + 17, 'L');
  for (int i = 0; i < 20; ++i) {
    REQUIRE(kept->put(1, "large", large).has_value());
    REQUIRE(kept->put(2, "small", "s").has_value());
    CHECK((*kept->get(1, "large") == large));
    CHECK(*kept->get(2, "small") == "s");
    kept->erase(1, "large");
  }
  CHECK(kept->disk() <= 11 * scratch_state::segment_bytes);
}

TEST_CASE(
    "without room nothing is kept, nothing is lost, and the text says where room is missing") {
  const auto kept = make_beds(4 * scratch_state::segment_bytes);
  std::size_t put = 0;
  std::string why;
  while (why.empty()) {
    const auto key = std::to_string(put);
    const auto done = kept->put(base::hash64(key), key, std::string(10'000, 'y'));
    done ? void(++put) : void(why = done.error());
  }
  CHECK(why.contains("scratch file"));
  CHECK(kept->size() == put);
  CHECK(put > 300);
  CHECK(kept->get(base::hash64("0"), "0")->size() == 10'000);
}

TEST_CASE("no file is left, or even seen") {
  const test_support::own_folder of_test;
  const auto& folder = of_test.path();
  {
    auto file = base::scratch_file::open(folder, std::size_t{8} << 20);
    REQUIRE(file.has_value());
    scratch_state kept{std::move(*file)};
    REQUIRE(kept.put(1, "key", "state").has_value());
    CHECK(std::filesystem::is_empty(folder));
  }
  CHECK(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
  const auto none = base::scratch_file::open(folder, std::size_t{8} << 20);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().contains("--scratch"));
}

}  // namespace
}  // namespace aisle::entity
