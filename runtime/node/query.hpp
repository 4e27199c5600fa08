// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "runtime/entity/shard.hpp"
#include "runtime/node/question.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::node {

/// What one shard answers.
struct answer {
  /// One JSON object each, without line ends.
  std::vector<std::string> lines;
  /// Of a list: where to go on; 0 at its end.
  std::uint64_t next = 0;
};

/// Somebody → shard: answer this between two batches.
struct ask {
  std::shared_ptr<const question> asked;
  std::shared_ptr<std::promise<answer>> answered;
};

/// Answers from what the shard holds; of a list at most one page, so that the shard is soon back at
/// its work. `release` is carried out.
[[nodiscard]] answer answer_of(entity::shard& shard, const question& asked);

/// One line of a list, or, with the actor's `state` as JSON, of what is said of one.
[[nodiscard]] std::string line_of(const entity::stage& of, const entity::actor_view& one,
                                  std::string_view state);
/// A key as it is typed, one text for each of its fields; the error says what is none.
[[nodiscard]] std::expected<std::string, std::string> encode_key(
    const std::string& stage, std::span<const record::key_field> fields,
    const std::vector<std::string>& texts);

/// Asks every shard that may know, one after the other, and joins what they say. An error when the
/// question makes no sense or a shard does not answer.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> ask_shards(
    const wiring& wired, const std::vector<caf::actor>& shards, const question& asked);

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::ask)
