// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "runtime/control/records.hpp"
#include "runtime/io/source_delta.hpp"
#include "runtime/kv/snapshot.hpp"

namespace aisle::node {

/// What an epoch changed in the memory of a reader, as bytes for its copy: note `facts`, and
/// `repeats.PARTITION.GENERATION.NUMBER` for each page of keys it has seen.
[[nodiscard]] std::string freeze(const io::source_delta& delta);

/// From where the source of that copy goes on. The text says what is wrong with the state.
[[nodiscard]] std::expected<io::source_beginning, std::string> load_source(
    kv::copy_reader& copy, const std::string& source);

/// A topic that has more partitions than when it was kept: the new ones have no position, and so
/// are read from their first record on. In time they begin where the slowest of the others is, so
/// that what is older than what was closed there comes late, as it would have from the others.
void grow(io::source_beginning& from, std::uint32_t partitions);

/// Where each partition stood, for the control log.
[[nodiscard]] std::vector<control::source_state> positions_of(const std::string& source,
                                                              const io::source_facts& facts);

}  // namespace aisle::node
