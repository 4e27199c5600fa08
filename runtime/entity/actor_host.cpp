// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/actor_host.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/host_call.hpp"
#include "runtime/entity/topic_record.hpp"

namespace aisle::entity {
namespace {

/// One bit per behaviour of a stage.
constexpr std::size_t behaviours_max = 64;

constexpr std::size_t align_up(std::size_t at, std::size_t to) { return (at + to - 1) / to * to; }

template <class Visit>
void for_each_bit(std::uint64_t bits, Visit&& visit) {
  for (; bits != 0; bits &= bits - 1) {
    visit(static_cast<std::size_t>(std::countr_zero(bits)));
  }
}

}  // namespace

stage_counts& stage_counts::operator+=(const stage_counts& other) {
  in += other.in;
  applied += other.applied;
  late += other.late;
  failed += other.failed;
  quarantined += other.quarantined;
  return *this;
}

stage_counts& stage_counts::operator-=(const stage_counts& other) {
  in -= other.in;
  applied -= other.applied;
  late -= other.late;
  failed -= other.failed;
  quarantined -= other.quarantined;
  return *this;
}

output refused(const stage& by_stage, stream_index by, record::event_ref event,
               std::string_view reason, std::string_view field, std::string_view message) {
  const auto& of = by_stage.streams[by];
  std::string original;
  record::append_json(original, of.layout(), event.row);
  const flow::dead_letter letter{.source = of.source,
                                 .partition = event.head->position.partition,
                                 .offset = event.head->position.offset,
                                 .stage = by_stage.name,
                                 .reason = reason,
                                 .field = field,
                                 .message = message,
                                 .original = original};
  output made{
      .kind = output_kind::dead_letter, .key_hash = event.head->key_hash, .json = to_json(letter)};
  if (by_stage.frames(output_kind::dead_letter)) {
    std::string key;
    record::encode_key(key, event.row, of.key, of.layout());
    made.frame = to_frame(speaker_of(by_stage), key, letter);
  }
  return made;
}

actor_host::actor_host(const stage& of, resting rest)
    : stage_{of}, rest_{std::move(rest)}, late_(of.behaviours.size()), rows_(of.tables.size() + 1) {
  tracks_ = rest_.kept != nullptr;
  rest_.beds = tracks_ ? rest_.kept : rest_.beds;
  base::check(rest_.beds != nullptr || rest_.budget == nullptr, "who is to sleep needs a place to");
  for (const auto& known : of.tables) {
    tables_.push_back(known.rows);
  }
  base::check(of.behaviours.size() <= behaviours_max, "a stage has at most 64 behaviours");
  auto at = sizeof(actor) + of.tables.size() * sizeof(expr::row_ref);
  block_align_ = alignof(actor);
  for (const auto& placed : of.behaviours) {
    const auto shape = placed.logic->state_shape();
    at = align_up(at, shape.align);
    state_at_.push_back(at);
    at += shape.size;
    block_align_ = std::max(block_align_, shape.align);
  }
  key_at_ = at;
  for (std::size_t s = 0; s < of.streams.size(); ++s) {
    std::uint64_t readers = 0;
    std::uint64_t judges = 0;
    for (std::size_t b = 0; b < of.behaviours.size(); ++b) {
      const auto& logic = *of.behaviours[b].logic;
      const auto bit = std::uint64_t{logic.reads(static_cast<stream_index>(s))} << b;
      readers |= bit;
      judges |= logic.judges_lateness() ? bit : 0;
    }
    readers_.push_back(readers);
    judges_.push_back(judges);
  }
}

actor_host::~actor_host() {
  actors_.for_each([&](actor& a, std::uint64_t) { destroy(&a); });
  if (rest_.budget != nullptr) {
    rest_.budget->charge(charged_, 0);
  }
}

void actor_host::apply(stream_index by, record::event_ref event, base::event_time /*after*/,
                       outputs& out) {
  ++counts_.in;
  const auto late = late_for(by, *event.head);
  for_each_bit(late, [&](std::size_t b) {
    ++late_[b];
    if (!stage_.outputs.has(event.head->at)) {
      return;
    }
    out.push_back(late_output(by, event, stage_.behaviours[b].name));
  });
  if (late != 0 && late == judges_[by]) {
    ++counts_.late;
    return;
  }
  key_.clear();
  record::encode_key(key_, event.row, stage_.streams[by].key, stage_.streams[by].layout());
  actor* who = nullptr;
  try {
    who = &activate(key_, event.head->key_hash);
    touch(*who, event.head->key_hash);
  } catch (...) {
    ++counts_.failed;
    refuse(by, event, "failed", {}, text_of(std::current_exception()), out);
    return;
  }
  who->last = std::max(who->last, event.head->at);
  if (who->quarantined) {
    ++counts_.quarantined;
    refuse(by, event, "quarantined", {}, "its actor is quarantined after repeated failures", out);
  } else {
    hand_out(*who, by, event, late, out);
  }
  keep_budget(*who);
}

output actor_host::late_output(stream_index by, record::event_ref event,
                               std::string_view window) const {
  const auto& of = stage_.streams[by];
  output made{.kind = output_kind::late,
              .key_hash = event.head->key_hash,
              .json = late_json(voice(), of.source, window, of.layout(), event)};
  if (stage_.frames(output_kind::late)) {
    std::string key;
    record::encode_key(key, event.row, of.key, of.layout());
    made.frame = late_frame(voice(), key, of.source, window, event, made.json);
  }
  return made;
}

void actor_host::hand_out(actor& a, stream_index by, record::event_ref event, std::uint64_t late,
                          outputs& out) {
  rows_[0] = event.row;
  std::copy_n(rows_of(a), stage_.tables.size(), rows_.begin() + 1);
  const entity::event seen_by_behaviours{.head = event.head, .stream = by, .rows = rows_};
  const cause because{.now = event.head->seen,
                      .source = stage_.streams[by].source,
                      .position = event.head->position,
                      .of_line = stage_.streams[by].rows == record::row_kind::line};
  call self{*this, a, event.head->key_hash, because, rows_, out};
  self.event(by, event.row);

  std::string failure;
  std::string_view failed_behaviour;
  for_each_bit(readers_[by] & ~late, [&](std::size_t b) {
    const auto before = out.size();
    self.behaviour(b);
    try {
      stage_.behaviours[b].logic->on_event(state(a, b), seen_by_behaviours, self);
    } catch (...) {
      out.resize(before);
      // The first failure is told: behaviours behind it read what it may not have brought up to
      // date.
      if (failed_behaviour.empty()) {
        failure = text_of(std::current_exception());
        failed_behaviour = stage_.behaviours[b].name;
      }
    }
  });
  if (failed_behaviour.empty()) {
    ++counts_.applied;
  } else {
    ++counts_.failed;
    refuse(by, event, "failed", failed_behaviour, failure, out);
    failed(a);
  }
  weigh(a);
  arm(a, event.head->key_hash);
}

void actor_host::failed(actor& a) {
  if (++a.failures >= stage_.max_failures && !a.quarantined) {
    quarantine(a);
  }
}

void actor_host::quarantine(actor& a) {
  a.quarantined = true;
  ++quarantined_actors_;
}

void actor_host::refuse(stream_index by, record::event_ref event, std::string_view reason,
                        std::string_view field, std::string_view message, outputs& out) const {
  if (stage_.outputs.has(event.head->at)) {
    out.push_back(refused(stage_, by, event, reason, field, message));
  }
}

void actor_host::refuse_timer(const actor& a, std::uint64_t hash, base::event_time at,
                              std::string_view reason, std::string_view field,
                              std::string_view message, outputs& out) const {
  if (!stage_.outputs.has(at)) {
    return;
  }
  std::string original;
  base::json_object record{original};
  record::append_key_json(record.name("key"), stage_.key, key_of(a, key_at_));
  record.time("timer", at);
  record.end();
  const flow::dead_letter letter{.source = {},
                                 .partition = {},
                                 .offset = {},
                                 .stage = stage_.name,
                                 .reason = reason,
                                 .field = field,
                                 .message = message,
                                 .original = original};
  auto& made = out.emplace_back(
      output{.kind = output_kind::dead_letter, .key_hash = hash, .json = to_json(letter)});
  if (stage_.frames(output_kind::dead_letter)) {
    made.frame = to_frame(voice(), key_of(a, key_at_), letter);
  }
}

std::uint64_t actor_host::late_for(stream_index by, const record::event_head& head) const {
  std::uint64_t late = 0;
  for_each_bit(judges_[by], [&](std::size_t b) {
    late |= std::uint64_t{stage_.behaviours[b].logic->is_late(by, head.at, head.seen)} << b;
  });
  return late;
}

actor& actor_host::activate(std::string_view key, std::uint64_t hash) {
  const auto found = actors_.use(hash, [&](const actor& a) { return key_of(a, key_at_) == key; });
  if (found != nullptr) {
    return *found;
  }
  auto* const woken = wake(key, hash);
  return woken != nullptr ? *woken : *make(key, hash);
}

void actor_host::fetch_actor(std::uint64_t key_hash) const {
  constexpr std::size_t line = 64;
  constexpr std::size_t lines_most = 8;
  if (const auto* a = actors_.first_at(key_hash)) {
    const auto* bytes = reinterpret_cast<const char*>(a);
    const auto lines = std::min(key_at_ / line + 1, lines_most);
    for (std::size_t i = 0; i < lines; ++i) {
      __builtin_prefetch(bytes + i * line);
    }
  }
}

actor* actor_host::make(std::string_view key, std::uint64_t hash) {
  actors_.reserve_one();
  auto* const a = create(key);
  actors_.insert(hash, a);
  bytes_ += base::heap_block(key_at_ + key.size());
  return a;
}

actor* actor_host::create(std::string_view key) const {
  const auto size = key_at_ + key.size();
  void* block = ::operator new(size, std::align_val_t{block_align_});
  auto* a = ::new (block) actor{.key_size = static_cast<std::uint32_t>(key.size())};
  std::memcpy(static_cast<char*>(block) + key_at_, key.data(), key.size());
  std::size_t created = 0;
  try {
    look_up_tables(*a);
    for (; created < state_at_.size(); ++created) {
      stage_.behaviours[created].logic->create(state(*a, created));
    }
  } catch (...) {
    while (created-- > 0) {
      stage_.behaviours[created].logic->destroy(state(*a, created));
    }
    ::operator delete(block, std::align_val_t{block_align_});
    throw;
  }
  return a;
}

void actor_host::destroy(actor* a) const noexcept {
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    stage_.behaviours[b].logic->destroy(state(*a, b));
  }
  ::operator delete(static_cast<void*>(a), std::align_val_t{block_align_});
}

