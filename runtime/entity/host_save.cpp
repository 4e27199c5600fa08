// SPDX-License-Identifier: Apache-2.0
// How a host is saved as a whole. What is written of an actor's states is what sleep writes.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/sleeping_head.hpp"

namespace aisle::entity {
namespace {

/// Saved actors say so, so that other contents can follow them one day.
constexpr std::uint32_t saved_fields_of_actor = 5;
constexpr std::uint32_t actors_saved_max = 1U << 30;

}  // namespace

void actor_host::save(base::packer& to) const {
  struct row {
    std::uint64_t hash = 0;
    std::string key;
    const actor* awake = nullptr;
  };
  std::vector<row> sorted;
  sorted.reserve(actors());
  actors_.for_each([&](const actor& a, std::uint64_t hash) {
    sorted.push_back({hash, std::string{key_of(a, key_at_)}, &a});
  });
  each_sleeper([&](const kept_state& kept) {
    sorted.push_back({kept.key_hash, std::string{kept.key}, nullptr});
  });
  std::ranges::sort(sorted, {},
                    [](const row& r) { return std::pair{r.hash, std::string_view{r.key}}; });
  to.array(static_cast<std::uint32_t>(sorted.size()));
  for (const auto& [hash, key, awake] : sorted) {
    std::string_view states;
    sleeping_head head;
    if (awake != nullptr) {
      head = {.armed = {},
              .armed_at_end = {},
              .last = awake->last,
              .failures = awake->failures,
              .quarantined = awake->quarantined};
    } else {
      const auto bytes = *rest_.beds->get(hash, key);
      head = sleeping_head::of(bytes);
      states = bytes.substr(sizeof head);
    }
    to.array(saved_fields_of_actor);
    to.bytes(key);
    to.integer(head.failures);
    to.boolean(head.quarantined);
    to.integer(head.last.time_since_epoch().count());
    if (awake != nullptr) {
      pack_states(*awake, to);
    } else {
      to.packed(states);
    }
  }
  to.array(static_cast<std::uint32_t>(5 + late_.size()));
  for (const auto count :
       {counts_.in, counts_.applied, counts_.late, counts_.failed, counts_.quarantined}) {
    to.integer(static_cast<std::int64_t>(count));
  }
  for (const auto count : late_) {
    to.integer(static_cast<std::int64_t>(count));
  }
}

void actor_host::load(base::unpacker& from) {
  base::check(actors() == 0, "state is loaded into an empty host");
  const auto count = from.array(actors_saved_max);
  for (std::uint32_t i = 0; i < count && from.ok(); ++i) {
    if (from.array(saved_fields_of_actor) != saved_fields_of_actor) {
      from.fail();
      return;
    }
    const auto key = from.bytes();
    if (!from.ok()) {
      return;
    }
    const auto hash = base::hash64(key);
    auto& a = *make(key, hash);
    a.failures = static_cast<std::uint16_t>(from.integer());
    a.quarantined = from.boolean();
    a.last = base::event_time{base::duration{from.integer()}};
    quarantined_actors_ += a.quarantined ? 1 : 0;
    if (unpack_states(a, from)) {
      weigh(a);
      arm(a, hash);
      keep_budget(a);
    }
  }
  if (from.array(static_cast<std::uint32_t>(5 + late_.size())) != 5 + late_.size()) {
    from.fail();
    return;
  }
  for (auto* counter :
       {&counts_.in, &counts_.applied, &counts_.late, &counts_.failed, &counts_.quarantined}) {
    *counter = static_cast<std::uint64_t>(from.integer());
  }
  for (auto& counter : late_) {
    counter = static_cast<std::uint64_t>(from.integer());
  }
}

}  // namespace aisle::entity
