// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/output_folder.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/io/faulty_disk.hpp"
#include "tests/io/temp_folder.hpp"

namespace aisle::io {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    names.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void write_results(const temp_folder& folder) {
  folder.write("summary.json", "{}");
  folder.write("windows/part-0000.ndjson", "{}\n");
  folder.write("windows/part-12345.ndjson", "{}\n");
  folder.write("by/country/part-0001.ndjson", "{}\n");
}

TEST_CASE("an output folder is made, and an empty one is taken") {
  const temp_folder folder;
  const auto out = folder.path() / "a" / "b";
  CHECK(prepare_output_folder(out, earlier_results::refuse).has_value());
  CHECK(fs::is_directory(out));
  CHECK(prepare_output_folder(out, earlier_results::refuse).has_value());
  folder.write("a/b/windows/part-0000.ndjson", "");
  CHECK(prepare_output_folder(out, earlier_results::refuse).has_value());
}

TEST_CASE("an output folder with bytes in it is refused, and nothing in it is touched") {
  const temp_folder folder;
  write_results(folder);
  const auto before = names_below(folder.path());
  const auto prepared = prepare_output_folder(folder.path(), earlier_results::refuse);
  REQUIRE_FALSE(prepared.has_value());
  CHECK(prepared.error().code == errc::not_empty);
  CHECK(prepared.error().message.find(
            "(by/country/part-0001.ndjson, summary.json, windows/part-0000.ndjson and 1 more)") !=
        std::string::npos);
  CHECK(prepared.error().message.find("--overwrite") != std::string::npos);
  CHECK(names_below(folder.path()) == before);
}

TEST_CASE("overwrite empties a folder that holds nothing but results") {
  const temp_folder folder;
  write_results(folder);
  REQUIRE(prepare_output_folder(folder.path(), earlier_results::remove).has_value());
  CHECK(names_below(folder.path()).empty());
}

TEST_CASE("overwrite refuses a folder that holds anything else, and removes nothing") {
  const temp_folder folder;
  write_results(folder);
  SUBCASE("a file of another name") { folder.write("windows/notes.txt", ""); }
  SUBCASE("a part where no run puts it") { folder.write("part-0000.ndjson", ""); }
  SUBCASE("a summary where no run puts it") { folder.write("windows/summary.json", ""); }
  SUBCASE("almost a part") { folder.write("windows/part-00x0.ndjson", ""); }
  SUBCASE("a part with too few digits") { folder.write("windows/part-000.ndjson", ""); }
  SUBCASE("a link to a folder") { fs::create_directory_symlink("/", folder.path() / "root"); }
  SUBCASE("a link by the name of a part") {
    fs::create_symlink("/etc/passwd", folder.path() / "windows/part-0007.ndjson");
  }
  const auto before = names_below(folder.path());
  const auto prepared = prepare_output_folder(folder.path(), earlier_results::remove);
  REQUIRE_FALSE(prepared.has_value());
  CHECK(prepared.error().code == errc::not_ours);
  CHECK(prepared.error().message.find("nothing in it is removed") != std::string::npos);
  CHECK(names_below(folder.path()) == before);
}

TEST_CASE("a file in place of the output folder is an error with its name") {
  const temp_folder folder;
  const auto file = folder.write("out", "x");
  for (const auto earlier : {earlier_results::refuse, earlier_results::remove}) {
    const auto prepared = prepare_output_folder(file, earlier);
    REQUIRE_FALSE(prepared.has_value());
    CHECK(prepared.error().message.find(file.string()) != std::string::npos);
    CHECK(content_of(file) == "x");
  }
}

TEST_CASE("a file is written beside its place, synced and renamed") {
  const temp_folder folder;
  const auto path = folder.write("summary.json", "old");
  faulty_disk watched;
  REQUIRE(write_file_atomically(path, "new", watched).has_value());
  CHECK(content_of(path) == "new");
  CHECK(watched.calls == std::vector<std::string>{"write 3@0", "sync", "rename", "sync folder"});
  CHECK(names_below(folder.path()) == std::vector<std::string>{"summary.json"});
}

TEST_CASE("a file that cannot be written, synced or renamed leaves the old one and no trace") {
  const temp_folder folder;
  const auto path = folder.write("summary.json", "old");
  faulty_disk broken;
  errc expected{};
  SUBCASE("the disk is full") {
    broken.on_write = [] { return faulty_disk::fails(ENOSPC); };
    expected = errc::no_space;
  }
  SUBCASE("the sync fails") {
    broken.on_sync = [] { return EIO; };
    expected = errc::sync_failed;
  }
  SUBCASE("the rename fails") {
    broken.on_rename = [] { return EACCES; };
    expected = errc::no_permission;
  }
  const auto written = write_file_atomically(path, "new", broken);
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == expected);
  CHECK(content_of(path) == "old");
  CHECK(names_below(folder.path()) == std::vector<std::string>{"summary.json"});
}

TEST_CASE("what an interrupted summary left behind does not keep a folder from being emptied") {
  const temp_folder folder;
  write_results(folder);
  folder.write("summary.json.unfinished", "{");
  REQUIRE(prepare_output_folder(folder.path(), earlier_results::remove).has_value());
  CHECK(names_below(folder.path()).empty());
}

}  // namespace
}  // namespace aisle::io
