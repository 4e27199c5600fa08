// SPDX-License-Identifier: Apache-2.0
#include "tests/kv/model.hpp"

#include <algorithm>
#include <utility>

#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "runtime/kv/copies.hpp"
#include "runtime/kv/verify.hpp"

namespace aisle::kv {
namespace {

constexpr std::uint64_t keys = 30;

/// Some keys share a hash, some are longer than a key of LMDB may be.
std::uint64_t hash_of(const std::string& key) {
  const auto hash = base::hash64(key);
  return key.size() % 3 == 0 ? hash & (std::uint64_t{3} << 62) : hash;
}

template <class Value>
Value must(result<Value> got) {
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
  return std::move(*got);
}
void must(const result<void>& got) {
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
}

}  // namespace

model_run::model_run(std::filesystem::path folder, std::uint64_t seed)
    : folder_{std::move(folder)}, chance_{seed} {
  open();
  for (std::uint32_t i = 0; i < shards; ++i) {
    copies_.push_back(must(state_->make_copy(
        {.kind = control::shard_kind::stage, .of = "stage", .number = i}, range_of(i, shards))));
  }
  copies_.push_back(must(state_->make_copy(
      {.kind = control::shard_kind::sink, .of = "sink", .number = 0}, no_hashes)));
  history_.assign(copies_.size(), {{attempt{}, {}}});
  assign();
}

void model_run::open() {
  state_.reset();
  state_ = must(node_state::open({.folder = folder_,
                                  .when_absent = open_options::absent::make,
                                  .new_id = {.high = 1, .low = 2},
                                  .map_bytes = std::size_t{1} << 20}));
}

std::string model_run::random_key() {
  const auto number = chance_() % keys;
  const auto text = std::to_string(number);
  return number % 7 == 0 ? std::string(500 + number, 'k') + text
                         : std::string(number % 3, 'k') + text;
}

std::string model_run::random_bytes(std::size_t most) {
  std::string bytes(chance_() % (most + 1), '\0');
  for (auto& b : bytes) {
    b = static_cast<char>(chance_());
  }
  return bytes;
}

result<void> model_run::prepare(std::size_t rows, std::size_t bytes_max) {
  const auto before = tip();
  const attempt next{.generation = generation_, .epoch = before.epoch.next()};
  std::vector<wanted_state> made;
  for (auto& h : history_) {
    made.push_back(h.rbegin()->second);
  }
  std::vector<std::map<std::string, std::optional<wanted_state::actor>>> changed(shards);
  for (std::size_t i = 0; i < rows; ++i) {
    auto key = random_key();
    const auto number = base::shard_of(base::slot_of(hash_of(key)), shards).get();
    std::optional<wanted_state::actor> now;
    if (chance_() % 4 != 0) {
      now = wanted_state::actor{.bytes = random_bytes(bytes_max), .due = no_timer};
      if (chance_() % 2 == 0) now->due = base::event_time{base::duration{chance_() % 50}};
    }
    changed[number][key] = now;
    now ? void(made[number].actors[key] = *now) : void(made[number].actors.erase(key));
  }
  const auto note = random_bytes(bytes_max);
  std::vector<delta> deltas;
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    delta d{
        .copy = copies_[i], .base = before, .schema = 7, .actors = {}, .notes = {}, .outbox = {}};
    if (i < shards) {
      for (const auto& [key, now] : changed[i]) {
        d.actors.push_back(
            {.key_hash = hash_of(key),
             .key = key,
             .state = now ? std::optional<std::string_view>{now->bytes} : std::nullopt,
             .due = now ? now->due : no_timer});
      }
      std::ranges::shuffle(d.actors, chance_);
    }
    const bool gone = note.size() % 5 == 0;
    d.notes.push_back(
        {.name = "note", .bytes = gone ? std::nullopt : std::optional<std::string_view>{note}});
    gone ? void(made[i].notes.erase("note")) : void(made[i].notes["note"] = note);
    deltas.push_back(std::move(d));
  }
  box b{.prev = delivered_, .delivered_to = delivered_, .parts = {}};
  for (auto i = chance_() % 3; i > 0; --i) {
    b.parts.push_back(random_bytes(4 * bytes_max));
  }
  deltas.back().outbox = outbox_delta{.prev = b.prev,
                                      .delivered_to = b.delivered_to,
                                      .born = true,
                                      .parts = {b.parts.begin(), b.parts.end()}};

