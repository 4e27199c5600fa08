// SPDX-License-Identifier: Apache-2.0
// What is seen of a host's actors from outside, and what may be done to them from there.
#include "runtime/base/hash.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/sleeping_head.hpp"

namespace aisle::entity {

bool actor_host::release(std::string_view key) {
  const auto hash = base::hash64(key);
  auto* who = actors_.use(hash, [&](const actor& a) { return key_of(a, key_at_) == key; });
  who = who != nullptr ? who : wake(key, hash);
  if (who == nullptr || !who->quarantined) {
    return false;
  }
  touch(*who, hash);
  who->quarantined = false;
  who->failures = 0;
  --quarantined_actors_;
  arm(*who, hash);
  return true;
}

actor_view actor_host::view_of(const actor& a) const {
  return {.key = key_of(a, key_at_),
          .awake = true,
          .quarantined = a.quarantined,
          .failures = a.failures,
          .bytes = base::heap_block(key_at_ + a.key_size) + a.heap,
          .last = a.last,
          .due = a.quarantined ? base::end_of_time : due(a, ended_at_.has_value())};
}

actor_view actor_host::view_of(const kept_state& kept) const {
  const auto head = sleeping_head::of(kept.bytes);
  return {.key = kept.key,
          .awake = false,
          .quarantined = head.quarantined,
          .failures = head.failures,
          .bytes = kept.bytes.size(),
          .last = head.last,
          .due = head.quarantined ? base::end_of_time : armed_of(head)};
}

std::uint64_t actor_host::list(std::uint64_t cursor, std::size_t most,
                               const std::function<void(const actor_view&)>& visit) const {
  // Cursors of sleeping actors are odd, those of awake ones even.
  if (cursor % 2 == 0) {
    cursor = actors_.each(cursor / 2, [&](const actor& a, std::uint64_t) {
      visit(view_of(a));
      return --most > 0;
    });
    if (cursor != 0) {
      return cursor * 2;
    }
    cursor = 1;
  }
  if (asleep() == 0) {
    return 0;
  }
  if (most == 0) {
    return cursor;
  }
  const auto next = rest_.beds->each(cursor / 2, [&](const kept_state& kept) {
    if (is_awake(kept)) {
      return true;
    }
    visit(view_of(kept));
    return --most > 0;
  });
  return next == 0 ? 0 : next * 2 + 1;
}

std::optional<actor_view> actor_host::find(std::string_view key) const {
  const auto hash = base::hash64(key);
  const auto* const awake =
      actors_.find(hash, [&](const actor& a) { return key_of(a, key_at_) == key; });
  if (awake != nullptr) {
    return view_of(*awake);
  }
  const auto bytes = rest_.beds ? rest_.beds->get(hash, key) : std::nullopt;
  return bytes ? std::optional{view_of({.key_hash = hash, .key = key, .bytes = *bytes})}
               : std::nullopt;
}

}  // namespace aisle::entity
