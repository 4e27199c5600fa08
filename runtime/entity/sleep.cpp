// SPDX-License-Identifier: Apache-2.0
// How actors go to sleep and wake, and how a host is saved: what both write of an actor is the
// same.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {
namespace {

/// Saved actors say so, so that other contents can follow them one day.
constexpr std::uint32_t saved_fields_of_actor = 5;
constexpr std::uint32_t actors_saved_max = 1U << 30;

/// Charges are told to the budget in steps of this, so that hosts do not fight over one number.
constexpr std::size_t charge_step = 64 << 10;
/// Places looked at when a host rests: so many go by in less than a microsecond or two.
constexpr std::size_t places_per_rest = 512;
/// What a moment in the map of timers takes besides its entries.
constexpr std::size_t timer_moment_bytes = 96;
/// Of the head; behaviours' states have versions of their own.
constexpr std::uint8_t head_version = 2;

}  // namespace

struct actor_host::sleeping_head {
  base::event_time armed;
  /// What it will be armed for when what is open is closed.
  base::event_time armed_at_end;
  base::event_time last;
  std::uint16_t failures = 0;
  bool quarantined : 1 = false;
  /// It went to sleep after the end, so that `armed` is what counts.
  bool closing : 1 = false;
  std::uint8_t version = head_version;
  /// The number of the layout under which the states were packed (past_layout.hpp).
  std::uint32_t layout = 0;

  /// On disk as in memory: times as 64 bits, little-endian.
  static sleeping_head of(std::string_view bytes) {
    static_assert(sizeof(sleeping_head) == sleeping_head_bytes);
    static_assert(std::endian::native == std::endian::little);
    sleeping_head head;
    base::check(bytes.size() >= sizeof head, "a sleeping actor has a head");
    std::memcpy(&head, bytes.data(), sizeof head);
    return head;
  }
};

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
  if (head.version != head_version) {
    misfit_ = fmt::format("it has version {}; this program knows {}", head.version, head_version);
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
  if (head.version != head_version) {
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

// ---- the budget ---------------------------------------------------------------------------------

std::size_t actor_host::memory() const {
  return bytes_ + actors_.bytes() + base::heap_of(changed_) +
         (rest_.beds ? rest_.beds->memory() : 0) + timer_bytes_ +
         timers_.size() * timer_moment_bytes;
}

void actor_host::weigh(actor& a) {
  std::size_t heap = 0;
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    heap += stage_.behaviours[b].logic->heap_bytes(state(a, b));
  }
  bytes_ += heap - a.heap;
  a.heap = static_cast<std::uint32_t>(heap);
}

bool actor_host::over_budget() const {
  return rest_.budget->used() - charged_ + memory() > rest_.budget->limit();
}

void actor_host::settle_charge() {
  const auto now = memory();
  rest_.budget->charge(charged_, now);
  charged_ = now;
}

void actor_host::keep_budget(const actor& in_use) {
  if (rest_.budget == nullptr) {
    return;
  }
  if (over_budget()) {
    rest_.budget->note_pressure();
    if (!tracks_ || changed_.size() < actors_.size()) {
      actors_.go_round(2 * actors_.capacity(), [&](actor& a, std::uint64_t hash) {
        return &a == &in_use || (sleep(a, hash) && over_budget());
      });
    }
    waits_for_cut_ = tracks_ && bytes_ >= rest_.changes_max && over_budget();
  }
  const auto now = memory();
  if (now > charged_ + charge_step || now + charge_step < charged_) {
    settle_charge();
  }
}

void actor_host::rest(base::event_time watermark) {
  if (!rest_.beds || trouble_) {
    return;
  }
  bool short_of_memory = false;
  if (rest_.budget != nullptr) {
    short_of_memory = rest_.budget->pressure() != pressure_seen_;
    pressure_seen_ = rest_.budget->pressure();
    settle_charge();
  }
  if (!short_of_memory && !rest_.after) {
    return;
  }
  actors_.go_round(places_per_rest, [&](actor& a, std::uint64_t hash) {
    const bool idle = rest_.after && watermark != base::end_of_time && a.last < watermark &&
                      watermark - a.last >= *rest_.after;
    return !(idle || short_of_memory) || sleep(a, hash);
  });
  if (rest_.budget != nullptr) {
    settle_charge();
  }
}

// ---- seen from outside --------------------------------------------------------------------------

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

// ---- saved as a whole ---------------------------------------------------------------------------

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
