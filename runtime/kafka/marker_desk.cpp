// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/marker_desk.hpp"

#include <utility>

namespace aisle::kafka {

result<std::optional<lane_marker>> marker_desk::find(const lane_name& lane,
                                                     base::duration at_most) {
  std::unique_lock hold{lock_};
  if (!next_) {
    next_ = std::make_shared<round>();
  }
  const auto mine = next_;
  ++mine->lanes;
  changed_.wait(hold, [&] { return mine->found || !is_reading_; });
  if (!mine->found) {
    is_reading_ = true;
    next_.reset();
    hold.unlock();
    auto found = read_(at_most);
    hold.lock();
    is_reading_ = false;
    mine->found = std::move(found);
    changed_.notify_all();
  }
  const auto& page = *mine->found;
  if (!page) {
    return std::unexpected{page.error()};
  }
  return page->of(lane);
}

std::size_t marker_desk::waiting() const {
  const std::scoped_lock hold{lock_};
  return next_ ? next_->lanes : 0;
}

std::shared_ptr<marker_desk> make_marker_desk(marker_place from) {
  return std::make_shared<marker_desk>(
      [from = std::move(from)](base::duration at_most) { return read_markers(from, at_most); });
}

}  // namespace aisle::kafka
