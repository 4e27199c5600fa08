// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/state_check.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/checkpoint/lane_note.hpp"
#include "runtime/checkpoint/shard_keeping.hpp"
#include "runtime/checkpoint/state_report.hpp"
#include "runtime/checkpoint/state_writer.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::checkpoint {
namespace {

using control::shard_kind;

constexpr std::size_t findings_max = 100;

class inspection {
 public:
  inspection(const kv::snapshot& view, attempt complete, const state_readers& readers,
             state_verdict& into)
      : view_{view}, complete_{complete}, readers_{readers}, into_{into} {}

  kv::result<void> look(const kv::copy_facts& copy) {
    name_ = to_text(copy.shard);
    if (complete_ != control::the_beginning && !copy.holds(complete_)) {
      note(fmt::format("does not hold {}, which is complete", to_text(complete_)));
      return {};
    }
    if (copy.shard.kind == shard_kind::stage) {
      ranges_[copy.shard.of].push_back(copy.row.hashes);
    }
    auto reader = view_.open(
        copy.id, complete_ == control::the_beginning ? std::nullopt : std::optional{complete_});
    if (!reader) {
      return std::unexpected{reader.error()};
    }
    if (auto looked = look_at_notes(*reader, copy.shard); !looked) {
      return looked;
    }
    switch (copy.shard.kind) {
      case shard_kind::stage:
        return look_at_actors(*reader, copy);
      case shard_kind::sink:
        return look_at_outboxes(copy);
      case shard_kind::source:
        return look_at_source(*reader, copy.shard.of);
    }
    return {};
  }

  /// Every key of a stage belongs to one shard.
  void finish() {
    for (auto& [stage, ranges] : ranges_) {
      name_ = "stage " + stage;
      std::ranges::sort(ranges, {}, &kv::hash_range::first);
      bool whole = ranges.front().first == 0 && ranges.back().last == UINT64_MAX;
      for (std::size_t i = 1; i < ranges.size(); ++i) {
        whole = whole && ranges[i].first == ranges[i - 1].last + 1;
      }
      if (!whole) {
        note("its shards do not have all keys, each once");
      }
    }
  }

 private:
  void note(std::string_view what) {
    if (into_.findings.size() < findings_max) {
      into_.findings.push_back(fmt::format("{}: {}", name_, what));
    }
  }

  kv::result<void> look_at_notes(kv::copy_reader& reader, const control::shard_name& shard) {
    return reader.each_note([&](std::string_view name, std::string_view bytes) {
      ++into_.notes;
      if (const auto wrong = wrong_with(shard, name, bytes); !wrong.empty()) {
        note(fmt::format("note {}: {}", name, wrong));
      }
      return true;
    });
  }

  [[nodiscard]] std::string wrong_with(const control::shard_name& shard, std::string_view name,
                                       std::string_view bytes) const {
    if (name == version_note) {
      return bytes.size() == sizeof(std::uint64_t) ? "" : "no checksum of a version";
    }
    if (shard.kind == shard_kind::stage && name == facts_note) {
      const auto facts = entity::unpack_facts(bytes);
      return facts ? "" : facts.error();
    }
    if (shard.kind == shard_kind::stage && name.starts_with(page_note)) {
      const auto page =
          readers_.read_page ? readers_.read_page(shard.of, bytes) : state_readers::verdict{};
      return page ? "" : page.error();
    }
    if (shard.kind == shard_kind::sink && name == lane_note_name) {
      const auto lane = unpack_lane(bytes);
      return lane ? "" : lane.error();
    }
    // The pages of a source are read with its facts, all together.
    return shard.kind == shard_kind::source ? "" : "this program knows no note of that name";
  }

  kv::result<void> look_at_actors(kv::copy_reader& reader, const kv::copy_facts& of) {
    const auto scanned = reader.scan(of.row.hashes.first, [&](const kv::actor_state& actor) {
      ++into_.actors;
      if (const auto wrong = wrong_with(actor, of); !wrong.empty()) {
        note(fmt::format("actor with hash {:016x}: {}", actor.key_hash, wrong));
      }
      return into_.findings.size() < findings_max;
    });
    return scanned ? kv::result<void>{} : std::unexpected{scanned.error()};
  }

