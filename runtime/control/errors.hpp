// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/result.hpp"

namespace aisle::control {

/// Why a node cannot go by a control log. Nothing here is skipped: who meets it stops, with the
/// message, which says what, where, and what to do.
enum class errc : std::uint8_t {
  /// The log cannot be reached or read now. The only one that may pass by itself.
  unreachable,
  /// Bytes that are no record: damage.
  damaged,
  /// A record of a later version of Aisle.
  newer_format,
  /// The log begins with something else than the record that names it, or names itself twice.
  unnamed_log,
  /// The log is another one than this node has followed.
  other_log,
  /// The log ends before what this node has acted on: it was shortened, restored or made anew.
  shortened,
  /// Records do not stand in the order of their offsets.
  out_of_order,
  /// A record whose writer had not read the record before it, or had read one that is not there.
  broken_chain,
  /// A Complete of another generation than the last Assign's.
  foreign_complete,
  /// A Complete whose number does not follow the last one's.
  epoch_gap,
  /// An Assign that does not stand on the last Complete.
  wrong_from,
};

using error = base::error<errc>;

template <class Value>
using result = base::result<Value, errc>;

/// `wrong_from` and so on, as in messages and metrics.
[[nodiscard]] std::string_view to_text(errc code);

}  // namespace aisle::control
