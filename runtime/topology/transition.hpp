// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/topology/manifest.hpp"

// What becomes of a state when another topology goes on with it.
namespace aisle::topology {

enum class fate : std::uint8_t {
  /// Goes on as it was.
  kept,
  /// Was saved in an older form, which is still read.
  migrated,
  /// The state has nothing of it: it begins when the topology does.
  added,
  /// The state has it and the topology has not: it would be forgotten.
  dropped,
  /// Both have it, and the one cannot go on with what the other left.
  incompatible,
};
/// `kept`, `migrated`, `new`, `dropped`, `incompatible`.
[[nodiscard]] std::string_view to_text(fate f);

/// What a verdict is about.
enum class part : std::uint8_t { topology, source, stage, behaviour, sink };
[[nodiscard]] std::string_view to_text(part p);

/// What becomes of one part, and why.
struct verdict {
  topology::part part = part::stage;
  topology::fate fate = fate::kept;
  /// Of a behaviour: its stage, as it is called now; otherwise empty.
  std::string stage{};
  /// As it is called now, or was called when it is gone.
  std::string name{};
  /// One sentence: why, or what has changed. May be empty when it is kept.
  std::string why{};
  /// What to do; empty when nothing has to be done.
  std::string advice{};
  /// Only of what is incompatible: to drop its state would not help.
  bool is_final = false;
};
/// `behaviour "odd" of place`, `sink "late"`.
[[nodiscard]] std::string name_of(const verdict& v);

/// A stage, source or sink of the state, by the name that the state has for it.
struct kept_unit {
  topology::part part = part::stage;
  std::string name;
  friend bool operator==(const kept_unit&, const kept_unit&) = default;
};

/// A stage with another name.
struct renamed_stage {
  std::string from;
  std::string to;
  friend bool operator==(const renamed_stage&, const renamed_stage&) = default;
};

/// From one manifest to the next.
struct transition {
  /// Sources, then each stage with its behaviours, then sinks, in the order of their names as they
  /// are now, what is gone behind the others. A stage's own verdict comes before its behaviours'.
  std::vector<verdict> verdicts;
  /// Stages that have their state under another name.
  std::vector<renamed_stage> renames;
  /// Whole units whose state has to go before anything is begun: gone from the topology, or not to
  /// be gone on with. (Of a behaviour nothing has to be removed: past_layouts passes it over.)
  std::vector<kept_unit> drops;

  /// Nothing is lost: a run may go on.
  [[nodiscard]] bool keeps_all() const;
  /// A run may go on when it may drop state; otherwise what is final has to be mended first.
  [[nodiscard]] bool may_drop() const;
};

/// `from` is the newest manifest of a state, `to` that of the topology that is to go on with it.
/// `any_shards`: the numbers of shards are not compared.
[[nodiscard]] transition compare(const manifest& from, const manifest& to, bool any_shards = false);

/// Why a run with this topology does not begin, and what to do: one line for each part that is in
/// the way. Nothing when it may; `may_drop`: the run was told to forget what cannot be gone on
/// with.
[[nodiscard]] std::optional<std::string> obstacle(const transition& to, bool may_drop);

/// The behaviour of `from` that one of the stage `to` goes on with; nothing when it begins anew.
[[nodiscard]] std::optional<std::size_t> behaviour_before(const manifest::stage& from,
                                                          const manifest::stage& to,
                                                          std::size_t behaviour);
/// The stage of `from` that `stage` goes on with; null when it begins anew.
[[nodiscard]] const manifest::stage* stage_before(const manifest& from,
                                                  const manifest::stage& stage);

}  // namespace aisle::topology
