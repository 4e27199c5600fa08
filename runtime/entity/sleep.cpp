// SPDX-License-Identifier: Apache-2.0
// How actors go to sleep and wake.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/sleeping_head.hpp"

namespace aisle::entity {
void actor_host::pack_actor(const actor& a, std::string& to) const {
  const sleeping_head head{.armed = a.armed,
                           .armed_at_end = due(a, true),
                           .last = a.last,
                           .failures = a.failures,
                           .quarantined = a.quarantined,
                           .closing = ended_at_.has_value(),
                           .layout = rest_.layouts ? rest_.layouts->own : 0};
  to.append(reinterpret_cast<const char*>(&head), sizeof head);
  base::packer states{to};
  pack_states(a, states);
}

bool actor_host::unpack_actor(actor& a, std::string_view bytes) const {
  misfit_.clear();
  if (bytes.size() < sleeping_head_bytes) {
    return false;
  }
  const auto head = sleeping_head::of(bytes);
  if (head.version != sleeping_head::newest_version) {
    misfit_ = fmt::format("it has version {}; this program knows {}", head.version,
                          sleeping_head::newest_version);
    return false;
  }
  if (rest_.layouts && !rest_.layouts->knows(head.layout)) {
    misfit_ = fmt::format("it is of layout {}, which the state does not explain", head.layout);
    return false;
  }
  const auto* const past = past_of(head);
  base::unpacker from{bytes.substr(sizeof head)};
  if (!unpack_states(a, from, past) || !from.done()) {
    return false;
  }
  a.last = head.last;
  a.failures = head.failures;
  a.quarantined = head.quarantined;
  if (past == nullptr) {
    a.armed = armed_of(head);
  } else if (!a.quarantined || ended_at_) {
    a.armed = due(a, ended_at_.has_value());
  }
  return true;
}

const past_layout* actor_host::past_of(const sleeping_head& head) const {
  if (!rest_.layouts || head.layout == rest_.layouts->own) {
    return nullptr;
  }
  const auto* const past = rest_.layouts->find(head.layout);
  return past == nullptr || past->is_same ? nullptr : past;
}

bool actor_host::is_of_past(std::string_view kept) const {
  return rest_.layouts && past_of(sleeping_head::of(kept)) != nullptr;
}

std::unique_ptr<actor, actor_host::destroyer> actor_host::glance(std::string_view key,
                                                                 std::string_view kept) const {
  std::unique_ptr<actor, destroyer> a{create(key), destroyer{this}};
  return unpack_actor(*a, kept) ? std::move(a) : nullptr;
}

bool actor_host::sleep(actor& a, std::uint64_t hash) {
  if (rest_.kept) {
    if (a.changed) {
      return true;
    }
    ++asleep_;
  } else {
    packed_.clear();
    pack_actor(a, packed_);
    if (const auto put = rest_.beds->put(hash, key_of(a, key_at_), packed_); !put) {
      trouble_ = fmt::format("stage {}: actors cannot be put to sleep, and memory is limited: {}",
                             stage_.name, put.error());
      return false;
    }
  }
  bytes_ -= base::heap_block(key_at_ + a.key_size) + a.heap;
  actors_.erase(hash, &a);
  destroy(&a);
  ++slept_;
  return true;
}

actor* actor_host::wake(std::string_view key, std::uint64_t hash) {
  if (!rest_.beds) {
    return nullptr;
  }
  const auto bytes = rest_.beds->get(hash, key);
  if (!bytes) {
    return nullptr;
  }
  auto* const a = make(key, hash);
  try {
    if (!unpack_actor(*a, *bytes)) {
      trouble_ = fmt::format("stage {}: an actor does not take up the state it slept with{}{}",
                             stage_.name, misfit_.empty() ? "" : ": ", misfit_);
      throw std::runtime_error{*trouble_};
    }
  } catch (...) {
    // It sleeps on.
    bytes_ -= base::heap_block(key_at_ + a->key_size);
    actors_.erase(hash, a);
    destroy(a);
    throw;
  }
  rest_.beds->erase(hash, key_of(*a, key_at_));
  asleep_ -= std::size_t{rest_.kept != nullptr};
  weigh(*a);
  ++woken_;
  return a;
}

base::event_time actor_host::armed_of(const sleeping_head& head) const {
  return ended_at_ && !head.closing ? head.armed_at_end : head.armed;
}

actor* actor_host::armed_actor(std::uint64_t hash, base::event_time at) {
  auto* const awake = actors_.use(hash, [&](const actor& a) { return a.armed == at; });
  if (awake != nullptr || !rest_.beds) {
    return awake;
  }
  std::optional<std::string> key;
  rest_.beds->each_of(hash, [&](const kept_state& kept) {
    if (!is_awake(kept) && due_of_kept(kept) == at) {
      key = kept.key;
    }
    return !key;
  });
  return key ? wake(*key, hash) : nullptr;
}

base::event_time actor_host::due_of_kept(const kept_state& kept) const {
  if (!is_of_past(kept.bytes)) {
    return armed_of(sleeping_head::of(kept.bytes));
  }
  const auto a = glance(kept.key, kept.bytes);
  // Who cannot be read says so when he is woken.
  return a ? a->armed : armed_of(sleeping_head::of(kept.bytes));
}

bool actor_host::quarantined_in_kept(std::string_view kept) {
  return sleeping_head::of(kept).quarantined;
}

std::optional<actor_view> actor_host::view_of_kept(const kept_state& kept) {
  if (kept.bytes.size() < sleeping_head_bytes) {
    return std::nullopt;
  }
  const auto head = sleeping_head::of(kept.bytes);
  if (head.version != sleeping_head::newest_version) {
    return std::nullopt;
  }
  return actor_view{.key = kept.key,
                    .awake = false,
                    .quarantined = head.quarantined,
                    .failures = head.failures,
                    .bytes = kept.bytes.size(),
                    .last = head.last,
                    .due = head.quarantined ? base::end_of_time : head.armed};
}

void actor_host::arm_sleeper(const kept_state& kept) {
  if (const auto at = due_of_kept(kept); at != base::end_of_time) {
    arm(kept.key_hash, at);
  }
}

void actor_host::arm_past() {
  const bool has_past =
      rest_.layouts &&
      std::ranges::any_of(rest_.layouts->past, [](const auto& p) { return !p.second.is_same; });
  if (has_past) {
    each_sleeper([&](const kept_state& kept) {
      if (is_of_past(kept.bytes)) {
        arm_sleeper(kept);
      }
    });
  }
}

void actor_host::pack_states(const actor& a, base::packer& to) const {
  to.array(static_cast<std::uint32_t>(state_at_.size() * 2));
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    state_bytes_.clear();
    base::packer one{state_bytes_};
    stage_.behaviours[b].logic->save(state(a, b), one);
    to.integer(stage_.behaviours[b].logic->version());
    to.bytes(state_bytes_);
  }
}

