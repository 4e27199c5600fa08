// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/placement.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace aisle::checkpoint {
namespace {

using control::assign_record;
using control::node_name;
using control::shard_placement;

/// Who required the shard before, by name: a process may be another one since.
std::set<node_name> required_before(const assign_record* previous, const shard_name& shard) {
  std::set<node_name> names;
  const auto* const placed = previous == nullptr ? nullptr : previous->find(shard);
  if (placed != nullptr) {
    for (const auto index : placed->required) {
      names.insert(previous->members[index.get()].node);
    }
  }
  return names;
}

std::optional<node_name> owner_before(const assign_record* previous, const shard_name& shard) {
  const auto* const placed = previous == nullptr ? nullptr : previous->find(shard);
  if (placed == nullptr) {
    return std::nullopt;
  }
  return previous->members[placed->owner.get()].node;
}

/// Places shards one after the other, and keeps count of what each member has been given.
class placer {
 public:
  placer(const cluster_shape& shape, const foundation& on, const std::vector<inventory>& present,
         const assign_record* previous, const owner_wishes& wishes)
      : shape_{shape},
        on_{on},
        present_{present},
        previous_{previous},
        wishes_{wishes},
        owned_(present.size()),
        copies_(present.size()) {}

  std::optional<shard_placement> place(const shard_name& shard) {
    auto holders = holders_of(shard);
    if (holders.empty()) {
      return std::nullopt;
    }
    const auto owner = choose_owner(shard, holders);
    std::erase(holders, owner);
    const auto before = required_before(previous_, shard);
    std::ranges::stable_sort(holders, {}, [&](std::size_t i) {
      return std::pair{!before.contains(present_[i].who.node), copies_[i]};
    });
    holders.insert(holders.begin(), owner);
    holders.resize(std::min(holders.size(), 1 + shape_.backups));
    ++owned_[owner];
    shard_placement placed{.shard = shard, .owner = index_of(owner), .required = {}};
    for (const auto i : holders) {
      ++copies_[i];
      placed.required.push_back(index_of(i));
    }
    return placed;
  }

 private:
  static member_index index_of(std::size_t i) {
    return member_index{static_cast<std::uint32_t>(i)};
  }

  [[nodiscard]] std::vector<std::size_t> holders_of(const shard_name& shard) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < present_.size(); ++i) {
      if (is_holder(present_[i], shard, on_)) {
        found.push_back(i);
      }
    }
    return found;
  }

  [[nodiscard]] std::size_t choose_owner(const shard_name& shard,
                                         const std::vector<std::size_t>& holders) const {
    const auto wish = wishes_.find(shard);
    const auto before = owner_before(previous_, shard);
    const auto rank = [&](std::size_t i) {
      const auto& name = present_[i].who.node;
      const bool wanted = wish != wishes_.end() && wish->second == name;
      return std::tuple{!wanted, before != name, owned_[i]};
    };
    return *std::ranges::min_element(holders, {}, rank);
  }

  const cluster_shape& shape_;
  const foundation& on_;
  const std::vector<inventory>& present_;
  const assign_record* previous_;
  const owner_wishes& wishes_;
  std::vector<std::size_t> owned_;
  std::vector<std::size_t> copies_;
};

bool is_degraded(const cluster_shape& shape, const assign_record& assign) {
  return std::ranges::any_of(assign.shards, [&](const shard_placement& shard) {
    return shard.required.size() < 1 + shape.backups;
  });
}

}  // namespace

bool is_holder(const inventory& of, const shard_name& shard, const foundation& on) {
  const auto copy = std::ranges::find(of.copies, shard, &held_copy::shard);
  if (copy == of.copies.end() || copy->versions.empty()) {
    return on.from == control::the_beginning;
  }
  const auto held = std::ranges::find(copy->versions, on.from, &version::attempt);
  if (held == copy->versions.end()) {
    return false;
  }
  const auto expected = on.checksums.find(shard);
  return expected == on.checksums.end() || expected->second == held->checksum;
}

std::expected<assign_record, std::vector<shard_name>> place(const cluster_shape& shape,
                                                            const foundation& on,
                                                            const std::vector<inventory>& present,
                                                            const assign_record* previous,
                                                            const owner_wishes& wishes) {
  assign_record assign;
  assign.from = on.from;
  assign.state = on.state;
  assign.topology = shape.topology;
  for (const auto& node : present) {
    assign.members.push_back(node.who);
  }
  placer by{shape, on, present, previous, wishes};
  std::vector<shard_name> lacking;
  for (const auto& shard : shape.shards) {
    if (auto placed = by.place(shard)) {
      assign.shards.push_back(*std::move(placed));
    } else {
      lacking.push_back(shard);
    }
  }
  if (!lacking.empty() || present.empty()) {
    return std::unexpected{std::move(lacking)};
  }
  for (std::size_t i = 0; i < shape.partitions.size(); ++i) {
    const auto reader = static_cast<std::uint32_t>(i % present.size());
    assign.readers.push_back({.partition = shape.partitions[i], .reader = member_index{reader}});
  }
  assign.degraded = is_degraded(shape, assign);
  return assign;
}

std::optional<member_index> fill_target(const cluster_shape& shape, const assign_record& assign,
                                        const shard_placement& shard) {
  if (shard.required.size() >= 1 + shape.backups) {
    return std::nullopt;
  }
  std::vector<std::size_t> copies(assign.members.size());
  for (const auto& other : assign.shards) {
    for (const auto index : other.required) {
      ++copies[index.get()];
    }
  }
  std::optional<member_index> best;
  for (std::uint32_t i = 0; i < assign.members.size(); ++i) {
    const bool free = std::ranges::find(shard.required, member_index{i}) == shard.required.end();
    if (free && (!best || copies[i] < copies[best->get()])) {
      best = member_index{i};
    }
  }
  return best;
}

}  // namespace aisle::checkpoint
