// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kv/node_state.hpp"
#include "runtime/kv/verify.hpp"

namespace aisle::checkpoint {

/// Who reads what this room does not know: each answers what is wrong, or nothing. Where one is not
/// given, bytes are looked at as far as they can be without.
struct state_readers {
  using verdict = std::expected<void, std::string>;
  /// What the copy of a source's reader holds.
  std::function<verdict(kv::copy_reader&, const std::string& source)> read_source{};
  /// The states of an actor.
  std::function<verdict(const std::string& stage, std::string_view key, std::string_view kept)>
      read_actor{};
  /// A page of waiting rows.
  std::function<verdict(const std::string& stage, std::string_view bytes)> read_page{};
};

struct state_verdict {
  /// Pages, rows and sums: all of the file.
  kv::verdict file;
  /// What the rows mean; looked at only when the file is sound. At most 100.
  std::vector<std::string> findings;
  std::uint64_t records = 0;
  std::uint64_t notes = 0;
  std::uint64_t actors = 0;
  std::uint64_t outbox_parts = 0;

  [[nodiscard]] bool sound() const { return file.sound() && findings.empty(); }
};

/// Looks at all there is: the file as `kv::verify` does; then, that the control log follows its
/// rules, every copy holds what the log says is complete, the shards of each stage have all keys
/// once, outboxes follow one another, and every note, actor and part can be read by who wrote it.
/// An error when nothing could be looked at: no state, somebody's lock.
[[nodiscard]] kv::result<state_verdict> check_state(const std::filesystem::path& folder,
                                                    const state_readers& readers);

}  // namespace aisle::checkpoint
