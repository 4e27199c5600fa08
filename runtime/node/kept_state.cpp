// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/kept_state.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"
#include "runtime/control/record_codec.hpp"
#include "runtime/node/source_keeping.hpp"

namespace aisle::node {
namespace {

using control::shard_kind;
using control::shard_name;
using trouble = kept_state::trouble;

/// Records of the control log that are read at a time.
constexpr std::size_t records_at_once = 1000;

template <class Id>
Id new_id(base::identities& ids) {
  return {.high = ids.next(), .low = ids.next()};
}

/// Where nothing was begun, a state that cannot be used is a bad argument; what is damaged is not.
trouble as_trouble(const kv::error& why) {
  using enum kv::errc;
  const bool argument = why.code == locked || why.code == no_permission || why.code == not_found ||
                        why.code == newer_format || why.code == foreign || why.code == exists;
  return {.nothing_done = argument, .text = why.message};
}

trouble as_fault(std::string text) { return {.nothing_done = false, .text = std::move(text)}; }

/// A record is there when it says so, at the next offset.
class memory_log {
 public:
  control::log_entry append(const checkpoint::append_record& what) {
    return {.at = control::log_offset{next_++}, .after = what.after, .what = what.what};
  }

 private:
  std::int64_t next_ = 0;
};

std::uint32_t shards_of(const wiring& wired, std::size_t stage) {
  return static_cast<std::uint32_t>(std::ranges::count(wired.shards, stage, &wired_shard::stage));
}

}  // namespace

kept_names names_of(const topology::plan& plan, const wiring& wired) {
  kept_names names;
  for (const auto& shard : wired.shards) {
    names.shards.push_back({.kind = shard_kind::stage,
                            .of = plan.stages[shard.stage].name,
                            .number = shard.number.get()});
  }
  for (const auto& lane : wired.lanes) {
    names.lanes.push_back(
        {.kind = shard_kind::sink, .of = plan.sinks[lane.sink].name, .number = lane.number.get()});
  }
  for (const auto& reader : wired.readers) {
    names.readers.push_back({.kind = shard_kind::source, .of = reader.options.source, .number = 0});
  }
  return names;
}

/// Opens a state step by step; each step relies on the ones before it.
class state_opener {
 public:
  state_opener(const topology::plan& plan, const wiring& wired, const state_options& how,
               base::identities& ids)
      : plan_{plan}, wired_{wired}, how_{how}, ids_{ids} {
    const auto& partitions = how.partitions;
    into_->names_ = names_of(plan, wired);
    for (std::size_t r = 0; r < wired.readers.size(); ++r) {
      into_->partitions_.push_back(r < partitions.size() ? std::max(partitions[r], 1U) : 1U);
    }
    const auto& names = into_->names_;
    for (const auto* group : {&names.shards, &names.lanes, &names.readers}) {
      shape_.shards.insert(shape_.shards.end(), group->begin(), group->end());
    }
    for (std::size_t r = 0; r < wired.readers.size(); ++r) {
      for (std::uint32_t p = 0; p < into_->partitions_[r]; ++p) {
        shape_.partitions.push_back({.source = names.readers[r].of, .number = p});
      }
    }
    shape_.nodes.push_back(self_.node);
    shape_.backups = 0;
  }

  std::expected<std::unique_ptr<kept_state>, trouble> open() {
    auto opened = how_.folder ? open_folder(*how_.folder) : std::expected<void, trouble>{};
    if (opened) {
      opened = lead();
    }
    if (!opened) {
      return std::unexpected{opened.error()};
    }
    into_->from_ = into_->member_->complete();
    return std::move(into_);
  }

 private:
  using done = std::expected<void, trouble>;

  done open_folder(const std::filesystem::path& folder) {
    auto kv = kv::node_state::open({.folder = folder,
                                    .when_absent = kv::open_options::absent::make,
                                    .check = kv::open_options::checks::as_size_allows,
                                    .new_id = new_id<control::kv_id>(ids_)});
    if (!kv) {
      return std::unexpected{as_trouble(kv.error())};
    }
    into_->kv_ = std::move(*kv);
    into_->log_ = std::make_unique<kv::embedded_log>(*into_->kv_);
    self_.kv = into_->kv_->id();
    if (auto read = read_log(); !read) {
      return read;
    }
    base::pass_fault(base::fault_point::node_log_read);
    if (auto folded = fold_complete(); !folded) {
      return folded;
    }
    if (auto adopted = adopt(); !adopted) {
      return adopted;
    }
    return find_copies();
  }

