// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/kept_world.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "runtime/base/check.hpp"

namespace aisle::sim {

// ---- a shard ------------------------------------------------------------------------------------

void shard_store::prepare(std::shared_ptr<const entity::shard_delta> from, mutation leaves_out) {
  delta made{.epoch = from->facts.epoch, .facts = {}, .changed = {}, .pages_gone = {}};
  entity::pack(from->facts, made.facts);
  const std::size_t first = leaves_out == mutation::forget_actor ? 1 : 0;
  for (std::size_t i = first; i < from->actors.size(); ++i) {
    const auto change = from->actors[i];
    made.changed.actors[{change.key_hash, std::string{change.key}}] = {std::string{change.state},
                                                                       change.due};
  }
  for (const auto& page : from->pages) {
    made.changed.pages[page.number] = page.bytes;
  }
  made.pages_gone = from->pages_gone;
  base::check(chain_.empty() || chain_.back().epoch < made.epoch, "deltas come in order");
  chain_.push_back(std::move(made));
}

void shard_store::fold(base::epoch complete) {
  if (chain_.empty() || chain_.front().epoch > complete) {
    return;
  }
  auto oldest = std::move(chain_.front());
  chain_.pop_front();
  for (auto& [at, made] : oldest.changed.actors) {
    base_.actors[at] = std::move(made);
  }
  base_.pages.merge(oldest.changed.pages);
  for (const auto gone : oldest.pages_gone) {
    base_.pages.erase(gone);
  }
  facts_ = std::move(oldest.facts);
}

std::unique_ptr<shard_store> shard_store::copy() const {
  auto made = std::make_unique<shard_store>();
  made->base_ = base_;
  made->facts_ = facts_;
  made->chain_ = chain_;
  return made;
}

void shard_store::crash(base::epoch complete) {
  while (!chain_.empty() && chain_.back().epoch > complete) {
    chain_.pop_back();
  }
}

entity::shard_beginning shard_store::beginning(const entity::stage& of, mutation leaves_out) const {
  auto pages = base_.pages;
  for (const auto& one : chain_) {
    pages.insert(one.changed.pages.begin(), one.changed.pages.end());
    for (const auto gone : one.pages_gone) {
      pages.erase(gone);
    }
  }
  const auto facts = entity::unpack_facts(chain_.empty() ? facts_ : chain_.back().facts);
  base::check(facts.has_value(), "facts are read back");
  entity::shard_beginning from{.facts = *facts, .pages = {}, .tables = {}};
  for (const auto& [number, bytes] : pages) {
    auto page = entity::unpack_page(bytes, of);
    base::check(page.has_value(), "pages are read back");
    from.pages.push_back(std::move(*page));
  }
  if (leaves_out == mutation::forget_rows) {
    from.pages.clear();
  }
  if (leaves_out == mutation::forget_counts) {
    from.facts.host.counts = {};
  }
  if (leaves_out == mutation::forget_watermark) {
    from.facts.merged = base::beginning_of_time;
    for (auto& channel : from.facts.channels) {
      channel.watermark = base::beginning_of_time;
    }
  }
  return from;
}

std::map<shard_store::place, const shard_store::row*> shard_store::all() const {
  std::map<place, const row*> newest;
  for (const auto& [at, kept] : base_.actors) {
    newest[at] = &kept;
  }
  for (const auto& one : chain_) {
    for (const auto& [at, kept] : one.changed.actors) {
      newest[at] = &kept;
    }
  }
  return newest;
}

std::optional<std::string_view> shard_store::get(std::uint64_t key_hash,
                                                 std::string_view key) const {
  const place wanted{key_hash, std::string{key}};
  for (const auto& one : std::views::reverse(chain_)) {
    if (const auto found = one.changed.actors.find(wanted); found != one.changed.actors.end()) {
      return found->second.state;
    }
  }
  const auto found = base_.actors.find(wanted);
  return found == base_.actors.end() ? std::nullopt
                                     : std::optional<std::string_view>{found->second.state};
}

void shard_store::each_of(std::uint64_t key_hash, const visitor& visit) const {
  for (const auto& [at, kept] : all()) {
    if (at.first == key_hash && !visit({at.first, at.second, kept->state})) {
      return;
    }
  }
}

std::uint64_t shard_store::each(std::uint64_t cursor, const visitor& visit) const {
  const auto everybody = all();
  auto next = std::next(everybody.begin(), static_cast<std::ptrdiff_t>(cursor));
  for (; next != everybody.end(); ++next) {
    ++cursor;
    if (!visit({next->first.first, next->first.second, next->second->state})) {
      return cursor < everybody.size() ? cursor : 0;
    }
  }
  return 0;
}

std::size_t shard_store::size() const { return all().size(); }

std::vector<entity::timer_entry> shard_store::timers(const entity::timer_entry& after,
                                                     std::size_t most) const {
  std::vector<entity::timer_entry> entries;
  for (const auto& [at, kept] : all()) {
    const entity::timer_entry entry{kept->due, at.first};
    if (kept->due != base::end_of_time && entry > after && !has_no_timers) {
      entries.push_back(entry);
    }
  }
  std::ranges::sort(entries);
  // Few at a time, so that a run asks more than once.
  auto count = std::min({most, entries.size(), std::size_t{3}});
  while (count > 0 && count < entries.size() && entries[count] == entries[count - 1]) {
    ++count;
  }
  entries.resize(count);
  return entries;
}

// ---- a source -----------------------------------------------------------------------------------

void source_store::prepare(const io::source_delta& from) {
  delta made{.epoch = from.facts.epoch, .facts = {}, .pages = {}, .gone = {}};
  io::pack(from.facts, made.facts);
  for (const auto& repeats : from.repeats) {
    auto& pages = made.pages.emplace_back();
    for (const auto& page : repeats.pages) {
      io::pack(page, pages.emplace_back());
    }
    made.gone.push_back(repeats.gone);
  }
  chain_.push_back(std::move(made));
}

void source_store::crash(base::epoch complete) {
  std::erase_if(chain_, [&](const delta& one) { return one.epoch > complete; });
}

io::source_beginning source_store::beginning(mutation leaves_out) const {
  auto facts = io::unpack_source(chain_.back().facts);
  base::check(facts.has_value(), "facts are read back");
  io::source_beginning from{.facts = *facts, .repeats = {}};
  from.repeats.resize(from.facts.reading.partitions.size());
  for (const auto& one : chain_) {
    for (std::size_t p = 0; p < one.pages.size(); ++p) {
      auto& kept = from.repeats[p];
      for (const auto& gone : one.gone[p]) {
        std::erase_if(kept, [&](const auto& page) { return page.generation == gone.generation; });
      }
      for (const auto& bytes : one.pages[p]) {
        auto page = io::unpack_repeats(bytes);
        base::check(page.has_value(), "pages are read back");
        kept.push_back(std::move(*page));
      }
    }
  }
  for (std::size_t p = 0; p < from.repeats.size(); ++p) {
    if (leaves_out == mutation::forget_repeats) {
      from.repeats[p].clear();
    }
    if (leaves_out == mutation::forget_highest) {
      from.facts.reading.partitions[p].highest = base::beginning_of_time;
    }
  }
  return from;
}

// ---- a lane -------------------------------------------------------------------------------------

void lane_store::recover(base::epoch complete) {
  while (!outboxes.empty() && outboxes.back().epoch > complete) {
    outboxes.pop_back();
  }
  for (const auto& box : outboxes) {
    const auto at = static_cast<std::size_t>(box.start_offset);
    base::check(at <= file.size(), "a file is never shorter than what was delivered before");
    file.replace(at, std::min(box.bytes.size(), file.size() - at), box.bytes);
    begins_at = box.start_offset + static_cast<std::int64_t>(box.bytes.size());
  }
  outboxes.clear();
}

}  // namespace aisle::sim
