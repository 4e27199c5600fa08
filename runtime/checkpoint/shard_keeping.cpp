// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/shard_keeping.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace aisle::checkpoint {
namespace {

std::string name_of_page(std::uint64_t number) { return fmt::format("{}{}", page_note, number); }

}  // namespace

std::string freeze(const entity::shard_delta& delta) {
  changes what{.actors = &delta.actors, .notes = {}, .outbox = {}};
  what.notes.reserve(1 + delta.pages.size() + delta.pages_gone.size());
  std::string facts;
  entity::pack(delta.facts, facts);
  what.notes.push_back({.name = std::string{facts_note}, .bytes = std::move(facts)});
  for (const auto& page : delta.pages) {
    what.notes.push_back({.name = name_of_page(page.number), .bytes = page.bytes});
  }
  for (const auto gone : delta.pages_gone) {
    what.notes.push_back({.name = name_of_page(gone), .bytes = std::nullopt});
  }
  return encode(what);
}

std::expected<entity::shard_beginning, std::string> load_shard(kv::copy_reader& copy,
                                                               const entity::stage& of,
                                                               const entity::kept_layouts& by) {
  std::optional<entity::shard_facts> facts;
  std::vector<flow::waiting_page> pages;
  std::optional<std::string> wrong;
  const auto take = [&](std::string_view name, std::string_view bytes) {
    if (name == facts_note) {
      auto read = entity::unpack_facts(bytes);
      read = read ? entity::carry_over(*std::move(read), by) : std::move(read);
      read ? void(facts = std::move(*read)) : void(wrong = read.error());
    } else if (name.starts_with(page_note)) {
      auto read = entity::unpack_page(bytes, of, by);
      if (!read) {
        wrong = read.error();
      } else if (*read) {
        pages.push_back(**std::move(read));
      }
    }
    return !wrong;
  };
  const auto looked = copy.each_note(take);
  if (!looked) {
    return std::unexpected{looked.error().message};
  }
  if (!wrong && !facts) {
    wrong = "the facts of the shard are not there";
  }
  if (wrong) {
    return std::unexpected{fmt::format("stage {}: {}", of.name, *wrong)};
  }
  return entity::shard_beginning{
      .facts = *std::move(facts), .pages = std::move(pages), .tables = std::nullopt};
}

}  // namespace aisle::checkpoint
