// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/actor_host.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

namespace aisle::entity {
namespace {

/// One bit per behaviour of a stage.
constexpr std::size_t behaviours_max = 64;

constexpr std::size_t align_up(std::size_t at, std::size_t to) { return (at + to - 1) / to * to; }

expr::row_ref* rows_of(actor& a) { return reinterpret_cast<expr::row_ref*>(&a + 1); }

std::string_view key_of(const actor& a, std::size_t key_at) {
  return {reinterpret_cast<const char*>(&a) + key_at, a.key_size};
}

/// Saved actors say so, so that other contents can follow them one day.
constexpr std::uint32_t saved_fields_of_actor = 4;
constexpr std::uint32_t actors_saved_max = 1U << 30;

template <class Visit>
void for_each_bit(std::uint64_t bits, Visit&& visit) {
  for (; bits != 0; bits &= bits - 1) {
    visit(static_cast<std::size_t>(std::countr_zero(bits)));
  }
}

/// What went wrong in a behaviour, as the dead letter says it.
std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is no std::exception";
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

/// One call of one behaviour: what it may ask and where its outputs go.
class actor_host::call final : public context {
 public:
  call(actor_host& host, actor& who, cause because, std::span<const expr::row_ref> rows,
       outputs& out)
      : host_{host}, who_{who}, cause_{because}, rows_{rows}, out_{out} {}

  void behaviour(std::size_t index) { index_ = index; }
  void event(stream_index by, expr::row_ref row) {
    stream_ = &host_.stage_.streams[by];
    row_ = row;
  }

  [[nodiscard]] base::event_time now() const override { return cause_.now; }
  [[nodiscard]] std::span<const expr::row_ref> rows() const override { return rows_; }
  [[nodiscard]] std::optional<base::event_time> ended_at() const override {
    return host_.ended_at_;
  }
  [[nodiscard]] std::string_view key() const override { return key_of(who_, host_.key_at_); }
  [[nodiscard]] const void* input_state(std::size_t i) const override {
    return std::as_const(host_).state(who_, placed().inputs[i]);
  }

  void emit(const decision& proposed) override {
    name_event();
    keep(output_kind::decision,
         to_json(host_.voice(), key(), placed().kind, placed().name, cause_, proposed));
  }
  void emit(const window_result& result) override {
    keep(output_kind::window, to_json(host_.voice(), key(), result));
  }
  void emit(const report& made) override {
    keep(output_kind::report, to_json(host_.voice(), key(), made));
  }

 private:
  [[nodiscard]] const placed_behaviour& placed() const { return host_.stage_.behaviours[index_]; }
  void keep(output_kind kind, std::string json) {
    out_.push_back({.kind = kind, .key_hash = who_.key_hash, .json = std::move(json)});
  }
  /// Only decisions name their event, and few events cause one: made when it is first asked for.
  void name_event() {
    if (stream_ == nullptr || named_) {
      return;
    }
    host_.event_json_.clear();
    record::append_event_name(host_.event_json_, *stream_->contract, stream_->rows, row_);
    cause_.event_json = host_.event_json_;
    named_ = true;
  }

  actor_host& host_;
  actor& who_;
  cause cause_;
  std::span<const expr::row_ref> rows_;
  outputs& out_;
  std::size_t index_ = 0;
  const stream* stream_ = nullptr;
  expr::row_ref row_;
  bool named_ = false;
};

actor_host::actor_host(const stage& of)
    : stage_{of}, late_(of.behaviours.size()), rows_(of.tables.size() + 1) {
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
  actors_.for_each([&](actor& a) { destroy(&a); });
}

void actor_host::apply(stream_index by, record::event_ref event, outputs& out) {
  ++counts_.in;
  const auto late = late_for(by, *event.head);
  for_each_bit(late, [&](std::size_t b) {
    ++late_[b];
    const auto& of = stage_.streams[by];
    out.push_back(
        {.kind = output_kind::late,
         .key_hash = event.head->key_hash,
         .json = late_json(voice(), of.source, stage_.behaviours[b].name, of.layout(), event)});
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
  } catch (...) {
    ++counts_.failed;
    refuse(by, event, "failed", {}, text_of(std::current_exception()), out);
    return;
  }
  if (who->quarantined) {
    ++counts_.quarantined;
    refuse(by, event, "quarantined", {}, "its actor is quarantined after repeated failures", out);
    return;
  }
  hand_out(*who, by, event, late, out);
}

void actor_host::hand_out(actor& a, stream_index by, record::event_ref event, std::uint64_t late,
                          outputs& out) {
  rows_[0] = event.row;
  std::copy_n(rows_of(a), stage_.tables.size(), rows_.begin() + 1);
  const entity::event seen_by_behaviours{.head = event.head, .stream = by, .rows = rows_};
  const cause because{.now = event.head->seen,
                      .source = stage_.streams[by].source,
                      .position = event.head->position};
  call self{*this, a, because, rows_, out};
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
    failed(&a);
  }
  arm(a);
}

void actor_host::failed(actor* a) {
  if (++a->failures >= stage_.max_failures && !a->quarantined) {
    a->quarantined = true;
    ++quarantined_actors_;
  }
}

void actor_host::refuse(stream_index by, record::event_ref event, std::string_view reason,
                        std::string_view field, std::string_view message, outputs& out) const {
  const auto& of = stage_.streams[by];
  std::string original;
  record::append_json(original, of.layout(), event.row);
  const flow::dead_letter letter{.source = of.source,
                                 .partition = event.head->position.partition,
                                 .offset = event.head->position.offset,
                                 .stage = stage_.name,
                                 .reason = reason,
                                 .field = field,
                                 .message = message,
                                 .original = original};
  out.push_back({.kind = output_kind::dead_letter,
                 .key_hash = event.head->key_hash,
                 .json = to_json(letter)});
}

std::uint64_t actor_host::late_for(stream_index by, const record::event_head& head) const {
  std::uint64_t late = 0;
  for_each_bit(judges_[by], [&](std::size_t b) {
    late |= std::uint64_t{stage_.behaviours[b].logic->is_late(by, head.at, head.seen)} << b;
  });
  return late;
}

actor& actor_host::activate(std::string_view key, std::uint64_t hash) {
  const auto found = actors_.find(hash, [&](const actor& a) { return key_of(a, key_at_) == key; });
  return found != nullptr ? *found : *make(key, hash);
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
  const auto size = key_at_ + key.size();
  void* block = ::operator new(size, std::align_val_t{block_align_});
  auto* a =
      ::new (block) actor{.key_hash = hash, .key_size = static_cast<std::uint32_t>(key.size())};
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
  actors_.insert(a);
  bytes_ += size;
  return a;
}

void actor_host::destroy(actor* a) noexcept {
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    stage_.behaviours[b].logic->destroy(state(*a, b));
  }
  ::operator delete(static_cast<void*>(a), std::align_val_t{block_align_});
}

void actor_host::look_up_tables(actor& a) {
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
    ::new (rows_of(a) + t) expr::row_ref{known.rows->find(encoded)};
  }
}

