// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/state_copy.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "runtime/checkpoint/changes.hpp"
#include "runtime/checkpoint/state_report.hpp"
#include "runtime/kv/verify.hpp"
#include "runtime/kv/whole_copy.hpp"

namespace aisle::checkpoint {
namespace {

namespace fs = std::filesystem;

/// A restored state's control log leaves out so many offsets, and some more by chance.
constexpr std::uint64_t skipped_least = 1000;
constexpr std::uint64_t skipped_by_chance = std::uint64_t{1} << 24;

kv::result<void> check_sound(const fs::path& folder) {
  const auto found = kv::verify(folder);
  if (!found) {
    return std::unexpected{found.error()};
  }
  if (found->sound()) {
    return {};
  }
  const auto& first = found->findings.front();
  return kv::fail(kv::errc::damaged,
                  fmt::format("{} is damaged: at byte {}: {}",
                              (folder / kv::data_file_name).string(), first.at, first.what));
}

std::string name_of_part(const control::shard_name& lane) {
  return fmt::format("part-{:04}.ndjson", lane.number);
}

/// Turns a copied state into one of its own.
class restoration {
 public:
  restoration(kv::node_state& state, fs::path folder, const restore_options& how,
              base::identities& ids)
      : state_{state}, folder_{std::move(folder)}, how_{how}, ids_{ids} {}

  kv::result<restored> run() {
    kv::result<void> done = look();
    for (const auto step : {&restoration::fold, &restoration::begin, &restoration::empty_lanes}) {
      done = done ? (this->*step)() : done;
    }
    if (!done) {
      return std::unexpected{done.error()};
    }
    return made_;
  }

 private:
  kv::result<void> look() {
    auto report = report_state(state_);
    if (!report) {
      return std::unexpected{report.error()};
    }
    report_ = *std::move(report);
    made_.from = report_.complete();
    if (made_.from == control::the_beginning) {
      return kv::fail(kv::errc::not_found,
                      "no epoch is complete there: there is nothing to go on "
                      "from");
    }
    return {};
  }

  kv::result<void> fold() {
    while (true) {
      const auto more = state_.fold_step(made_.from, report_.log.last());
      if (!more || !*more) {
        return more ? kv::result<void>{} : std::unexpected{more.error()};
      }
    }
  }

  kv::result<void> begin() {
    made_.id = {.high = ids_.next(), .low = ids_.next()};
    auto log = *report_.log.log();
    if (how_.lanes == restored_lanes::anew) {
      log.log = {.high = ids_.next(), .low = ids_.next()};
    }
    const auto begun = state_.begin_life({.id = made_.id,
                                          .log = log,
                                          .order = order(),
                                          .skip = skipped_least + ids_.next() % skipped_by_chance});
    if (!begun) {
      return std::unexpected{begun.error()};
    }
    made_.generation = *begun;
    const auto stands =
        state_.begin_generation(*begun, made_.from, control::log_offset{begun->get()});
    return stands ? kv::result<void>{} : std::unexpected{stands.error()};
  }

  /// Nobody who runs is named in it: the next start claims to lead and writes its own Assign.
  [[nodiscard]] control::reset_record order() const {
    control::reset_record made{
        .assign = {.from = made_.from,
                   .state = report_.log.state(),
                   .members = {{.node = {"node"}, .incarnation = {}, .kv = made_.id}},
                   .shards = {},
                   .readers = {},
                   .degraded = false,
                   .topology = report_.log.assign() ? report_.log.assign()->record.topology
                                                    : base::hash128{}},
        .lost = {fmt::format("what was done after {}, if the state this was copied from went on",
                             control::to_text(made_.from))},
        .markers = {},
        .ordered_by = how_.ordered_by};
    for (const auto& lane : report_.lanes) {
      made.markers.push_back({.lane = lane.at.shard,
                              .marker = how_.lanes == restored_lanes::anew
                                            ? control::the_beginning
                                            : lane.note.delivered_to});
    }
    return made;
  }

