// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/source_keeping.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/checkpoint/changes.hpp"
#include "runtime/checkpoint/shard_keeping.hpp"

namespace aisle::node {
namespace {

constexpr std::string_view repeats_note = "repeats.";

std::string name_of(std::size_t partition, base::event_time generation, std::uint64_t number) {
  return fmt::format("{}{}.{}.{}", repeats_note, partition, generation.time_since_epoch().count(),
                     number);
}

/// Nothing when the name is of no such page.
std::optional<std::size_t> partition_of(std::string_view name) {
  name.remove_prefix(repeats_note.size());
  std::size_t partition = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), partition);
  return error == std::errc{} && end != name.data() + name.size() && *end == '.'
             ? std::optional{partition}
             : std::nullopt;
}

}  // namespace

std::string freeze(const io::source_delta& delta) {
  checkpoint::changes what;
  std::string facts;
  io::pack(delta.facts, facts);
  what.notes.push_back({.name = std::string{checkpoint::facts_note}, .bytes = std::move(facts)});
  for (std::size_t p = 0; p < delta.repeats.size(); ++p) {
    for (const auto& page : delta.repeats[p].pages) {
      std::string bytes;
      io::pack(page, bytes);
      what.notes.push_back(
          {.name = name_of(p, page.generation, page.number), .bytes = std::move(bytes)});
    }
    for (const auto& gone : delta.repeats[p].gone) {
      for (std::uint64_t number = 1; number <= gone.pages; ++number) {
        what.notes.push_back({.name = name_of(p, gone.generation, number), .bytes = std::nullopt});
      }
    }
  }
  return checkpoint::encode(what);
}

std::expected<io::source_beginning, std::string> load_source(kv::copy_reader& copy,
                                                             const std::string& source) {
  std::optional<io::source_facts> facts;
  std::map<std::size_t, std::vector<flow::dedup_page>> pages;
  std::optional<std::string> wrong;
  const auto take = [&](std::string_view name, std::string_view bytes) {
    if (name == checkpoint::facts_note) {
      auto read = io::unpack_source(bytes);
      read ? void(facts = std::move(*read)) : void(wrong = read.error());
    } else if (name.starts_with(repeats_note)) {
      auto read = io::unpack_repeats(bytes);
      const auto partition = partition_of(name);
      if (!read || !partition) {
        wrong = read ? fmt::format("{} is no page of keys", name) : read.error();
      } else {
        pages[*partition].push_back(std::move(*read));
      }
    }
    return !wrong;
  };
  const auto looked = copy.each_note(take);
  if (!looked) {
    return std::unexpected{looked.error().message};
  }
  if (!wrong && !facts) {
    wrong = "its facts are not there";
  }
  const auto partitions = facts ? facts->reading.partitions.size() : 0;
  if (!wrong && (partitions == 0 || (!pages.empty() && pages.rbegin()->first >= partitions))) {
    wrong = "its facts are not of these partitions";
  }
  if (wrong) {
    return std::unexpected{fmt::format("source {}: {}", source, *wrong)};
  }
  std::vector<std::vector<flow::dedup_page>> repeats(partitions);
  for (auto& [partition, of_it] : pages) {
    repeats[partition] = std::move(of_it);
  }
  return io::source_beginning{.facts = *std::move(facts), .repeats = std::move(repeats)};
}

void grow(io::source_beginning& from, std::uint32_t partitions) {
  auto& read = from.facts.reading.partitions;
  auto slowest = base::end_of_time;
  auto furthest = base::beginning_of_time;
  for (const auto& one : read) {
    slowest = one.idle ? slowest : std::min(slowest, one.highest);
    furthest = std::max(furthest, one.highest);
  }
  // Where nobody is awake, as far as the furthest has come (flow::watermarks).
  const auto highest = slowest == base::end_of_time ? furthest : slowest;
  for (auto p = static_cast<std::uint32_t>(read.size()); p < partitions; ++p) {
    read.push_back({.highest = highest, .idle = false, .repeats = {}});
    from.repeats.emplace_back();
  }
}

std::vector<control::source_state> positions_of(const std::string& source,
                                                const io::source_facts& facts) {
  const auto& reading = facts.reading.partitions;
  const auto highest = std::ranges::max(reading, {}, &flow::partition_facts::highest).highest;
  const bool idle = std::ranges::all_of(reading, &flow::partition_facts::idle);
  // Of a source without partitions there is one position, and all that its records are split into.
  const bool own = facts.positions.size() == reading.size();
  std::vector<control::source_state> states;
  states.reserve(facts.positions.size());
  for (const auto& at : facts.positions) {
    const auto p = at.partition.get();
    states.push_back({.partition = {.source = source, .number = p},
                      .next = at.ordinal,
                      .highest = own ? reading[p].highest : highest,
                      .idle = own ? reading[p].idle : idle});
  }
  return states;
}

}  // namespace aisle::node
