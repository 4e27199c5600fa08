// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/e2e/folder.hpp"
#include "tests/e2e/program.hpp"

namespace aisle::e2e {

using json = nlohmann::json;

/// A small chain with a truth, below a folder.
struct world {
  std::filesystem::path folder;
  json truth;
};

/// 4 stores, 80 SKUs, five days, in D/world; `more` arguments win.
world make_world(const temp_folder& in, const strings& more = {});

/// Many records that come twice, broken, and later than their source allows.
world make_dirty_world(const temp_folder& in);

/// Runs `retail` over a world to its end, into D/`out`.
std::filesystem::path run_retail(const temp_folder& in, const world& of, std::string_view out,
                                 const strings& more = {});

/// The records of a sink.
std::vector<json> records_of(const std::filesystem::path& out, std::string_view sink);

/// OUT/summary.json
json summary_of(const std::filesystem::path& out);

/// A file of the repository.
std::filesystem::path source_path(std::string_view below);

}  // namespace aisle::e2e