  [[nodiscard]] std::string wrong_with(const kv::actor_state& actor,
                                       const kv::copy_facts& of) const {
    if (base::hash64(actor.key) != actor.key_hash || !of.row.hashes.holds(actor.key_hash)) {
      return "it stands where another key belongs";
    }
    if (actor.bytes.empty()) {
      // Of a stage with an actor per key: a place, and no actor yet.
      return {};
    }
    const auto values = entity::actor_host::values_of_kept(actor.bytes);
    if (!values || !readers_.read_actor) {
      return values ? "" : values.error();
    }
    const auto read = readers_.read_actor(of.shard.of, actor.key, actor.bytes);
    return read ? "" : read.error();
  }

  kv::result<void> look_at_outboxes(const kv::copy_facts& copy) {
    const auto lane = report_lane(view_, copy, complete_);
    if (!lane) {
      return std::unexpected{lane.error()};
    }
    const auto boxes = view_.outboxes(copy.id);
    if (!boxes) {
      return std::unexpected{boxes.error()};
    }
    std::optional<std::int64_t> end;
    for (const auto& box : *boxes) {
      if (std::ranges::find(lane->waiting, box.of) == lane->waiting.end()) {
        continue;
      }
      for (std::uint32_t p = 0; p < box.row.parts; ++p) {
        const auto bytes = view_.outbox_part(copy.id, box.of, p);
        if (!bytes) {
          return std::unexpected{bytes.error()};
        }
        ++into_.outbox_parts;
        const auto part = decode_part(*bytes);
        if (!part) {
          note(fmt::format("outbox {}, part {}: {}", to_text(box.of), p, part.error()));
          continue;
        }
        if (end && part->start_offset != *end) {
          note(fmt::format("outbox {}, part {} begins at byte {}, and the one before it ends at {}",
                           to_text(box.of), p, part->start_offset, *end));
        }
        end = part->start_offset + static_cast<std::int64_t>(part->bytes.size());
      }
    }
    if (end && *end != lane->note.end) {
      note(fmt::format("its outboxes end at byte {}, and it remembers {}", *end, lane->note.end));
    }
    return {};
  }

  kv::result<void> look_at_source(kv::copy_reader& reader, const std::string& source) {
    if (reader.at() == control::the_beginning || !readers_.read_source) {
      return {};
    }
    if (const auto read = readers_.read_source(reader, source); !read) {
      note(read.error());
    }
    return {};
  }

  const kv::snapshot& view_;
  attempt complete_;
  const state_readers& readers_;
  state_verdict& into_;
  std::string name_;
  std::map<std::string, std::vector<kv::hash_range>> ranges_;
};

kv::result<void> look_at_copies(kv::node_state& state, const state_readers& readers,
                                state_verdict& into) {
  const auto log = follow_log(state);
  if (!log) {
    return std::unexpected{log.error()};
  }
  into.records = log->records;
  const auto view = state.read();
  if (!view) {
    return std::unexpected{view.error()};
  }
  const auto copies = view->copies();
  if (!copies) {
    return std::unexpected{copies.error()};
  }
  inspection all{*view, log->log.stood_on(), readers, into};
  for (const auto& copy : *copies) {
    if (copy.row.state != kv::copy_state::whole) {
      continue;
    }
    if (auto looked = all.look(copy); !looked) {
      return looked;
    }
  }
  all.finish();
  return {};
}

}  // namespace

kv::result<state_verdict> check_state(const std::filesystem::path& folder,
                                      const state_readers& readers) {
  state_verdict verdict;
  auto file = kv::verify(folder);
  if (!file) {
    return std::unexpected{file.error()};
  }
  verdict.file = *std::move(file);
  if (!verdict.file.sound()) {
    return verdict;
  }
  const auto state = kv::node_state::open({.folder = folder, .new_id = {}});
  if (!state) {
    if (state.error().code != kv::errc::damaged && state.error().code != kv::errc::foreign) {
      return std::unexpected{state.error()};
    }
    verdict.findings.push_back(state.error().message);
    return verdict;
  }
  if (const auto looked = look_at_copies(**state, readers, verdict); !looked) {
    verdict.findings.push_back(looked.error().message);
  }
  return verdict;
}

}  // namespace aisle::checkpoint
