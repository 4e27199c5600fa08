// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/io/errors.hpp"

namespace aisle::io {

/// Where one lane of a sink puts its bytes. Whoever repeats a delivery writes the same bytes in the
/// same place, so that a crash in between, or two of them, leave what one delivery would have left.
class lane_writer {
 public:
  virtual ~lane_writer() = default;
  /// Writes all of `bytes` at `offset`. After an error that can_be_retried some of them may stand
  /// there; the same call again puts that right. errc::too_short, which is fatal, when bytes before
  /// `offset` are missing.
  [[nodiscard]] virtual result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// The same, and from then on `mark` is the lane's mark, both or none; where none are kept, the
  /// same.
  [[nodiscard]] virtual result<void> write_marked(std::uint64_t offset, std::string_view bytes,
                                                  std::string_view /*mark*/) {
    return write_at(offset, bytes);
  }
  /// For lines that go out as they come, before the first: the offset at which the next one
  /// belongs, behind the last whole line. What a crash left of another one is gone.
  [[nodiscard]] virtual result<std::uint64_t> resume() { return 0; }
  [[nodiscard]] virtual bool keeps_marks() const { return false; }
  /// Nothing before the first.
  [[nodiscard]] virtual std::optional<std::string> mark() const { return std::nullopt; }
  /// Returns when everything written is safe. After errc::sync_failed, what was written since the
  /// last sync that succeeded has to be written again; until then every sync fails.
  [[nodiscard]] virtual result<void> sync() = 0;
};

/// `part-0000.ndjson`, `part-0001.ndjson`, …
[[nodiscard]] std::filesystem::path part_name(base::lane_id lane);

/// errc::too_long when the file of a lane has more than `end` bytes: what is delivered is complete,
/// and `end` is all that is, so the state that says so is older than its output.
[[nodiscard]] result<void> check_end(const std::filesystem::path& folder, base::lane_id lane,
                                     std::uint64_t end);

/// Opens the file of a lane in the sink's folder; folder and file are made when absent, and durable
/// when this returns. The file is never truncated: it may hold more than the lane has delivered,
/// from a delivery that a crash cut short, but if it has fewer than `delivered` bytes that is
/// errc::too_short. `on` must outlive the writer.
[[nodiscard]] result<std::unique_ptr<lane_writer>> open_lane(const std::filesystem::path& folder,
                                                             base::lane_id lane,
                                                             std::uint64_t delivered,
                                                             disk& on = real_disk());

}  // namespace aisle::io
