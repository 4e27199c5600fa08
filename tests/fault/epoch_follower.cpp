// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/epoch_follower.hpp"

#include <fmt/format.h>

#include "runtime/control/record_codec.hpp"
#include "runtime/kv/bytes.hpp"
#include "runtime/kv/ledger.hpp"
#include "runtime/kv/page_walk.hpp"

namespace aisle::fault {
namespace {

constexpr std::size_t both_heads = std::size_t{2} * 4096;

/// The heads name the transaction that made them: while they stay as they are, no page that the
/// newer one leads to is written.
std::string heads_of(const kv::page_file& file) {
  std::string heads;
  file.read(0, both_heads, heads);
  return heads;
}

std::string text_of(const control::attempt& of) {
  return fmt::format("({},{})", of.generation.get(), of.epoch.get());
}

}  // namespace

bool epoch_follower::read(rows& into, findings& wrong) const {
  const auto file = kv::page_file::open(file_);
  if (!file || file->bytes() < both_heads) return false;
  const auto before = heads_of(*file);
  kv::page_walk walk{*file, kv::walk_depth::branches, [&](const kv::row_at& row) {
                       if (row.table != "control") return;
                       const auto record = kv::unsealed(row.key, row.value);
                       const auto at = kv::big_at<std::uint64_t>(row.key, 0);
                       into[static_cast<std::int64_t>(at)] = record.value_or("");
                     }};
  const auto defects = walk.run();
  if (heads_of(*file) != before) return false;
  // The file may have grown between the two looks at it.
  const auto again = kv::page_file::open(file_);
  if (again && again->bytes() != file->bytes()) return false;
  if (!defects.empty()) wrong.add(fmt::format("{}: {}", file_.string(), defects.front().what));
  return defects.empty();
}

void epoch_follower::look(findings& wrong) {
  rows now;
  if (!read(now, wrong)) return;
  for (const auto& [at, bytes] : now) {
    const auto known = seen_.find(at);
    if (known != seen_.end()) {
      if (known->second != bytes) wrong.add(fmt::format("control record {} has changed", at));
      continue;
    }
    if (!seen_.empty() && at != seen_.rbegin()->first + 1) {
      wrong.add(fmt::format("control record {} behind {}", at, seen_.rbegin()->first));
    }
    seen_.emplace(at, bytes);
    const auto entry = control::decode(bytes, control::log_offset{at});
    if (!entry) {
      wrong.add(fmt::format("control record {}: {}", at, entry.error().message));
      continue;
    }
    take(*entry, wrong);
  }
  if (!seen_.empty() && (now.empty() || now.rbegin()->first < seen_.rbegin()->first)) {
    wrong.add("the control log has become shorter");
  }
}

void epoch_follower::take(const control::log_entry& entry, findings& wrong) {
  if (const auto* assign = control::assign_of(entry.what)) {
    take_assign(*assign, entry.at.get(), wrong);
  } else if (const auto* complete = std::get_if<control::complete_record>(&entry.what)) {
    take_complete(*complete, wrong);
  }
}

void epoch_follower::take_assign(const control::assign_record& assign, std::int64_t at,
                                 findings& wrong) {
  ++generations_;
  last_assign_ = at;
  if (assign.from != last_complete_) {
    wrong.add(fmt::format("Assign {} stands on {}, complete is {}", at, text_of(assign.from),
                          text_of(last_complete_)));
  }
  if (assign.from.epoch.get() > 0 && assign.state != last_cut_) {
    wrong.add(fmt::format("Assign {} has other positions than the epoch it stands on", at));
  }
}

void epoch_follower::take_complete(const control::complete_record& complete, findings& wrong) {
  const auto& of = complete.attempt;
  if (of.epoch.get() != last_complete_.epoch.get() + 1) {
    wrong.add(fmt::format("complete {} behind {}", text_of(of), text_of(last_complete_)));
  }
  if (of.generation.get() != last_assign_) {
    wrong.add(fmt::format("complete {} under generation {}", text_of(of), last_assign_));
  }
  for (const auto& before : last_cut_.sources) {
    for (const auto& now : complete.state.sources) {
      if (now.partition == before.partition && now.next < before.next) {
        wrong.add(fmt::format("epoch {}: {} went back", text_of(of), now.partition.source));
      }
    }
  }
  last_complete_ = of;
  last_cut_ = complete.state;
}

}  // namespace aisle::fault
