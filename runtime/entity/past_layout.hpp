// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entity/shard_delta.hpp"
#include "runtime/entity/stage.hpp"

namespace aisle::entity {

/// How a stage was when something of it was kept, in terms of what it is now.
struct past_layout {
  /// How many behaviours an actor had.
  std::uint32_t states = 0;
  /// By behaviour as it is: its place among them; none: it begins anew.
  std::vector<std::optional<std::uint32_t>> behaviours;
  /// The same behaviours in the same order, set as they are now: what was kept is as if it were of
  /// now, timers too.
  bool is_same = false;

  struct stream {
    /// Its place now; none: the stage does not read it any more.
    std::optional<stream_index> now;
    /// Of its events as they lie in pages.
    record::layout fields;
  };
  /// By place then.
  std::vector<stream> streams;
  /// By id then: the id now; none: the topology has no such source. Ids are in the order of names,
  /// then as now.
  std::vector<std::optional<base::source_id>> sources;
  /// By channel as it is: its place then; none: it is new.
  std::vector<std::optional<std::uint32_t>> channels;
};

/// All numbers under which something of a stage may have been kept.
struct kept_layouts {
  /// What is kept from now on carries it.
  std::uint32_t own = 0;
  /// By number; `own` is not among them.
  std::map<std::uint32_t, past_layout> past;

  /// Null for `own`, and for a number that is not known.
  [[nodiscard]] const past_layout* find(std::uint32_t number) const {
    const auto at = past.find(number);
    return at == past.end() ? nullptr : &at->second;
  }
  [[nodiscard]] bool knows(std::uint32_t number) const {
    return number == own || past.contains(number);
  }
};

/// Facts as the stage has them now: late events by its behaviours, watermarks by its channels. A
/// channel that is new stands at the merged watermark; one that is gone is left out. The text says
/// what is wrong: of a layout that is not known, or damaged.
[[nodiscard]] std::expected<shard_facts, std::string> carry_over(shard_facts facts,
                                                                 const kept_layouts& by);

/// A page as the stage has it now; none when the stage does not read its stream any more. A field
/// that is new is absent.
[[nodiscard]] std::expected<std::optional<flow::waiting_page>, std::string> unpack_page(
    std::string_view bytes, const stage& of, const kept_layouts& by);

}  // namespace aisle::entity
