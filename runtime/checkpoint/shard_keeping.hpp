// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "runtime/checkpoint/changes.hpp"
#include "runtime/entity/past_layout.hpp"
#include "runtime/entity/shard_delta.hpp"
#include "runtime/kv/snapshot.hpp"

namespace aisle::checkpoint {

/// The notes of a shard's copy, and of a reader's: `facts`, and of a shard `page.NUMBER`, one for
/// each page of rows that wait.
inline constexpr std::string_view facts_note = "facts";
inline constexpr std::string_view page_note = "page.";

/// What an epoch changed in a shard, as bytes for its copy.
[[nodiscard]] std::string freeze(const entity::shard_delta& delta);

/// From where the shard of that copy goes on. The text says what is wrong with the state: damaged,
/// of a newer program, of another contract. `by`: what the stage was when it was kept.
[[nodiscard]] std::expected<entity::shard_beginning, std::string> load_shard(
    kv::copy_reader& copy, const entity::stage& of, const entity::kept_layouts& by = {});

}  // namespace aisle::checkpoint