void actor_host::look_up_tables(actor& a) const {
  if (stage_.tables.empty()) {
    return;
  }
  std::vector<base::value> parts(stage_.key.size());
  base::check(record::decode_key(key_of(a, key_at_), stage_.key, parts),
              "an actor's key decodes by the fields of its stage");
  std::vector<base::value> wanted;
  std::string encoded;
  for (std::size_t t = 0; t < stage_.tables.size(); ++t) {
    const auto& known = stage_.tables[t];
    wanted.clear();
    encoded.clear();
    for (const auto part : known.key) {
      wanted.push_back(parts[part]);
    }
    record::encode_key(encoded, wanted);
    ::new (rows_of(a) + t) expr::row_ref{tables_[t]->find(encoded)};
  }
}

void actor_host::know(const known_tables& tables) {
  base::check(tables.size() == stage_.tables.size(), "a stage knows as many tables as before");
  // Until every actor has its new rows the old ones stay.
  const auto before = std::exchange(tables_, tables);
  actors_.for_each([this](actor& a, std::uint64_t) { look_up_tables(a); });
}

void* actor_host::state(actor& a, std::size_t behaviour) const {
  return reinterpret_cast<char*>(&a) + state_at_[behaviour];
}

const void* actor_host::state(const actor& a, std::size_t behaviour) const {
  return reinterpret_cast<const char*>(&a) + state_at_[behaviour];
}

}  // namespace aisle::entity
