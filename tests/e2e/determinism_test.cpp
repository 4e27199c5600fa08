// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

struct shape {
  std::string shards;
  std::string workers;
};
const std::vector<shape> shapes{{"1", "1"}, {"1", "2"},  {"4", "1"},
                                {"4", "2"}, {"16", "1"}, {"16", "2"}};

// The first line that is not in both, for the message.
std::string first_difference(const strings& a, const strings& b) {
  strings differ;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(differ));
  return differ.empty() ? "" : differ.front();
}

void check_all_shapes_agree(const strings& command, const temp_folder& folder) {
  strings first;
  json first_summary;
  for (const auto& [shards, workers] : shapes) {
    CAPTURE(shards);
    CAPTURE(workers);
    auto all = command;
    for (const auto& word : {std::string{"--out"}, folder / "out", std::string{"--overwrite"},
                             std::string{"--shards"}, shards, std::string{"--workers"}, workers}) {
      all.push_back(word);
    }
    aisle_done(all);
    const auto result = results_of(folder.path() / "out");
    const auto summary = summary_of(folder.path() / "out");
    if (first.empty()) {
      first = result;
      first_summary = summary;
      REQUIRE(first.size() > 500);
      for (const std::string sink : {"windows", "decisions", "late", "rejects"}) {
        CAPTURE(sink);
        CHECK(std::any_of(first.begin(), first.end(),
                          [&](const auto& line) { return line.starts_with(sink + " "); }));
      }
    }
    CHECK_MESSAGE(result == first, first_difference(first, result));
    CHECK(summary == first_summary);
  }
}

strings retail(const world& of, const std::string& topology) {
  const auto folder = of.folder.string();
  return {"run", topology, "--log", "files:" + folder, "--set", "dir=" + folder, "--bounded"};
}

TEST_CASE("the result is the same for any shards and workers") {
  const temp_folder folder;
  const auto of = make_world(folder, {"--stragglers", "0.002", "--bad-records", "0.002"});
  check_all_shapes_agree(retail(of, "retail"), folder);
}

TEST_CASE("the result is the same for any shards and workers, with disorder beyond the bound") {
  const temp_folder folder;
  check_all_shapes_agree(retail(make_dirty_world(folder), "retail"), folder);
}

}  // namespace
}  // namespace aisle::e2e
