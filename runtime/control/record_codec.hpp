// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/control/errors.hpp"
#include "runtime/control/records.hpp"

namespace aisle::control {

/// The version of the records that this program writes, and the latest it reads. FORMAT.md.
inline constexpr std::uint32_t record_format = 1;

/// Bounds that a reader trusts before it has read a list, far above what one cluster has.
inline constexpr std::uint32_t members_max = 1024;
inline constexpr std::uint32_t shards_max = 1U << 16;
inline constexpr std::uint32_t partitions_max = 1U << 16;
inline constexpr std::uint32_t tables_max = 4096;

/// The value of a record as it stands in a log, without its offset.
[[nodiscard]] std::string encode(const record& what, log_offset after);

/// Reads it back. Never trusts `bytes`; what does not fit in every field is `damaged`.
[[nodiscard]] result<log_entry> decode(std::string_view bytes, log_offset at);

}  // namespace aisle::control
