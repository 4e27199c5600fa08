// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "runtime/checkpoint/changes.hpp"
#include "runtime/checkpoint/state_writer.hpp"
#include "tests/kv/folder.hpp"

namespace aisle::checkpoint {

/// A node's state in a folder of its own: one shard, one lane, and the log that names them.
struct state_bed {
  static constexpr std::int64_t g = 1;

  state_bed() { open(); }

  void open() {
    log.reset();
    state.reset();
    auto opened = kv::node_state::open({.folder = folder.path(),
                                        .when_absent = kv::open_options::absent::make,
                                        .new_id = {.high = 1, .low = 1},
                                        .map_bytes = std::size_t{1} << 30});
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
    state = std::move(*opened);
    log = std::make_unique<kv::embedded_log>(*state);
    REQUIRE(log->fence().has_value());
    shard = *state->make_copy({.kind = control::shard_kind::stage, .of = "s", .number = 0},
                              kv::range_of(0, 1));
    lane = *state->make_copy({.kind = control::shard_kind::sink, .of = "k", .number = 0},
                             kv::no_hashes);
  }

  [[nodiscard]] static constexpr attempt at(std::uint64_t n) {
    return {.generation = n == 0 ? generation{} : generation{g}, .epoch = base::epoch{n}};
  }
  [[nodiscard]] static shared_bytes bytes_of(const changes& what) {
    return std::make_shared<const std::string>(encode(what));
  }

  /// What attempt n has of the shard: these actors.
  [[nodiscard]] store_delta actors(std::uint64_t n, const std::vector<std::string>& keys,
                                   const std::string& state_bytes = "state",
                                   base::event_time due = base::end_of_time) const {
    entity::actor_changes all;
    for (const auto& key : keys) {
      all.add(base::hash64(key), key, due, [&](auto& to) { to += state_bytes; });
    }
    return delta(shard, n, {.actors = &all, .notes = {}, .outbox = {}});
  }
  /// What attempt n brings out by the lane.
  [[nodiscard]] store_delta lines(std::uint64_t n, const std::string& text) const {
    changes what;
    what.outbox = outbox_change{.prev = at(n - 1),
                                .delivered_to = {},
                                .born = true,
                                .parts = {{.start_offset = 0, .bytes = text}}};
    return delta(lane, n, what);
  }
  [[nodiscard]] store_delta delta(kv::copy_id copy, std::uint64_t n, const changes& what) const {
    return {.copy = copy,
            .is = {.attempt = at(n), .checksum = control::checksum{n * 1000 + copy.unit.get()}},
            .base = at(n - 1),
            .bytes = bytes_of(what)};
  }
  [[nodiscard]] std::size_t chain() const { return state->read()->copy(shard)->chain.size(); }

  kv::test_folder folder;
  std::unique_ptr<kv::node_state> state;
  std::unique_ptr<kv::embedded_log> log;
  kv::copy_id shard;
  kv::copy_id lane;
};

}  // namespace aisle::checkpoint
