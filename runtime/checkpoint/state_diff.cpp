// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/state_diff.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>
#include <utility>

#include "runtime/checkpoint/state_report.hpp"

namespace aisle::checkpoint {
namespace {

/// Actors that are read at a time, at least.
constexpr std::size_t actors_at_once = 1024;

struct read_actor {
  std::uint64_t hash = 0;
  std::string key;
  std::string bytes;

  [[nodiscard]] auto place() const { return std::tie(hash, key); }
};

/// The actors of one stage at an attempt, in the order of hashes and keys, over all its shards.
class stage_reader {
 public:
  stage_reader(const kv::snapshot& view, control::attempt at, std::vector<kv::copy_facts> copies)
      : view_{view}, at_{at}, copies_{std::move(copies)} {
    std::ranges::sort(copies_, std::greater{},
                      [](const kv::copy_facts& one) { return one.row.hashes.first; });
  }

  /// Null at the end.
  kv::result<const read_actor*> front() {
    while (read_.empty() && !copies_.empty()) {
      if (auto some = read_some(); !some) {
        return std::unexpected{some.error()};
      }
    }
    return read_.empty() ? nullptr : &read_.front();
  }
  read_actor take() {
    auto one = std::move(read_.front());
    read_.pop_front();
    return one;
  }

 private:
  kv::result<void> read_some() {
    const auto& copy = copies_.back();
    auto reader = view_.open(copy.id, at_ == control::the_beginning ? copy.row.tip : at_);
    if (!reader) {
      return std::unexpected{reader.error()};
    }
    const auto next =
        reader->scan(std::max(from_, copy.row.hashes.first), [&](const kv::actor_state& actor) {
          read_.push_back({.hash = actor.key_hash,
                           .key = std::string{actor.key},
                           .bytes = std::string{actor.bytes}});
          return read_.size() < actors_at_once;
        });
    if (!next) {
      return std::unexpected{next.error()};
    }
    std::ranges::sort(read_, {}, &read_actor::place);
    from_ = next->value_or(0);
    if (!*next) {
      copies_.pop_back();
    }
    return {};
  }

  const kv::snapshot& view_;
  control::attempt at_;
  /// The one that is read is the last.
  std::vector<kv::copy_facts> copies_;
  std::uint64_t from_ = 0;
  std::deque<read_actor> read_;
};

/// One of the two states.
struct side {
  kv::snapshot view;
  read_log log;
  std::map<std::string, std::vector<kv::copy_facts>> stages;

  static kv::result<side> open(kv::node_state& state) {
    auto log = follow_log(state);
    if (!log) {
      return std::unexpected{log.error()};
    }
    auto view = state.read();
    if (!view) {
      return std::unexpected{view.error()};
    }
    const auto copies = view->copies();
    if (!copies) {
      return std::unexpected{copies.error()};
    }
    side made{.view = *std::move(view), .log = *std::move(log), .stages = {}};
    for (const auto& copy : *copies) {
      if (copy.shard.kind == control::shard_kind::stage &&
          copy.row.state == kv::copy_state::whole) {
        made.stages[copy.shard.of].push_back(copy);
      }
    }
    return made;
  }

  [[nodiscard]] stage_reader read(const std::string& stage) const {
    const auto found = stages.find(stage);
    return {view, log.log.stood_on(),
            found == stages.end() ? std::vector<kv::copy_facts>{} : found->second};
  }
};

void note(stage_difference& to, std::size_t show_max, std::string key,
          std::optional<std::string> before, std::optional<std::string> after) {
  ++(!before ? to.added : !after ? to.gone : to.changed);
  if (to.first.size() < show_max) {
    to.first.push_back(
        {.key = std::move(key), .before = std::move(before), .after = std::move(after)});
  }
}

kv::result<stage_difference> compare_stage(stage_reader before, stage_reader after,
                                           std::size_t show_max) {
  stage_difference made;
  while (true) {
    const auto old = before.front();
    const auto now = old ? after.front() : old;
    if (!now) {
      return std::unexpected{now.error()};
    }
    if (*old == nullptr && *now == nullptr) {
      return made;
    }
    const bool only_old = *now == nullptr || (*old != nullptr && (*old)->place() < (*now)->place());
    const bool only_now = *old == nullptr || (*now != nullptr && (*now)->place() < (*old)->place());
    if (only_old) {
      auto one = before.take();
      note(made, show_max, std::move(one.key), std::move(one.bytes), std::nullopt);
    } else if (only_now) {
      auto one = after.take();
      note(made, show_max, std::move(one.key), std::nullopt, std::move(one.bytes));
    } else {
      auto was = before.take();
      auto is = after.take();
      if (was.bytes == is.bytes) {
        ++made.same;
      } else {
        note(made, show_max, std::move(is.key), std::move(was.bytes), std::move(is.bytes));
      }
    }
  }
}

std::vector<position_difference> compare_positions(const control::cut_state& before,
                                                   const control::cut_state& after) {
  std::map<control::partition_name, position_difference> all;
  for (const auto& one : before.sources) {
    all[one.partition].before = one;
  }
  for (const auto& one : after.sources) {
    all[one.partition].after = one;
  }
  std::vector<position_difference> differing;
  for (auto& [partition, one] : all) {
    if (one.before != one.after) {
      one.partition = partition;
      differing.push_back(std::move(one));
    }
  }
  return differing;
}

}  // namespace

bool state_difference::differs() const {
  return !positions.empty() ||
         std::ranges::any_of(stages, [](const auto& one) { return one.second.differs(); });
}

kv::result<state_difference> compare_states(kv::node_state& before, kv::node_state& after,
                                            std::size_t show_max) {
  const auto a = side::open(before);
  const auto b = a ? side::open(after) : std::unexpected{a.error()};
  if (!b) {
    return std::unexpected{b.error()};
  }
  state_difference made{.before = a->log.log.stood_on(),
                        .after = b->log.log.stood_on(),
                        .stages = {},
                        .positions = compare_positions(a->log.log.state(), b->log.log.state())};
  std::set<std::string> names;
  for (const auto* const one : {&*a, &*b}) {
    for (const auto& [name, copies] : one->stages) {
      names.insert(name);
    }
  }
  for (const auto& name : names) {
    auto stage = compare_stage(a->read(name), b->read(name), show_max);
    if (!stage) {
      return std::unexpected{stage.error()};
    }
    made.stages.emplace(name, *std::move(stage));
  }
  return made;
}

}  // namespace aisle::checkpoint
