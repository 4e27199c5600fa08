// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/result.hpp"

namespace aisle::kv {

/// What can go wrong with the state on disk. The message of an error says what, where, and what to
/// do.
enum class errc : std::uint8_t {
  /// There is no such folder, or no state in it.
  not_found,
  /// The process may not read or write there.
  no_permission,
  /// Another process has the folder. The message names it.
  locked,
  /// Made by another program, or state of another log than the one that is followed.
  foreign,
  /// Written by a later version of Aisle.
  newer_format,
  /// Bytes that were written well once are not what they were. Nothing is skipped, nothing served.
  damaged,
  /// The disk or a limit is full. Nothing has changed; the same call may be made again.
  no_space,
  /// The disk failed, or what it holds is not known any more: the process has to end, and the state
  /// to be opened anew. Every later write fails the same way.
  failed,
  /// No copy of this shard is here, or it is being removed.
  unknown_copy,
  /// A copy is there already, or its slots are another's.
  exists,
  /// The delta is not based on the tip of the chain.
  wrong_base,
  /// The generation is older than one that was written under before.
  old_generation,
  /// The attempt is neither the base nor in the chain.
  not_in_chain,
  /// A key, a name or a state above its bound.
  too_large,
};

using error = base::error<errc>;

template <class Value>
using result = base::result<Value, errc>;

using base::fail;

/// True when the same call may succeed later, without anything being done about it here.
[[nodiscard]] constexpr bool may_retry(errc code) { return code == errc::no_space; }
/// True when the process has to end, with exit code 3.
[[nodiscard]] constexpr bool is_fatal(errc code) {
  return code == errc::failed || code == errc::damaged;
}

/// `no_space` and so on, as in messages and metrics.
[[nodiscard]] std::string_view to_text(errc code);

}  // namespace aisle::kv
