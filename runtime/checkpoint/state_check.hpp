// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "runtime/entity/stage.hpp"
#include "runtime/kv/node_state.hpp"
#include "runtime/kv/verify.hpp"

namespace aisle::checkpoint {

/// Who reads what this room does not know.
struct state_readers {
  /// What the copy of a source's reader holds; the text says what is wrong with it.
  std::function<std::expected<void, std::string>(kv::copy_reader&, const std::string& source)>
      read_source;
  /// Where they are known, pages of rows and states of actors are read as well; empty: not.
  const std::vector<entity::stage>* stages = nullptr;
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
