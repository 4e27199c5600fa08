// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"

namespace aisle::flow {

/// What came of a replay at one source; to be read when the run is over.
struct replay_report {
  struct place {
    base::offset offset;
    base::event_time time;
  };
  /// One partition the source has of its own; files are one.
  struct partition {
    /// Where what is there begins. Beyond 0, older records have been removed.
    std::optional<base::offset> begins;
    /// The oldest record there is that could be decoded, taken or not.
    std::optional<place> oldest;
    /// The first that was taken.
    std::optional<place> first;
  };

  std::vector<partition> partitions;
  /// Records that were read and not taken: of a time before what was asked for, and behind it.
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

/// Which records of a source a replay takes. The others are read all the same: they move the
/// watermark and are remembered as repeats, so that what is taken is stamped `seen`, late and a
/// duplicate exactly where it was when everything was taken. They are in no count and no output.
class replay {
 public:
  /// Times are event times.
  struct range {
    /// What goes out: of [from, to).
    base::event_time from = base::beginning_of_time;
    base::event_time to = base::end_of_time;
    /// Records so much older than `from` are taken too, for what models learn of them.
    base::duration warm_up{0};
    /// By the source's own partition, the first offset that is taken. Where it says nothing, all.
    std::vector<base::offset> offsets;
  };

  explicit replay(range asked)
      : asked_{std::move(asked)}, report_{std::make_shared<replay_report>()} {}

  /// A record that was decoded.
  bool takes(base::partition_id own, base::offset at, base::event_time time);
  /// A record that was refused when the source was at `reached`: it has no time of its own.
  bool takes_refused(base::partition_id own, base::offset at, base::event_time reached);

  /// Outlives the replay where it is held.
  [[nodiscard]] std::shared_ptr<const replay_report> report() const { return report_; }

 private:
  replay_report::partition& report_of(base::partition_id own, base::offset at);
  bool is_within(base::partition_id own, base::offset at, base::event_time from,
                 base::event_time time);

  range asked_;
  std::shared_ptr<replay_report> report_;
};

}  // namespace aisle::flow
