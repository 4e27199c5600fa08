// SPDX-License-Identifier: Apache-2.0
// `--config FILE`: what a file says of a node.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

struct shop {
  temp_folder folder;
  world of = make_world(folder, {"--days", "2"});

  [[nodiscard]] finished run_with(const std::string& file, const strings& more = {}) const {
    strings command{"run",      "retail", "--set", "dir=" + of.folder.string(),
                    "--config", file,     "--out", folder / "out",
                    "--bounded"};
    command.insert(command.end(), more.begin(), more.end());
    return aisle(command);
  }
};

TEST_CASE("a run takes from its node's file what the command line leaves out") {
  const shop one;
  const auto file = one.folder.write("node.yaml",
                                     "log: files:world\nshards: 2\nstate: state\n"
                                     "checkpoint: {interval: 20ms, max_cost: 50%}\n");
  const auto ended = one.run_with(file);
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(std::filesystem::exists(one.folder / "state"));
  CHECK(result_of(one.folder.path() / "out", "windows") ==
        result_of(run_retail(one.folder, one.of, "by-hand"), "windows"));
}

TEST_CASE("the command line wins over the file") {
  const shop one;
  const auto file = one.folder.write("node.yaml", "log: files:nowhere\nstate: state\n");
  const auto ended = one.run_with(
      file, {"--log", "files:" + one.of.folder.string(), "--state", one.folder / "other"});
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(std::filesystem::exists(one.folder / "other"));
  CHECK_FALSE(std::filesystem::exists(one.folder / "state"));
}

TEST_CASE("2: what is wrong with the file is said with its place, before anything is written") {
  const shop one;
  const auto file = one.folder.write("node.yaml",
                                     "log: files:world\nstate: state\n"
                                     "checkpoint: {intervall: 1s, max_cost: much}\n");
  const auto ended = one.run_with(file);
  CHECK(ended.code == 2);
  CHECK_MESSAGE(ended.err.find(file + ":3:14: error[unknown-key]") != std::string::npos, ended.err);
  CHECK(ended.err.find("did you mean interval") != std::string::npos);
  CHECK(ended.err.find(file + ":3:39: error[wrong-type]") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(one.folder / "out"));
  CHECK_FALSE(std::filesystem::exists(one.folder / "state"));
  const auto machine = one.run_with(file, {"--json"});
  CHECK(json::parse(machine.out).size() == 2);
  CHECK(one.run_with(one.folder / "missing.yaml").code == 2);
}

TEST_CASE("a replay takes its node's file, too, but leaves the state alone") {
  const shop one;
  const auto file = one.folder.write("node.yaml", "log: files:world\nstate: state\n");
  const auto ended = aisle({"replay", "retail", "--set", "dir=" + one.of.folder.string(),
                            "--config", file, "--out", one.folder / "out", "--from", "2000-01-01"});
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK_FALSE(std::filesystem::exists(one.folder / "state"));
}

}  // namespace
}  // namespace aisle::e2e