  preparation p{next, std::move(deltas)};
  auto prepared = state_->prepare(p);
  if (!prepared) return prepared;
  REQUIRE(p.checksums().size() == copies_.size());
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    history_[i][next] = std::move(made[i]);
  }
  boxes_[next] = std::move(b);
  return {};
}

void model_run::complete() {
  if (complete_ != tip()) complete_ = std::next(history_[0].find(complete_))->first;
}

void model_run::fold_step() {
  if (complete_ == attempt{}) return;
  static_cast<void>(must(state_->fold_step(complete_, log_offset{0})));
}

void model_run::fold_all() {
  while (must(state_->fold_step(complete_, log_offset{0}))) {
  }
}

result<bool> model_run::fold_some(std::size_t chunks, fold_mistake mistake) {
  bool moved = false;
  const auto written = state_->env().write([&](txn& in) {
    folder work{in, chunks, mistake};
    for (const auto id : copies_in(in)) {
      const auto facts = facts_of(in, id);
      if (can_fold(facts, complete_)) work.fold(facts, complete_);
    }
    moved = !work.is_idle();
  });
  return written ? result<bool>{moved} : std::unexpected{written.error()};
}

void model_run::sweep() { static_cast<void>(must(state_->sweep_step())); }

void model_run::assign() {
  generation_ = generation_.next();
  for (const auto& s : must(state_->begin_generation(generation_, complete_, log_offset{1}))) {
    CHECK(s.holds);
  }
  for (auto& h : history_) {
    h.erase(h.upper_bound(complete_), h.end());
  }
  boxes_.erase(boxes_.upper_bound(complete_), boxes_.end());
}

void model_run::deliver() {
  if (delivered_ == complete_) return;
  delivered_ = complete_;
  must(state_->trim_outbox(lane(), delivered_));
}

void model_run::step() {
  switch (chance_() % 12) {
    case 0:
    case 1:
    case 2:
      must(prepare(chance_() % 12, chance_() % 16 == 0 ? 9000 : 40));
      break;
    case 3:
    case 4:
      complete();
      break;
    case 5:
      fold_step();
      break;
    case 6:
      static_cast<void>(must(fold_some(1 + chance_() % 12)));
      break;
    case 7:
      sweep();
      break;
    case 8:
      assign();
      break;
    case 9:
      deliver();
      break;
    case 10:
      open();
      break;
    default:
      compare();
  }
}

std::optional<wanted_state> model_run::found(copy_id copy, attempt at) {
  const auto snap = must(state_->read());
  auto reader = snap.open(copy, at);
  if (!reader) {
    CHECK(reader.error().code == errc::not_in_chain);
    return std::nullopt;
  }
  wanted_state out;
  std::optional<std::uint64_t> from = 0;
  while (from) {
    from = must(reader->scan(*from, [&](const actor_state& a) {
      CHECK(a.schema == 7);
      CHECK(a.key_hash == hash_of(std::string{a.key}));
      CHECK(out.actors.emplace(a.key, wanted_state::actor{std::string{a.bytes}, a.due}).second);
      return chance_() % 3 != 0;
    }));
  }
  must(reader->each_note([&](std::string_view name, std::string_view bytes) {
    return out.notes.emplace(name, bytes).second;
  }));
  return out;
}

void model_run::compare_keys(copy_id copy, const wanted_state& wanted) {
  const auto snap = must(state_->read());
  auto reader = must(snap.open(copy));
  for (int i = 0; i < 5; ++i) {
    const auto key = random_key();
    if (base::shard_of(base::slot_of(hash_of(key)), shards).get() != copy.number) continue;
    const auto got = must(reader.get(hash_of(key), key));
    const auto want = wanted.actors.find(key);
    REQUIRE(got.has_value() == (want != wanted.actors.end()));
    if (got) {
      CHECK((got->bytes == want->second.bytes && got->due == want->second.due));
      CHECK((got->key == key));
      bool seen = false;
      must(reader.each_of(hash_of(key), [&](const actor_state& a) {
        seen = seen || (a.key == key && a.bytes == want->second.bytes);
        return true;
      }));
      CHECK(seen);
    }
  }
  const auto note = must(reader.note("note"));
  CHECK(note.has_value() == wanted.notes.contains("note"));
}