  /// The state as another topology left it becomes this one's: what it cannot go on with is
  /// dropped, if that was asked for, and how the rest is read is worked out.
  done adopt() {
    auto history = read_history();
    if (!history) {
      return std::unexpected{history.error()};
    }
    const auto now = topology::manifest_of(plan_, how_.shards, how_.partitions);
    if (!history->empty()) {
      const auto to = topology::compare(history->back(), now);
      if (const auto why = topology::obstacle(to, how_.may_drop)) {
        return std::unexpected{trouble{.text = *why}};
      }
      if (auto changed = change(to); !changed) {
        return changed;
      }
    }
    const auto number = into_->kv_->keep_schema(topology::pack(now));
    if (!number) {
      return std::unexpected{as_trouble(number.error())};
    }
    history->resize(*number - 1);
    history->push_back(now);
    into_->layouts_ = topology::past_layouts(*history);
    into_->writer_ = std::make_unique<checkpoint::state_writer>(*into_->kv_, *into_->log_, *number);
    return {};
  }

  [[nodiscard]] std::expected<topology::history, trouble> read_history() const {
    const auto view = into_->kv_->read();
    const auto kept = view ? view->schemas() : std::unexpected{view.error()};
    if (!kept) {
      return std::unexpected{as_fault(kept.error().message)};
    }
    std::vector<std::string> all;
    for (const auto& one : *kept) {
      all.push_back(one.bytes);
    }
    auto history = topology::unpack_history(all);
    if (!history) {
      return std::unexpected{trouble{.text = history.error()}};
    }
    return *std::move(history);
  }

  /// What goes is gone before anything takes its name.
  done change(const topology::transition& to) {
    const auto view = into_->kv_->read();
    const auto copies = view ? view->copies() : std::unexpected{view.error()};
    if (!copies) {
      return std::unexpected{as_fault(copies.error().message)};
    }
    for (const auto& copy : *copies) {
      const bool goes = std::ranges::any_of(to.drops, [&](const auto& unit) {
        return unit.name == copy.shard.of && kind_of(unit.part) == copy.shard.kind;
      });
      if (const auto gone = goes ? into_->kv_->drop_copy(copy.id) : kv::result<void>{}; !gone) {
        return std::unexpected{as_fault(gone.error().message)};
      }
    }
    for (bool more = !to.drops.empty(); more;) {
      const auto swept = into_->kv_->sweep_step();
      if (!swept) {
        return std::unexpected{as_fault(swept.error().message)};
      }
      more = *swept;
    }
    for (const auto& stage : to.renames) {
      if (const auto done = into_->kv_->rename_unit(shard_kind::stage, stage.from, stage.to);
          !done) {
        return std::unexpected{as_trouble(done.error())};
      }
    }
    return {};
  }

  static shard_kind kind_of(topology::part part) {
    return part == topology::part::source ? shard_kind::source
           : part == topology::part::sink ? shard_kind::sink
                                          : shard_kind::stage;
  }

  done read_log() {
    auto& log = *into_->log_;
    if (const auto fenced = log.fence(); !fenced) {
      return std::unexpected{as_fault(fenced.error().message)};
    }
    const auto known = into_->kv_->progress();
    if (!known) {
      return std::unexpected{as_fault(known.error().message)};
    }
    known_ = {.log = known->log, .applied = known->applied};
    auto next = control::log_offset{0};
    while (true) {
      auto some = log.read(next, records_at_once);
      if (!some) {
        return std::unexpected{as_fault(some.error().message)};
      }
      if (some->empty()) {
        return {};
      }
      next = some->back().at.next();
      std::ranges::move(*some, std::back_inserter(entries_));
    }
  }

  /// So that everything is found in the base: the timers, and how many actors there are.
  done fold_complete() {
    control::log_follower log{control::compaction::possible, known_};
    for (const auto& entry : entries_) {
      if (const auto good = log.read(entry); !good) {
        return std::unexpected{as_fault(good.error().message)};
      }
    }
    from_ = log.stood_on();
    while (true) {
      const auto more = into_->kv_->fold_step(from_, log.last());
      if (!more) {
        return std::unexpected{as_fault(more.error().message)};
      }
      if (!*more) {
        return {};
      }
    }
  }

  done find_copies() {
    const auto view = into_->kv_->read();
    if (!view) {
      return std::unexpected{as_fault(view.error().message)};
    }
    const auto copies = view->copies();
    if (!copies) {
      return std::unexpected{as_fault(copies.error().message)};
    }
    for (const auto& copy : *copies) {
      auto image = image_of(*view, copy);
      if (!image) {
        return std::unexpected{image.error()};
      }
      into_->copies_[copy.shard] = copy.id;
      found_[copy.shard] = *std::move(image);
    }
    return {};
  }

