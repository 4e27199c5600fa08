// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/world.hpp"

namespace aisle::e2e {

world make_world(const temp_folder& in, const strings& more) {
  const auto folder = in.path() / "world";
  strings command{"world",  "--out", folder.string(), "--stores", "4",           "--skus", "80",
                  "--days", "5",     "--seed",        "11",       "--anomalies", "0.01"};
  command.insert(command.end(), more.begin(), more.end());
  aisle_done(command);
  return {folder, json::parse(content_of(folder / "truth" / "summary.json"))};
}

world make_dirty_world(const temp_folder& in) {
  return make_world(in, {"--duplicates", "0.02", "--stragglers", "0.02", "--bad-records", "0.02"});
}

std::filesystem::path run_retail(const temp_folder& in, const world& of, std::string_view out,
                                 const strings& more) {
  const auto folder = of.folder.string();
  strings command{"run",           "retail", "--log",  "files:" + folder, "--set",
                  "dir=" + folder, "--out",  in / out, "--bounded"};
  command.insert(command.end(), more.begin(), more.end());
  aisle_done(command);
  return in.path() / out;
}

std::vector<json> records_of(const std::filesystem::path& out, std::string_view sink) {
  std::vector<json> records;
  for (const auto& line : result_of(out, sink))
    records.push_back(json::parse(line));
  return records;
}

json summary_of(const std::filesystem::path& out) {
  return json::parse(content_of(out / "summary.json"));
}

std::filesystem::path source_path(std::string_view below) {
  return std::filesystem::path{AISLE_SOURCE_DIR} / below;
}

}  // namespace aisle::e2e
