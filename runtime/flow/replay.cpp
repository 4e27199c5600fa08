// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/replay.hpp"

#include <algorithm>

namespace aisle::flow {

bool replay::takes(base::partition_id own, base::offset at, base::event_time time) {
  auto& here = report_of(own, at);
  here.oldest = here.oldest.value_or(replay_report::place{at, time});
  if (!is_within(own, at, asked_.from - asked_.warm_up, time)) {
    return false;
  }
  here.first = here.first.value_or(replay_report::place{at, time});
  return true;
}

bool replay::takes_refused(base::partition_id own, base::offset at, base::event_time reached) {
  report_of(own, at);
  return is_within(own, at, asked_.from, reached);
}

replay_report::partition& replay::report_of(base::partition_id own, base::offset at) {
  auto& partitions = report_->partitions;
  partitions.resize(std::max<std::size_t>(partitions.size(), own.get() + 1));
  auto& here = partitions[own.get()];
  here.begins = here.begins.value_or(at);
  return here;
}

bool replay::is_within(base::partition_id own, base::offset at, base::event_time from,
                       base::event_time time) {
  const bool by_offset = own.get() < asked_.offsets.size();
  if (time < from || (by_offset && at < asked_.offsets[own.get()])) {
    ++report_->before;
    return false;
  }
  if (time >= asked_.to) {
    ++report_->after;
    return false;
  }
  return true;
}

}  // namespace aisle::flow
