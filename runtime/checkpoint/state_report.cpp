// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/state_report.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "runtime/checkpoint/shard_keeping.hpp"
#include "runtime/kv/embedded_log.hpp"

namespace aisle::checkpoint {
namespace {

using control::shard_kind;

constexpr std::size_t records_at_once = 1000;

std::unexpected<kv::error> damaged(const control::shard_name& shard, std::string_view what) {
  return kv::fail(kv::errc::damaged, fmt::format("{}: {}", to_text(shard), what));
}

copy_standing standing_of(const kv::copy_facts& of) {
  copy_standing at{.shard = of.shard,
                   .copy = of.id,
                   .base = of.row.base,
                   .tip = of.row.tip,
                   .chain = {},
                   .chain_bytes = 0};
  for (const auto& link : of.chain) {
    at.chain.push_back(link.of);
    at.chain_bytes += link.row.bytes;
  }
  return at;
}

/// The newest attempt of a copy that is complete; its tip where nothing above is prepared.
attempt readable(const kv::copy_facts& of, attempt complete) {
  auto newest = of.row.base;
  for (const auto& link : of.chain) {
    newest = link.of <= complete ? link.of : newest;
  }
  return newest;
}

kv::result<std::uint64_t> count_actors(const kv::snapshot& view, const kv::copy_facts& of,
                                       attempt at) {
  if (at == of.row.base) {
    return of.row.actors;
  }
  auto reader = view.open(of.id, at);
  if (!reader) {
    return std::unexpected{reader.error()};
  }
  std::uint64_t actors = 0;
  const auto scanned = reader->scan(0, [&](const kv::actor_state&) {
    ++actors;
    return true;
  });
  return scanned ? kv::result<std::uint64_t>{actors} : std::unexpected{scanned.error()};
}

kv::result<std::uint64_t> count_notes(kv::copy_reader& reader, std::string_view beginning) {
  std::uint64_t count = 0;
  const auto looked = reader.each_note([&](std::string_view name, std::string_view) {
    count += std::uint64_t{name.starts_with(beginning)};
    return true;
  });
  return looked ? kv::result<std::uint64_t>{count} : std::unexpected{looked.error()};
}

kv::result<std::optional<entity::shard_facts>> facts_at(const kv::snapshot& view,
                                                        const kv::copy_facts& of, attempt at) {
  auto reader = view.open(of.id, at);
  const auto note = reader ? reader->note(facts_note) : std::unexpected{reader.error()};
  if (!note) {
    return std::unexpected{note.error()};
  }
  if (!*note) {
    return std::optional<entity::shard_facts>{};
  }
  auto facts = entity::unpack_facts(**note);
  if (!facts) {
    return damaged(of.shard, facts.error());
  }
  return std::optional{*std::move(facts)};
}

/// Fills a report copy by copy.
class reporter {
 public:
  reporter(const kv::snapshot& view, state_report& to) : view_{view}, to_{to} {}

  kv::result<void> take(const kv::copy_facts& of) {
    if (auto noted = note_epochs(of); !noted) {
      return noted;
    }
    switch (of.shard.kind) {
      case shard_kind::stage:
        return take_shard(of);
      case shard_kind::sink:
        return take_lane(of);
      case shard_kind::source:
        return take_reader(of);
    }
    return {};
  }

  void finish() {
    for (auto& [of, epoch] : epochs_) {
      to_.epochs.push_back(std::move(epoch));
    }
  }

 private:
  kv::result<void> note_epochs(const kv::copy_facts& of) {
    if (auto noted = note_epoch(of, of.row.base, 0); !noted) {
      return noted;
    }
    for (const auto& link : of.chain) {
      if (auto noted = note_epoch(of, link.of, link.row.bytes); !noted) {
        return noted;
      }
    }
    return {};
  }

  kv::result<void> note_epoch(const kv::copy_facts& of, attempt at, std::uint64_t bytes) {
    // What a fold is moving into the base, below its end, is no epoch any more.
    if (!of.holds(at)) {
      return {};
    }
    auto& epoch = epochs_[at];
    epoch.of = at;
    epoch.complete = at <= to_.complete();
    ++epoch.copies;
    epoch.bytes += bytes;
    if (of.shard.kind != shard_kind::stage) {
      return {};
    }
    const auto actors = count_actors(view_, of, at);
    if (!actors) {
      return std::unexpected{actors.error()};
    }
    epoch.actors[of.shard.of] += *actors;
    const auto facts = facts_at(view_, of, at);
    if (!facts) {
      return std::unexpected{facts.error()};
    }
    epoch.watermark =
        std::min(epoch.watermark, *facts ? (*facts)->merged : base::beginning_of_time);
    return {};
  }

  kv::result<void> take_shard(const kv::copy_facts& of) {
    const auto at = readable(of, to_.complete());
    const auto actors = count_actors(view_, of, at);
    if (!actors) {
      return std::unexpected{actors.error()};
    }
    auto facts = facts_at(view_, of, at);
    if (!facts) {
      return std::unexpected{facts.error()};
    }
    auto reader = view_.open(of.id, at);
    const auto pages = reader ? count_notes(*reader, page_note) : std::unexpected{reader.error()};
    if (!pages) {
      return std::unexpected{pages.error()};
    }
    to_.shards.push_back({.at = standing_of(of),
                          .actors = *actors,
                          .timers = of.row.timers,
                          .facts = facts->value_or(entity::shard_facts{}),
                          .pages = *pages});
    return {};
  }

