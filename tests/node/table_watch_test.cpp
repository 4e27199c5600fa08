// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/table_watch.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/io/temp_folder.hpp"

namespace aisle::node {
namespace {

using numbers = std::vector<std::size_t>;

TEST_CASE("a file that changes is told of once, when it has come to rest") {
  const io::temp_folder folder;
  const auto a = folder.write("a.csv", "id\n1\n");
  const auto b = folder.write("b.csv", "id\n1\n");
  table_watch watch{{a, b}, io::real_disk()};
  CHECK(watch.look().empty());
  folder.write("b.csv", "id\n1\n2\n");
  CHECK(watch.look().empty());  // it may still be written
  folder.write("b.csv", "id\n1\n2\n3\n");
  CHECK(watch.look().empty());
  CHECK(watch.look() == numbers{1});
  CHECK(watch.look().empty());
}

TEST_CASE("a file that is put in the place of another is a change, though it has the same size") {
  const io::temp_folder folder;
  const auto a = folder.write("a.csv", "id\n1\n");
  const auto aside = folder.write("aside.csv", "id\n2\n");
  std::filesystem::last_write_time(aside, std::filesystem::last_write_time(a));
  table_watch watch{{a}, io::real_disk()};
  std::filesystem::rename(aside, a);
  CHECK(watch.look().empty());
  CHECK(watch.look() == numbers{0});
}

TEST_CASE("a file that is gone is waited for") {
  const io::temp_folder folder;
  const auto a = folder.write("a.csv", "id\n1\n");
  table_watch watch{{a}, io::real_disk()};
  std::filesystem::remove(a);
  for (int look = 0; look < 5; ++look) {
    CHECK(watch.look().empty());
  }
  folder.write("a.csv", "id\n1\n2\n");
  CHECK(watch.look().empty());
  CHECK(watch.look() == numbers{0});
}

}  // namespace
}  // namespace aisle::node