  [[nodiscard]] std::expected<checkpoint::copy_image, trouble> image_of(
      const kv::snapshot& view, const kv::copy_facts& copy) {
    checkpoint::copy_image image;
    std::vector<control::attempt> attempts{copy.row.base};
    for (const auto& link : copy.chain) {
      attempts.push_back(link.of);
    }
    for (const auto of : attempts) {
      auto reader = view.open(copy.id, of);
      auto note = reader ? reader->note(checkpoint::version_note) : std::unexpected{reader.error()};
      if (!note) {
        return std::unexpected{as_fault(note.error().message)};
      }
      std::uint64_t sum = 0;
      if (*note && (*note)->size() == sizeof sum) {
        std::memcpy(&sum, (*note)->data(), sizeof sum);
      } else {
        into_->new_.insert(copy.shard);
      }
      image.versions.push_back({.attempt = of, .checksum = control::checksum{sum}});
    }
    return image;
  }

  /// What the topology has and the state has not stands where the rest does, empty.
  done make_new_copies() {
    if (!into_->kv_ || from_ == control::the_beginning) {
      return {};
    }
    auto lacking = shape_.shards;
    std::erase_if(lacking, [&](const auto& shard) { return found_.contains(shard); });
    for (const auto& shard : lacking) {
      found_[shard].versions.push_back({.attempt = from_, .checksum = {}});
      into_->new_.insert(shard);
    }
    return make_copies(lacking, from_);
  }

  /// In one commit: a state with some of them would be one of another number of shards.
  done make_copies(const std::vector<shard_name>& shards, control::attempt at) {
    std::vector<kv::new_copy> copies;
    copies.reserve(shards.size());
    for (const auto& shard : shards) {
      copies.push_back({.shard = shard, .hashes = hashes_of(shard)});
    }
    const auto made = into_->kv_->make_copies(copies, at);
    if (!made) {
      return std::unexpected{as_trouble(made.error())};
    }
    for (std::size_t i = 0; i < shards.size(); ++i) {
      into_->copies_[shards[i]] = (*made)[i];
    }
    return {};
  }

  [[nodiscard]] kv::hash_range hashes_of(const shard_name& shard) const {
    if (shard.kind != shard_kind::stage) {
      return kv::no_hashes;
    }
    const auto stage = std::ranges::find(plan_.stages, shard.of, &topology::planned_stage::name);
    const auto index = static_cast<std::size_t>(stage - plan_.stages.begin());
    return kv::range_of(shard.number, shards_of(wired_, index));
  }

  /// Claims to lead, says what is held, and is assigned it: each a record of its own.
  done lead() {
    if (auto made = make_new_copies(); !made) {
      return made;
    }
    if (entries_.empty()) {
      const checkpoint::append_record first{
          .what = control::log_record{.log = new_id<control::log_id>(ids_),
                                      .cluster = new_id<control::cluster_id>(ids_),
                                      .format = control::record_format},
          .after = control::before_the_log};
      auto entry = append(first);
      if (!entry) {
        return std::unexpected{entry.error()};
      }
      entries_.push_back(*std::move(entry));
    }
    into_->member_ = std::make_unique<checkpoint::sole_member>(
        self_, shape_, found_, control::log_follower{control::compaction::possible, known_});
    checkpoint::sole_effects effects;
    for (const auto& entry : entries_) {
      into_->member_->read(entry, effects);
    }
    into_->member_->lead(entries_.back().at.next(), {}, effects);
    auto done = carry_out(std::move(effects));
    base::pass_fault(base::fault_point::node_assigned);
    if (done) {
      into_->id_ = control::to_text(into_->member_->log().log()->log);
    }
    return done;
  }

  done carry_out(checkpoint::sole_effects effects) {
    while (true) {
      if (effects.broken) {
        return std::unexpected{as_fault(*effects.broken)};
      }
      if (into_->kv_) {
        if (auto entered = enter(effects); !entered) {
          return entered;
        }
      }
      if (!effects.append) {
        return {};
      }
      auto entry = append(*effects.append);
      if (!entry) {
        return std::unexpected{entry.error()};
      }
      effects = {};
      into_->member_->appended(*entry, {}, effects);
    }
  }

  done enter(const checkpoint::sole_effects& effects) {
    const auto& log = into_->member_->log().log();
    if (log) {
      if (const auto followed = into_->kv_->follow(log->log); !followed) {
        return std::unexpected{as_trouble(followed.error())};
      }
    }
    if (!effects.create.empty()) {
      if (auto made = make_copies(effects.create, control::the_beginning); !made) {
        return made;
      }
    }
    if (const auto& g = effects.generation) {
      const auto stands = into_->kv_->begin_generation(g->generation, g->from, g->at);
      if (!stands) {
        return std::unexpected{as_fault(stands.error().message)};
      }
    }
    return {};
  }

  std::expected<control::log_entry, trouble> append(const checkpoint::append_record& what) {
    if (!into_->kv_) {
      return memory_.append(what);
    }
    const auto at = into_->log_->append(what.what, what.after);
    if (!at) {
      return std::unexpected{as_fault(into_->log_->trouble().message)};
    }
    return control::log_entry{.at = *at, .after = what.after, .what = what.what};
  }

