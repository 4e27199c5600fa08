// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <random>
#include <sstream>

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

// retail, with three partitions of every source.
std::string partitioned_retail(const temp_folder& in) {
  auto text = content_of(source_path("topologies/retail/retail.yaml"));
  std::size_t sources = 0;
  for (auto at = text.find("disorder:"); at != std::string::npos; at = text.find("disorder:", at)) {
    const std::string_view partitions = "partitions: 3, ";
    text.insert(at, partitions);
    at += partitions.size() + 1;
    ++sources;
  }
  REQUIRE(sources == 4);
  return in.write("retail3.yaml", text);
}

// retail, whose decisions go out at once.
std::string immediate_retail(const temp_folder& in) {
  auto text = content_of(source_path("topologies/retail/retail.yaml"));
  const std::string_view place = "topic: decisions";
  const auto at = text.find(place);
  REQUIRE(at != std::string::npos);
  text.insert(at + place.size(), ", delivery: immediate");
  return in.write("immediate.yaml", text);
}

TEST_CASE("what goes out at once is what would have gone out with its epoch") {
  const temp_folder folder;
  const auto of = make_world(folder);
  const auto results_with = [&](const std::string& topology) {
    auto command = retail(of, topology);
    for (const auto& word : {std::string{"--out"}, folder / "out", std::string{"--overwrite"}}) {
      command.push_back(word);
    }
    aisle_done(command);
    return results_of(folder.path() / "out");
  };
  const auto by_epoch = results_with("retail");
  CHECK(by_epoch.size() > 500);
  const auto at_once = results_with(immediate_retail(folder));
  CHECK_MESSAGE(at_once == by_epoch, first_difference(at_once, by_epoch));
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

TEST_CASE("the result is the same for any shards and workers, with three partitions a source") {
  const temp_folder folder;
  const auto topology = partitioned_retail(folder);
  check_all_shapes_agree(retail(make_dirty_world(folder), topology), folder);
}

strings lines_of(const std::filesystem::path& file) {
  strings lines;
  std::istringstream all{content_of(file)};
  for (std::string line; std::getline(all, line);)
    lines.push_back(line);
  return lines;
}

// Store → partition, as late events tell.
std::map<std::string, int> partitions_by(const std::filesystem::path& out) {
  std::map<std::string, int> partitions;
  for (const auto& record : records_of(out, "late")) {
    if (record["source"] == "transactions") {
      partitions[record["event"]["store_id"]] = record["partition"];
    }
  }
  return partitions;
}

// The lines, in another order of the partitions, each of which keeps its own: in runs of up to
// `run_max` lines.
std::string interleaved(const std::vector<strings>& partitions, std::size_t run_max,
                        std::mt19937& chance) {
  std::vector<std::size_t> next(partitions.size());
  std::vector<std::size_t> open;
  std::string text;
  while (true) {
    open.clear();
    for (std::size_t p = 0; p < next.size(); ++p) {
      if (next[p] < partitions[p].size()) open.push_back(p);
    }
    if (open.empty()) return text;
    const auto p = open[chance() % open.size()];
    for (auto run = 1 + chance() % run_max; run > 0 && next[p] < partitions[p].size(); --run) {
      text += partitions[p][next[p]++] + "\n";
    }
  }
}

// What a run says, without what names a place in the file.
strings results_without_places(const std::filesystem::path& out) {
  strings lines;
  for (const auto* sink : {"windows", "decisions", "late"}) {
    for (auto& record : records_of(out, sink)) {
      record.erase("offset");
      record.erase("id");
      lines.push_back(record.dump());
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST_CASE("any interleaving of partitions gives the same result, but for offsets and ids") {
  const temp_folder folder;
  const auto topology = partitioned_retail(folder);
  // 12 stores, so that no partition is without one; enough stragglers to see where each belongs.
  const auto of = make_world(folder, {"--stores", "12", "--stragglers", "0.05", "--duplicates",
                                      "0.02", "--bad-records", "0"});
  auto command = retail(of, topology);
  command.insert(command.end(), {"--out", folder / "out", "--overwrite"});
  aisle_done(command);
  const auto expected = results_without_places(folder.path() / "out");
  CHECK(expected.size() > 2'000);

  const auto partition_of = partitions_by(folder.path() / "out");
  REQUIRE(partition_of.size() == 12);
  std::vector<strings> partitions(3);
  for (const auto& line : lines_of(of.folder / "transactions.ndjson")) {
    const auto store = json::parse(line)["store_id"].get<std::string>();
    partitions[static_cast<std::size_t>(partition_of.at(store))].push_back(line);
  }
  std::mt19937 chance{1};
  // 1: line by line; the last: one partition after the other.
  for (const std::size_t run_max : {1UL, 10UL, 1'000UL, 1'000'000UL}) {
    CAPTURE(run_max);
    folder.write("world/transactions.ndjson", interleaved(partitions, run_max, chance));
    aisle_done(command);
    const auto result = results_without_places(folder.path() / "out");
    CHECK_MESSAGE(result == expected, first_difference(expected, result));
  }
}

}  // namespace
}  // namespace aisle::e2e
