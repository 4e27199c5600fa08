// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace aisle::cluster_sim {

/// Tempting simplifications. Each is a lie that the simulated surroundings tell the protocol
/// classes, or a step they leave out; the classes themselves are the ones that ship.
enum class mutation : std::uint8_t {
  none,
  /// A restart deletes prepared versions that the log does not show complete.
  delete_newer_at_restart,
  /// Versions found on the disk are taken for ones of the last generation.
  epoch_number_only,
  /// A restarted process has the incarnation of the one before it.
  keep_incarnation,
  /// A leader reads to the end first and fences then.
  read_then_fence,
  /// An append with an unknown result is taken for a failure and made again.
  unknown_append_failed,
  /// A record is shown before it is synced.
  show_before_sync,
  /// A copy says prepared before its commit is synced.
  acknowledge_before_sync,
  /// An epoch completes when the owners have prepared it.
  complete_on_owners,
  /// A copy takes a delta whatever it is based on.
  any_base,
  /// A prepared delta is written into the base at once.
  write_into_base,
  /// A message that is missing in a channel is not noticed.
  ignore_gap,
  /// A fill of a lane leaves out the outboxes that are not delivered yet.
  fill_tip_only,
  /// A copy forgets outboxes when their epoch is complete.
  trim_on_complete,
  /// The marker is read before the sink is fenced.
  marker_then_fence,
  /// A write with an unknown result is taken for not done, and done again.
  unknown_write_failed,
  /// A write with an unknown result is taken for done.
  unknown_write_done,
  /// After an unknown result the same producer goes on.
  reuse_producer,
  /// A database's marker is set whatever it was.
  plain_update,
  /// A file is cut off at the start offset of what is written.
  truncate_file,
  /// What is folded first is what the leader has heard of, not what the log says.
  fold_when_prepared,
};

inline constexpr std::array<std::pair<mutation, std::string_view>, 20> all_mutations{{
    {mutation::delete_newer_at_restart, "delete newer at restart"},
    {mutation::epoch_number_only, "epoch number only"},
    {mutation::keep_incarnation, "keep incarnation"},
    {mutation::read_then_fence, "read then fence"},
    {mutation::unknown_append_failed, "unknown append failed"},
    {mutation::show_before_sync, "show before sync"},
    {mutation::acknowledge_before_sync, "acknowledge before sync"},
    {mutation::complete_on_owners, "complete on owners"},
    {mutation::any_base, "any base"},
    {mutation::write_into_base, "write into base"},
    {mutation::ignore_gap, "ignore gap"},
    {mutation::fill_tip_only, "fill tip only"},
    {mutation::trim_on_complete, "trim on complete"},
    {mutation::marker_then_fence, "marker then fence"},
    {mutation::unknown_write_failed, "unknown write failed"},
    {mutation::unknown_write_done, "unknown write done"},
    {mutation::reuse_producer, "reuse producer"},
    {mutation::plain_update, "plain update"},
    {mutation::truncate_file, "truncate file"},
    {mutation::fold_when_prepared, "fold when prepared"},
}};

}  // namespace aisle::cluster_sim