void model_run::compare_timers(copy_id copy, const wanted_state& wanted) {
  const base::event_time until{base::duration{chance_() % 50}};
  std::multimap<base::event_time, std::uint64_t> want;
  for (const auto& [key, actor] : wanted.actors) {
    if (actor.due <= until) want.emplace(actor.due, hash_of(key));
  }
  const auto snap = must(state_->read());
  auto reader = must(snap.open(copy));
  std::multimap<base::event_time, std::uint64_t> got;
  timer_position after;
  for (;;) {
    const auto some = must(reader.timers(after, until, 1 + chance_() % 5));
    if (some.empty()) break;
    for (const auto& t : some) {
      got.emplace(t.at.due, t.key_hash);
    }
    after = some.back().at;
  }
  const auto sorted = [](const auto& all) {
    std::vector<std::pair<base::event_time, std::uint64_t>> out{all.begin(), all.end()};
    std::ranges::sort(out);
    return out;
  };
  CHECK((sorted(got) == sorted(want)));
}

void model_run::compare_outboxes() {
  const auto snap = must(state_->read());
  std::map<attempt, outbox_row> found;
  for (const auto& b : must(snap.outboxes(lane()))) {
    found[b.of] = b.row;
  }
  for (const auto& [of, wanted] : boxes_) {
    if (of < delivered_) {
      CHECK_FALSE(found.contains(of));
      continue;
    }
    REQUIRE(found.contains(of));
    const auto& row = found[of];
    CHECK(row.trimmed == (of == delivered_));
    CHECK((row.delivered_to == wanted.delivered_to && row.parts == wanted.parts.size()));
    for (std::uint32_t i = 0; !row.trimmed && i < row.parts; ++i) {
      CHECK((must(snap.outbox_part(lane(), of, i)) == wanted.parts[i]));
    }
  }
}

std::uint64_t model_run::digest(const node_state& state) {
  std::string all;
  const auto add = [&](std::string_view text) {
    all += std::to_string(text.size());
    all += text;
  };
  const auto progress = must(state.progress());
  add(std::to_string(progress.written_under.get()));
  const auto snap = must(state.read());
  for (const auto& copy : must(snap.copies())) {
    add(control::to_text(copy.shard) + control::to_text(copy.row.tip));
    auto reader = must(snap.open(copy.id));
    static_cast<void>(must(reader.scan(0, [&](const actor_state& a) {
      add(a.key);
      add(a.bytes);
      add(control::to_text(a.of));
      return true;
    })));
    for (const auto& t : must(reader.timers({}, no_timer, SIZE_MAX))) {
      add(std::to_string(t.at.due.time_since_epoch().count()) + t.at.place);
    }
    must(reader.each_note([&](std::string_view name, std::string_view bytes) {
      add(name);
      add(bytes);
      return true;
    }));
    for (const auto& box : must(snap.outboxes(copy.id))) {
      add(control::to_text(box.of) + std::to_string(box.row.trimmed));
      for (std::uint32_t i = 0; !box.row.trimmed && i < box.row.parts; ++i) {
        add(must(snap.outbox_part(copy.id, box.of, i)));
      }
    }
  }
  return base::hash64(all);
}

void model_run::compare() {
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    const auto& h = history_[i];
    const auto at_tip = found(copies_[i], h.rbegin()->first);
    // Amid a fold nothing below its end can be read; everything above can.
    if (at_tip) CHECK((*at_tip == h.rbegin()->second));
    const auto some = std::next(h.begin(), static_cast<std::ptrdiff_t>(chance_() % h.size()));
    if (const auto before = found(copies_[i], some->first)) CHECK((*before == some->second));
    if (i < shards) {
      compare_keys(copies_[i], h.rbegin()->second);
      compare_timers(copies_[i], h.rbegin()->second);
    }
  }
  compare_outboxes();
}

}  // namespace aisle::kv
