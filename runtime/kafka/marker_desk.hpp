// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "runtime/base/time.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/marker_reader.hpp"

namespace aisle::kafka {

/// Where the lanes of a state look for their markers, each behind its fence. All share one topic,
/// and at a start all ask at once: whoever asks while it is read waits for its end, and then one
/// reading answers all who wait. So a lane is answered by a reading that began after it had asked,
/// and had been fenced; what an earlier one found is never used again. Thread-safe.
class marker_desk {
 public:
  /// Reads the topic once, from its beginning to its end of this moment.
  using reading = std::function<result<marker_page>(base::duration at_most)>;

  explicit marker_desk(reading how) : read_{std::move(how)} {}

  /// Nothing when the lane has none. Waits `at_most` for a reading, and as long for the one that is
  /// under way before.
  [[nodiscard]] result<std::optional<lane_marker>> find(const lane_name& lane,
                                                        base::duration at_most);
  /// Who waits for a reading that has not begun.
  [[nodiscard]] std::size_t waiting() const;

 private:
  /// One reading, and who waits for it.
  struct round {
    std::size_t lanes = 0;
    std::optional<result<marker_page>> found;
  };

  reading read_;
  mutable std::mutex lock_;
  std::condition_variable changed_;
  bool is_reading_ = false;
  /// Has not begun: whoever asks now, waits for it.
  std::shared_ptr<round> next_;
};

/// The desk for all lanes of that state and topology.
[[nodiscard]] std::shared_ptr<marker_desk> make_marker_desk(marker_place from);

}  // namespace aisle::kafka
