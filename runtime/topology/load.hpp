// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/diagnostic.hpp"
#include "runtime/entity/catalog.hpp"
#include "runtime/topology/paths.hpp"
#include "runtime/topology/plan.hpp"
#include "runtime/topology/spec.hpp"
#include "runtime/topology/vars.hpp"

namespace aisle::topology {

/// Whether what a topology reads must be there.
enum class inputs : std::uint8_t {
  /// Every file is looked for and opened, every var that is used has a value.
  must_exist,
  /// The same for tables; what sources read is not looked at, and need not be said: their records
  /// come another way.
  tables_only,
  /// Files that are named must exist; a var without a value, and a topic without `--log`, stay
  /// open:
  /// plan::needs names them.
  where_named,
  /// No file but the topology and its contracts is looked at; the plan has paths and globs as
  /// written.
  may_be_missing,
};

struct options {
  settings set;
  /// `--log`; without it `topic:` is an error.
  std::optional<log_address> log;
  std::filesystem::path working_dir = std::filesystem::current_path();
  /// Where contracts are looked for, one folder after the other, when `contracts/` beside the
  /// topology has none of that name.
  std::vector<std::filesystem::path> contract_dirs;
  topology::inputs inputs = inputs::must_exist;
};

/// A file as text; more than a topology may have is not read.
[[nodiscard]] std::expected<std::string, base::diagnostics> read_text(
    const std::filesystem::path& file);

// The steps, one after the other; `load` takes them all.

/// YAML → spec. `path` names the text in messages. A spec comes back even when there are
/// complaints, with what could be read; none when the text is no YAML.
[[nodiscard]] std::optional<spec> parse(std::string text, std::string path, const options& with,
                                        base::diagnostics& complaints);

/// spec → plan: looks up every name, compiles every expression, makes every behaviour. `file` is
/// the topology's own, for its relative paths. Appends everything that is wrong; the plan is good
/// only when nothing was.
[[nodiscard]] plan make_plan(const spec& from, const std::filesystem::path& file,
                             const options& with, const entity::catalog& models,
                             base::diagnostics& complaints);

/// A file → plan, or everything that is wrong with it.
[[nodiscard]] std::expected<plan, base::diagnostics> load(const std::filesystem::path& file,
                                                          const options& with,
                                                          const entity::catalog& models);

/// The same for a text; `file` says where it would lie.
[[nodiscard]] std::expected<plan, base::diagnostics> load_text(std::string text,
                                                               const std::filesystem::path& file,
                                                               const options& with,
                                                               const entity::catalog& models);

}  // namespace aisle::topology
