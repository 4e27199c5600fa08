// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/flow/ingest.hpp"
#include "runtime/io/record_reader.hpp"

// What one epoch keeps of a source, as plain values.
//
//   facts of the newest epoch, and of each partition the pages of repeats that came and are not
//   forgotten = the source as it was cut
namespace aisle::io {

/// The small part of a source, written anew every epoch.
struct source_facts {
  base::epoch epoch;
  /// By partition of the source; one when it has none.
  std::vector<read_position> positions;
  flow::ingest_facts reading;
  friend bool operator==(const source_facts&, const source_facts&) = default;
};

struct source_delta {
  source_facts facts;
  /// By partition of the reading end.
  std::vector<flow::dedup_delta> repeats;
};

/// From where a source goes on.
struct source_beginning {
  source_facts facts;
  /// By partition of the reading end, in any order.
  std::vector<std::vector<flow::dedup_page>> repeats;
};

/// Appends versioned msgpack.
void pack(const source_facts& facts, std::string& to);
void pack(const flow::dedup_page& page, std::string& to);
/// The text says what is wrong.
[[nodiscard]] std::expected<source_facts, std::string> unpack_source(std::string_view bytes);
[[nodiscard]] std::expected<flow::dedup_page, std::string> unpack_repeats(std::string_view bytes);

}  // namespace aisle::io