bool actor_host::unpack_states(actor& a, base::unpacker& from, const past_layout* past) const {
  const auto states = past == nullptr ? static_cast<std::uint32_t>(state_at_.size()) : past->states;
  if (from.array(states * 2) != states * 2) {
    from.fail();
  }
  if (past == nullptr) {
    for (std::size_t b = 0; b < state_at_.size() && from.ok(); ++b) {
      const auto version = from.integer();
      load_state(a, b, version, from.bytes(), from);
    }
    return from.ok();
  }
  std::vector<std::pair<std::int64_t, std::string_view>> all(states);
  for (auto& [version, bytes] : all) {
    version = from.integer();
    bytes = from.bytes();
  }
  for (std::size_t b = 0; b < state_at_.size() && from.ok(); ++b) {
    if (const auto then = past->behaviours[b]) {
      load_state(a, b, all[*then].first, all[*then].second, from);
    }
  }
  return from.ok();
}

void actor_host::load_state(actor& a, std::size_t b, std::int64_t version, std::string_view bytes,
                            base::unpacker& from) const {
  const auto& placed = stage_.behaviours[b];
  if (!from.ok()) {
    return;
  }
  if (version < 1 || version > placed.logic->version()) {
    misfit_ =
        fmt::format("the state of \"{}\" has version {}, of a newer Aisle; this program knows {}",
                    placed.name, version, placed.logic->version());
    from.fail();
    return;
  }
  base::unpacker one{bytes};
  placed.logic->load(state(a, b), static_cast<std::uint32_t>(version), one);
  if (!one.done()) {
    misfit_ = fmt::format("the state of \"{}\" is damaged", placed.name);
    from.fail();
  }
}

}  // namespace aisle::entity
