// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "runtime/base/time.hpp"

namespace aisle::flow {

/// How far sources may run ahead of the slowest in event time. Each tells how far it is; the answer
/// is one limit for all of them: a source beyond it is paused.
///
/// A source is where its slowest partition's watermark is, not where its newest record is: stages
/// give credit to whom they wait for, and that goes by watermarks. Measured otherwise, the one that
/// drift lets go on could be the one that gets no credit.
class drift {
 public:
  /// Without `at_most` there is no limit.
  drift(std::size_t sources, std::optional<base::duration> at_most)
      : at_most_{at_most}, sources_(sources) {}

  /// Where a source is; `has_more` is false while it has read all there is or has
  /// ended. The others do not wait for such a source: it would not come any further by it.
  void told(std::size_t source, base::event_time at, bool has_more) {
    sources_[source] = {.at = at, .has_more = has_more};
  }

  /// No source may be beyond this. The slowest never is, so something always moves.
  [[nodiscard]] base::event_time limit() const {
    auto slowest = base::end_of_time;
    for (const auto& source : sources_) {
      if (source.has_more) {
        slowest = std::min(slowest, source.at);
      }
    }
    const bool bounds = at_most_ && slowest != base::end_of_time;
    return bounds ? slowest + *at_most_ : base::end_of_time;
  }

 private:
  struct source {
    base::event_time at = base::beginning_of_time;
    bool has_more = true;
  };

  std::optional<base::duration> at_most_;
  std::vector<source> sources_;
};

}  // namespace aisle::flow
