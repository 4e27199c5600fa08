// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/kept_actors.hpp"

#include <utility>

#include "runtime/base/check.hpp"

namespace aisle::entity {
namespace {

/// A cursor says in which layer it is: 0 the store, then the pending ones from the oldest on.
constexpr unsigned layer_bits = 16;
constexpr std::uint64_t layer_mask = (std::uint64_t{1} << layer_bits) - 1;

kept_state kept_of(const actor_changes::change& change) {
  return {.key_hash = change.key_hash, .key = change.key, .bytes = change.state};
}

}  // namespace

std::optional<actor_changes::change> kept_actors::layer::find(std::uint64_t key_hash,
                                                              std::string_view key) const {
  const auto at =
      places.find(key_hash, [&](std::uint64_t what) { return delta->actors[what - 1].key == key; });
  return at == hash_places::nowhere ? std::nullopt
                                    : std::optional{delta->actors[places[at].what - 1]};
}

void kept_actors::add(std::shared_ptr<const shard_delta> delta) {
  if (delta->actors.empty()) {
    return;
  }
  layer made{.delta = std::move(delta), .places = {}};
  for (std::size_t i = 0; i < made.delta->actors.size(); ++i) {
    made.places.reserve_one();
    made.places.insert(made.delta->actors[i].key_hash, i + 1);
  }
  bytes_ += made.bytes();
  pending_.push_back(std::move(made));
  base::check(pending_.size() < layer_mask, "epochs do not pile up without bound");
}

void kept_actors::stored(base::epoch n) {
  while (!pending_.empty() && pending_.front().delta->facts.epoch <= n) {
    bytes_ -= pending_.front().bytes();
    pending_.pop_front();
  }
}

std::vector<timer_entry> kept_actors::timers(const timer_entry& after, std::size_t most) const {
  return store_ ? store_->timers(after, most) : std::vector<timer_entry>{};
}

std::expected<void, std::string> kept_actors::put(std::uint64_t, std::string_view,
                                                  std::string_view) {
  base::check(false, "only a cut keeps an actor");
  return {};
}

std::optional<std::string_view> kept_actors::get(std::uint64_t key_hash,
                                                 std::string_view key) const {
  for (auto at = pending_.rbegin(); at != pending_.rend(); ++at) {
    if (const auto found = at->find(key_hash, key)) {
      return found->state;
    }
  }
  return store_ ? store_->get(key_hash, key) : std::nullopt;
}

bool kept_actors::is_newer_above(std::size_t below, std::uint64_t key_hash,
                                 std::string_view key) const {
  for (auto i = below; i < pending_.size(); ++i) {
    if (pending_[i].find(key_hash, key)) {
      return true;
    }
  }
  return false;
}

void kept_actors::each_of(std::uint64_t key_hash, const visitor& visit) const {
  bool go_on = true;
  for (auto i = pending_.size(); i-- > 0 && go_on;) {
    const auto& in = pending_[i];
    static_cast<void>(in.places.find(key_hash, [&](std::uint64_t what) {
      const auto change = in.delta->actors[what - 1];
      go_on = is_newer_above(i + 1, key_hash, change.key) || visit(kept_of(change));
      return !go_on;
    }));
  }
  if (go_on && store_) {
    store_->each_of(key_hash, [&](const kept_state& kept) {
      return is_newer_above(0, key_hash, kept.key) || visit(kept);
    });
  }
}

std::uint64_t kept_actors::each(std::uint64_t cursor, const visitor& visit) const {
  auto in_layer = cursor & layer_mask;
  auto at = cursor >> layer_bits;
  if (in_layer == 0) {
    bool stopped = false;
    const auto next = !store_ ? 0 : store_->each(at, [&](const kept_state& kept) {
      stopped = !is_newer_above(0, kept.key_hash, kept.key) && !visit(kept);
      return !stopped;
    });
    if (next != 0) {
      return next << layer_bits;
    }
    in_layer = 1;
    at = 0;
    if (stopped) {
      return pending_.empty() ? 0 : in_layer;
    }
  }
  for (; in_layer <= pending_.size(); ++in_layer, at = 0) {
    const auto& changes = pending_[in_layer - 1].delta->actors;
    for (; at < changes.size(); ++at) {
      const auto change = changes[at];
      if (!is_newer_above(in_layer, change.key_hash, change.key) && !visit(kept_of(change))) {
        return (at + 1) << layer_bits | in_layer;
      }
    }
  }
  return 0;
}

std::size_t kept_actors::size() const {
  if (pending_.empty()) {
    return store_ ? store_->size() : 0;
  }
  std::size_t all = 0;
  each(0, [&](const kept_state&) {
    ++all;
    return true;
  });
  return all;
}

}  // namespace aisle::entity
