// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/record/batch.hpp"
#include "runtime/record/layout.hpp"

namespace aisle::record {

/// Why bytes are no batch.
enum class batch_errc : std::uint8_t {
  /// Cut off, changed on the way, or never a batch.
  damaged,
  /// Written by a newer program.
  unknown_version,
  /// A batch of another layout: the two sides have different contracts.
  other_layout,
};

/// No batch has more rows.
inline constexpr std::uint32_t batch_rows_max = 1 << 20;

/// Names and types of the fields, in order, as one number: equal for layouts whose rows can be
/// exchanged.
[[nodiscard]] std::uint64_t fingerprint(const layout& of);

/// Appends the batch as FORMAT.md has it. `of` is the layout of its rows; at most batch_rows_max of
/// them.
void encode_batch(std::string& to, const batch& events, const layout& of);

/// Reads what encode_batch wrote into an empty batch of this layout. Trusts nothing: any bytes may
/// come. After an error `into` is empty.
[[nodiscard]] base::result<void, batch_errc> decode_batch(std::string_view bytes, const layout& of,
                                                          batch& into);

}  // namespace aisle::record
