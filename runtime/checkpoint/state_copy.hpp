// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "runtime/base/random.hpp"
#include "runtime/kv/node_state.hpp"

// A state as a copy to keep, and a copy as a state to go on from.
namespace aisle::checkpoint {

/// What a copy is of.
struct exported {
  control::kv_id of;
  control::log_id log;
  /// The last complete attempt.
  control::attempt complete;
  std::uint64_t bytes = 0;
  /// Of the data file's bytes: `kv::sum_of_file`.
  std::uint64_t sum = 0;
};

/// Writes a compact copy of the whole state into a folder that is made, or is empty, and reads it
/// back as `kv::verify` does: what is answered is on disk and sound. `exists` when something is
/// there.
[[nodiscard]] kv::result<exported> export_state(kv::node_state& state,
                                                const std::filesystem::path& folder);

/// Where the outputs of a restored state go.
enum class restored_lanes : std::uint8_t {
  /// Behind what the lanes had delivered when the copy was made: the same outputs, which must not
  /// have gone on since.
  where_they_were,
  /// To outputs that are empty, under another history. What was complete and not delivered yet is
  /// put into files.
  anew,
};

struct restore_options {
  restored_lanes lanes = restored_lanes::where_they_were;
  /// For people, in the control log.
  std::string ordered_by;
};

struct restored {
  control::kv_id id;
  /// On which the state stands, and the generation that begins with it.
  control::attempt from;
  control::generation generation;
  /// With `anew`: lines and bytes of outputs in the files of `undelivered/`.
  std::uint64_t undelivered_bytes = 0;
};
/// In a restored state's folder, with `anew`: SINK/part-LANE.ndjson.
inline constexpr const char* undelivered_folder = "undelivered";

/// Makes a state of an exported data file. It stands on what is complete there; what was only
/// prepared is abandoned. It has an id of its own and begins a generation by a Reset whose number
/// nobody else will use, so that a sink with markers tells its outputs from those of the state it
/// was copied from.
///
/// All or nothing: it is made beside `target`, which must be absent or empty, and moved there.
[[nodiscard]] kv::result<restored> restore_state(const std::filesystem::path& data_file,
                                                 const std::filesystem::path& target,
                                                 const restore_options& how, base::identities& ids);

}  // namespace aisle::checkpoint