  kv::result<void> empty_lanes() {
    if (how_.lanes == restored_lanes::where_they_were) {
      return {};
    }
    for (const auto& lane : report_.lanes) {
      auto done = keep_undelivered(lane);
      done = done ? state_.drop_copy(lane.at.copy) : done;
      if (!done) {
        return done;
      }
    }
    while (true) {
      const auto more = state_.sweep_step();
      if (!more || !*more) {
        return more ? kv::result<void>{} : std::unexpected{more.error()};
      }
    }
  }

  kv::result<void> keep_undelivered(const lane_report& lane) {
    const auto view = state_.read();
    const auto boxes =
        view ? view->outboxes(lane.at.copy) : std::unexpected{kv::error{view.error()}};
    if (!boxes) {
      return std::unexpected{boxes.error()};
    }
    for (const auto& box : *boxes) {
      if (std::ranges::find(lane.waiting, box.of) == lane.waiting.end()) {
        continue;
      }
      for (std::uint32_t p = 0; p < box.row.parts; ++p) {
        if (auto kept = keep_part(*view, lane, box.of, p); !kept) {
          return kept;
        }
      }
    }
    return {};
  }

  kv::result<void> keep_part(const kv::snapshot& view, const lane_report& lane, control::attempt of,
                             std::uint32_t number) {
    const auto bytes = view.outbox_part(lane.at.copy, of, number);
    if (!bytes) {
      return std::unexpected{bytes.error()};
    }
    const auto part = decode_part(*bytes);
    if (!part) {
      return kv::fail(kv::errc::damaged, part.error());
    }
    const auto sink = folder_ / undelivered_folder / lane.at.shard.of;
    std::error_code ignored;
    fs::create_directories(sink, ignored);
    made_.undelivered_bytes += part->bytes.size();
    return kv::append_to_file(sink / name_of_part(lane.at.shard), part->bytes);
  }

  kv::node_state& state_;
  fs::path folder_;
  const restore_options& how_;
  base::identities& ids_;
  state_report report_;
  restored made_;
};

kv::result<restored> restore_in(const fs::path& folder, const restore_options& how,
                                base::identities& ids) {
  auto state = kv::node_state::open({.folder = folder, .new_id = {}});
  if (!state) {
    return std::unexpected{state.error()};
  }
  return restoration{**state, folder, how, ids}.run();
}

}  // namespace

kv::result<exported> export_state(kv::node_state& state, const fs::path& folder) {
  if (auto is_free = kv::check_is_free(folder); !is_free) {
    return std::unexpected{is_free.error()};
  }
  const auto log = follow_log(state);
  if (!log) {
    return std::unexpected{log.error()};
  }
  auto done = state.copy_to(folder);
  done = done ? check_sound(folder) : done;
  if (!done) {
    return std::unexpected{done.error()};
  }
  kv::forget_place(folder);
  const auto file = folder / kv::data_file_name;
  const auto sum = kv::sum_of_file(file);
  if (!sum) {
    return std::unexpected{sum.error()};
  }
  return exported{.of = state.id(),
                  .log = log->log.log() ? log->log.log()->log : control::log_id{},
                  .complete = log->log.stood_on(),
                  .bytes = fs::file_size(file),
                  .sum = *sum};
}

kv::result<restored> restore_state(const fs::path& data_file, const fs::path& target,
                                   const restore_options& how, base::identities& ids) {
  auto making = fs::absolute(target).lexically_normal();
  making = making.has_filename() ? making : making.parent_path();
  making += ".restoring";
  auto done = kv::check_is_free(target);
  done = done ? kv::make_anew(making) : done;
  done = done ? kv::copy_data_file(data_file, making) : done;
  done = done ? check_sound(making) : done;
  auto made = done ? restore_in(making, how, ids) : std::unexpected{done.error()};
  if (made) {
    kv::forget_place(making);
    // Opened once, it has the id of what it is beside it.
    const auto opened = kv::node_state::open({.folder = making, .new_id = {}});
    done = opened ? kv::result<void>{} : std::unexpected{opened.error()};
  }
  done = made && done ? check_sound(making) : done;
  done = made && done ? kv::move_folder(making, target) : done;
  if (made && !done) {
    made = std::unexpected{done.error()};
  }
  if (!made) {
    std::error_code ignored;
    fs::remove_all(making, ignored);
  }
  return made;
}

}  // namespace aisle::checkpoint