  const topology::plan& plan_;
  const wiring& wired_;
  const state_options& how_;
  base::identities& ids_;
  std::unique_ptr<kept_state> into_{new kept_state};
  control::member self_{
      .node = {"node"}, .incarnation = control::incarnation{ids_.next()}, .kv = {}};
  checkpoint::cluster_shape shape_;
  control::followed_before known_;
  std::vector<control::log_entry> entries_;
  control::attempt from_;
  std::map<shard_name, checkpoint::copy_image> found_;
  memory_log memory_;
};

std::expected<std::unique_ptr<kept_state>, trouble> kept_state::open(const topology::plan& plan,
                                                                     const wiring& wired,
                                                                     const state_options& how,
                                                                     base::identities& ids) {
  return state_opener{plan, wired, how, ids}.open();
}

std::unique_ptr<checkpoint::kept_store> kept_state::store_of(std::size_t shard) const {
  return std::make_unique<checkpoint::kept_store>(*kv_, copies_.at(names_.shards[shard]),
                                                  [](const std::string& why) {
                                                    fmt::print(stderr, "aisle: {}\n", why);
                                                    std::_Exit(3);
                                                  });
}

std::expected<entity::shard_beginning, std::string> kept_state::load_shard(
    std::size_t shard, const wired_shard& wired) const {
  const auto& name = names_.shards[shard];
  if (!goes_on(name)) {
    entity::shard_beginning anew;
    anew.facts.epoch = from_.epoch;
    anew.facts.channels.assign(wired.origins.size(), {.watermark = base::beginning_of_time});
    anew.facts.merged = anew.facts.highest = base::beginning_of_time;
    anew.facts.layout = layouts_[wired.stage]->own;
    return anew;
  }
  const auto view = kv_->read();
  auto reader = view ? view->open(copies_.at(name)) : std::unexpected{view.error()};
  if (!reader) {
    return std::unexpected{reader.error().message};
  }
  return checkpoint::load_shard(*reader, *wired.options.stage, *layouts_[wired.stage]);
}

std::expected<io::source_beginning, std::string> kept_state::load_source(std::size_t r) const {
  const auto view = kv_->read();
  auto reader = view ? view->open(copies_.at(names_.readers[r])) : std::unexpected{view.error()};
  if (!reader) {
    return std::unexpected{reader.error().message};
  }
  return node::load_source(*reader, names_.readers[r].of);
}

std::expected<kept_lane, std::string> kept_state::load_lane(std::size_t lane) const {
  const auto copy = copies_.at(names_.lanes[lane]);
  const auto view = kv_->read();
  auto reader = view ? view->open(copy) : std::unexpected{view.error()};
  auto bytes = reader ? reader->note(checkpoint::lane_note_name) : std::unexpected{reader.error()};
  const auto boxes = bytes ? view->outboxes(copy) : std::unexpected{bytes.error()};
  if (!boxes) {
    return std::unexpected{boxes.error().message};
  }
  kept_lane kept;
  if (*bytes) {
    auto note = checkpoint::unpack_lane(**bytes);
    if (!note) {
      return std::unexpected{note.error()};
    }
    kept.note = *note;
  }
  kept.memory = {.delivered_to = kept.note.delivered_to, .born = kept.note.born, .outboxes = {}};
  kept.delivered_bytes = kept.note.end;
  for (const auto& box : *boxes) {
    if (box.row.trimmed) {
      // Trimmed when it was out beyond doubt, which the note of its epoch could not know yet.
      kept.memory.delivered_to = std::max(kept.memory.delivered_to, box.of);
      continue;
    }
    kept.memory.outboxes.push_back(
        {.attempt = box.of, .prev = box.row.prev, .parts = box.row.parts});
  }
  std::erase_if(kept.memory.outboxes,
                [&](const auto& box) { return box.attempt <= kept.memory.delivered_to; });
  if (!kept.memory.outboxes.empty()) {
    const auto stored = view->outbox_part(copy, kept.memory.outboxes.front().attempt, 0);
    if (!stored) {
      return std::unexpected{stored.error().message};
    }
    const auto first = checkpoint::decode_part(*stored);
    if (!first) {
      return std::unexpected{first.error()};
    }
    kept.delivered_bytes = first->start_offset;
  }
  return kept;
}

std::expected<std::string, std::string> kept_state::outbox_part(std::size_t lane,
                                                                control::attempt of,
                                                                std::uint32_t part) const {
  const auto view = kv_->read();
  auto bytes = view ? view->outbox_part(copies_.at(names_.lanes[lane]), of, part)
                    : std::unexpected{view.error()};
  if (!bytes) {
    return std::unexpected{bytes.error().message};
  }
  return *std::move(bytes);
}

}  // namespace aisle::node
