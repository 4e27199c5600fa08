// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/base/yaml.hpp"

namespace aisle::topology {

/// `--set NAME=VALUE`, in the order given.
using settings = std::vector<std::pair<std::string, std::string>>;

/// What has to be known of the texts that vars were put into.
struct origins {
  /// The text begins with a value of the command line: as a path it is relative to the working
  /// directory.
  std::unordered_set<const base::yaml_node*> begin_on_command_line;
  /// The text still holds a `${…}` that has no value.
  std::unordered_set<const base::yaml_node*> unset;
  /// Vars without a value that are used somewhere.
  std::set<std::string> unset_names;
};

/// What to make of a var that has no value.
enum class unset_vars : std::uint8_t { are_errors, stay };

/// Puts the values of `vars:` and `--set` in the place of `${name}` in every scalar of the topology
/// but keys and `vars:` itself. This happens after parsing, so a value is never more than text.
/// Appends what is wrong: unknown vars, vars without a value, settings nobody declared.
[[nodiscard]] origins put_in_vars(base::yaml_document& document, const settings& set,
                                  unset_vars unset, base::diagnostics& complaints);

/// The most text that all values put in may come to.
inline constexpr std::size_t substituted_bytes_max = 16 << 20;

}  // namespace aisle::topology