  kv::result<void> take_lane(const kv::copy_facts& of) {
    auto lane = report_lane(view_, of, to_.complete());
    if (!lane) {
      return std::unexpected{lane.error()};
    }
    to_.lanes.push_back(*std::move(lane));
    return {};
  }

  kv::result<void> take_reader(const kv::copy_facts& of) {
    auto reader = view_.open(of.id, readable(of, to_.complete()));
    const auto notes = reader ? count_notes(*reader, "repeats.") : std::unexpected{reader.error()};
    if (!notes) {
      return std::unexpected{notes.error()};
    }
    reader_report made{.at = standing_of(of), .positions = {}, .pages = *notes};
    std::ranges::copy_if(
        to_.log.state().sources, std::back_inserter(made.positions),
        [&](const control::source_state& one) { return one.partition.source == of.shard.of; });
    to_.readers.push_back(std::move(made));
    return {};
  }

  const kv::snapshot& view_;
  state_report& to_;
  std::map<attempt, epoch_report> epochs_;
};

kv::error as_kv(const control::error& why) {
  return {
      .code = why.code == control::errc::newer_format ? kv::errc::newer_format : kv::errc::damaged,
      .message = why.message};
}

}  // namespace

kv::result<read_log> follow_log(kv::node_state& state) {
  const auto known = state.progress();
  if (!known) {
    return std::unexpected{known.error()};
  }
  read_log done{.log = control::log_follower{control::compaction::possible,
                                             {.log = known->log, .applied = known->applied}},
                .records = 0,
                .ordered_by = {}};
  kv::embedded_log log{state};
  for (control::log_offset next{0};;) {
    const auto some = log.read(next, records_at_once);
    if (!some) {
      return std::unexpected{as_kv(some.error())};
    }
    if (some->empty()) {
      break;
    }
    for (const auto& entry : *some) {
      if (const auto good = done.log.read(entry); !good) {
        return std::unexpected{as_kv(good.error())};
      }
      if (const auto* const reset = std::get_if<control::reset_record>(&entry.what)) {
        done.ordered_by = reset->ordered_by;
      } else if (control::assign_of(entry.what) != nullptr) {
        done.ordered_by.reset();
      }
    }
    done.records += some->size();
    next = some->back().at.next();
  }
  const auto end = log.end();
  const auto whole = end ? done.log.reached_end(*end) : std::unexpected{end.error()};
  if (!whole) {
    return std::unexpected{as_kv(whole.error())};
  }
  return done;
}

kv::result<lane_report> report_lane(const kv::snapshot& view, const kv::copy_facts& of,
                                    attempt complete) {
  lane_report made{.at = standing_of(of), .note = {}, .waiting = {}, .waiting_bytes = 0};
  auto reader = view.open(of.id, readable(of, complete));
  const auto note = reader ? reader->note(lane_note_name) : std::unexpected{reader.error()};
  if (!note) {
    return std::unexpected{note.error()};
  }
  if (*note) {
    auto read = unpack_lane(**note);
    if (!read) {
      return damaged(of.shard, read.error());
    }
    made.note = *read;
  }
  const auto boxes = view.outboxes(of.id);
  if (!boxes) {
    return std::unexpected{boxes.error()};
  }
  for (const auto& box : *boxes) {
    if (box.row.trimmed) {
      // Trimmed when it was out beyond doubt, which the note of its epoch could not know yet.
      made.note.delivered_to = std::max(made.note.delivered_to, box.of);
    }
  }
  for (const auto& box : *boxes) {
    if (!box.row.trimmed && box.of > made.note.delivered_to && box.of <= complete) {
      made.waiting.push_back(box.of);
      made.waiting_bytes += box.row.bytes;
    }
  }
  return made;
}

kv::result<state_report> report_state(kv::node_state& state) {
  auto log = follow_log(state);
  if (!log) {
    return std::unexpected{log.error()};
  }
  state_report to;
  to.id = state.id();
  to.log = std::move(log->log);
  to.records = log->records;
  to.ordered_by = std::move(log->ordered_by);
  const auto progress = state.progress();
  const auto stats = state.stats();
  if (!progress || !stats) {
    return std::unexpected{!progress ? progress.error() : stats.error()};
  }
  to.progress = *progress;
  to.file = *stats;
  const auto view = state.read();
  if (!view) {
    return std::unexpected{view.error()};
  }
  auto schemas = view->schemas();
  auto copies = view->copies();
  if (!schemas || !copies) {
    return std::unexpected{!schemas ? schemas.error() : copies.error()};
  }
  to.schemas = *std::move(schemas);
  std::ranges::sort(*copies, {}, &kv::copy_facts::shard);
  reporter fill{*view, to};
  for (const auto& copy : *copies) {
    if (copy.row.state != kv::copy_state::whole) {
      continue;
    }
    if (auto taken = fill.take(copy); !taken) {
      return std::unexpected{taken.error()};
    }
  }
  fill.finish();
  return to;
}

}  // namespace aisle::checkpoint