void* actor_host::state(actor& a, std::size_t behaviour) const {
  return reinterpret_cast<char*>(&a) + state_at_[behaviour];
}

const void* actor_host::state(const actor& a, std::size_t behaviour) const {
  return reinterpret_cast<const char*>(&a) + state_at_[behaviour];
}

base::event_time actor_host::due(const actor& a) const {
  auto earliest = base::end_of_time;
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    const auto& logic = *stage_.behaviours[b].logic;
    if (!ended_at_ || logic.closes_at_end()) {
      earliest = std::min(earliest, logic.due(state(a, b)));
    }
  }
  return earliest;
}

void actor_host::arm(actor& a) {
  if (a.quarantined) {
    return;
  }
  if (const auto at = due(a); at < a.armed) {
    timers_[at].push_back(&a);
    a.armed = at;
  }
}

base::event_time actor_host::next_timer() const {
  return timers_.empty() ? base::end_of_time : timers_.begin()->first;
}

void actor_host::fire_next(outputs& out) {
  const auto bucket = timers_.begin();
  const auto at = bucket->first;
  auto& a = *bucket->second.back();
  bucket->second.pop_back();
  if (bucket->second.empty()) {
    timers_.erase(bucket);
  }
  // An entry that a later, earlier-due entry has overtaken: the actor was woken by that one.
  if (a.armed != at || a.quarantined) {
    return;
  }
  a.armed = base::end_of_time;
  rows_[0] = {};
  std::copy_n(rows_of(a), stage_.tables.size(), rows_.begin() + 1);
  call self{*this, a, cause{.now = at, .source = {}, .position = {}}, rows_, out};
  for (std::size_t b = 0; b < state_at_.size() && !a.quarantined; ++b) {
    const auto& logic = *stage_.behaviours[b].logic;
    if ((ended_at_ && !logic.closes_at_end()) || logic.due(state(a, b)) > at) {
      continue;
    }
    const auto before = out.size();
    self.behaviour(b);
    try {
      logic.on_timer(state(a, b), self);
      base::check(logic.due(state(a, b)) > at, "a timer that fired is armed for later, or not");
    } catch (...) {
      // The state is as before, so that the same timer would throw again for ever.
      out.resize(before);
      a.quarantined = true;
      ++quarantined_actors_;
    }
  }
  arm(a);
}

void actor_host::begin_closing(base::event_time highest) {
  ended_at_ = highest;
  timers_.clear();
  actors_.for_each([&](actor& a) {
    a.armed = base::end_of_time;
    arm(a);
  });
}

void actor_host::save(base::packer& to) const {
  std::vector<const actor*> sorted;
  sorted.reserve(actors_.size());
  actors_.for_each([&](actor& a) { sorted.push_back(&a); });
  std::ranges::sort(sorted, {},
                    [&](const actor* a) { return std::pair{a->key_hash, key_of(*a, key_at_)}; });
  to.array(static_cast<std::uint32_t>(sorted.size()));
  for (const auto* a : sorted) {
    to.array(saved_fields_of_actor);
    to.bytes(key_of(*a, key_at_));
    to.integer(a->failures);
    to.boolean(a->quarantined);
    to.array(static_cast<std::uint32_t>(state_at_.size() * 2));
    for (std::size_t b = 0; b < state_at_.size(); ++b) {
      to.integer(stage_.behaviours[b].logic->version());
      stage_.behaviours[b].logic->save(state(*a, b), to);
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
  base::check(actors_.size() == 0, "state is loaded into an empty host");
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
    auto& a = *make(key, base::hash64(key));
    a.failures = static_cast<std::uint16_t>(from.integer());
    a.quarantined = from.boolean();
    quarantined_actors_ += a.quarantined ? 1 : 0;
    if (from.array(static_cast<std::uint32_t>(state_at_.size() * 2)) != state_at_.size() * 2) {
      from.fail();
      return;
    }
    for (std::size_t b = 0; b < state_at_.size() && from.ok(); ++b) {
      const auto version = static_cast<std::uint32_t>(from.integer());
      stage_.behaviours[b].logic->load(state(a, b), version, from);
    }
    if (from.ok()) {
      arm(a);
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
