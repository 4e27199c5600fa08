// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/kept_store.hpp"

#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/kv/keys.hpp"

namespace aisle::checkpoint {
namespace {

/// Behind every actor with this hash, before all with a higher one.
kv::timer_position behind(const entity::timer_entry& entry) {
  kv::timer_position at{.due = entry.due, .place = {}};
  if (entry.due == base::beginning_of_time) {
    return at;
  }
  if (entry.key_hash == UINT64_MAX) {
    at.due += base::duration{1};
  } else {
    kv::append_hash_bound(at.place, entry.key_hash + 1);
  }
  return at;
}

}  // namespace

kept_store::kept_store(const kv::node_state& state, kv::copy_id copy, on_damage damaged)
    : state_{state}, copy_{copy}, damaged_{std::move(damaged)} {
  refresh();
}

template <class Value>
Value kept_store::hold(kv::result<Value> looked) const {
  if (!looked) {
    damaged_(looked.error().message);
    base::die("the process ends when its state is damaged");
  }
  if constexpr (!std::is_void_v<Value>) {
    return *std::move(looked);
  }
}

void kept_store::refresh() {
  reader_.reset();
  view_.reset();
  view_.emplace(hold(state_.read()));
  reader_.emplace(hold(view_->open(copy_)));
}

std::optional<std::string_view> kept_store::get(std::uint64_t key_hash,
                                                std::string_view key) const {
  const auto found = hold(reader_->get(key_hash, key));
  return found ? std::optional{found->bytes} : std::nullopt;
}

void kept_store::each_of(std::uint64_t key_hash, const visitor& visit) const {
  hold(reader_->each_of(key_hash, [&](const kv::actor_state& one) {
    return visit({.key_hash = one.key_hash, .key = one.key, .bytes = one.bytes});
  }));
}

std::uint64_t kept_store::each(std::uint64_t cursor, const visitor& visit) const {
  return hold(reader_->scan(cursor,
                            [&](const kv::actor_state& one) {
                              return visit(
                                  {.key_hash = one.key_hash, .key = one.key, .bytes = one.bytes});
                            }))
      .value_or(0);
}

std::size_t kept_store::size() const {
  const auto facts = hold(view_->copy(copy_));
  if (facts.chain.empty()) {
    return facts.row.actors;
  }
  std::size_t all = 0;
  each(0, [&](const entity::kept_state&) {
    ++all;
    return true;
  });
  return all;
}

std::vector<entity::timer_entry> kept_store::timers(const entity::timer_entry& after,
                                                    std::size_t most) const {
  std::vector<entity::timer_entry> entries;
  auto from = behind(after);
  // Those that are equal come together: on, until the last one differs.
  while (true) {
    const auto some = hold(reader_->timers(from, base::end_of_time, most + 1));
    for (const auto& one : some) {
      const entity::timer_entry entry{.due = one.at.due, .key_hash = one.key_hash};
      if (entries.size() >= most && entry != entries.back()) {
        return entries;
      }
      entries.push_back(entry);
      from = one.at;
    }
    if (some.size() <= most) {
      return entries;
    }
  }
}

}  // namespace aisle::checkpoint
