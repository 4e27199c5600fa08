// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/io/file_sink.hpp"
#include "runtime/io/webhook_post.hpp"
#include "runtime/io/webhook_settings.hpp"

namespace aisle::io {

/// One call of a webhook's lane posts no longer than this and the time-out of one attempt.
inline constexpr base::duration webhook_turn_max = std::chrono::seconds{5};
/// What is not out so long after a run was asked to stop is given up.
inline constexpr base::duration webhook_stop_grace = std::chrono::seconds{10};

/// What a webhook's lane has around it. All that is pointed to must outlive the lane.
struct webhook_surroundings {
  const base::clock* clock = &base::system_clock();
  disk* on = &real_disk();
  /// Set when the run is asked to stop.
  const std::atomic<bool>* stop_requested = nullptr;
  /// Told when a record is given up; called by the thread that writes. May be empty.
  std::function<void(const std::string&)> tell;
};

/// Opens a lane that posts each of its lines (without the line end, as application/json), one after
/// the other, at least once: `write_at` returns when all are out. A record that the receiver does
/// not want, or that was tried for too long, is a line of `undelivered-LANE.ndjson` in `folder`
/// before the next one goes out, so nothing is lost and nothing stands still for ever.
///
/// `write_at` never waits: when the next attempt is not due yet it fails with errc::write_failed,
/// and the same call again goes on where it stopped. Its first offset is where the lane begins.
///
/// Headers: `webhook-id` and `Idempotency-Key` (webhook_id), `webhook-timestamp`, and with a secret
/// `webhook-signature`. With an empty url nothing is posted and everything counts as delivered.
[[nodiscard]] result<std::unique_ptr<lane_writer>> open_webhook_lane(
    const webhook_settings& settings, const std::filesystem::path& folder, base::lane_id lane,
    const webhook_surroundings& around);
/// The same with a poster of one's own.
[[nodiscard]] result<std::unique_ptr<lane_writer>> open_webhook_lane(
    const webhook_settings& settings, const std::filesystem::path& folder, base::lane_id lane,
    const webhook_surroundings& around, std::unique_ptr<webhook_poster> poster);

/// The id of a record, the same on every run: a decision's own, otherwise a hash of its bytes.
[[nodiscard]] std::string webhook_id(std::string_view record);

}  // namespace aisle::io
