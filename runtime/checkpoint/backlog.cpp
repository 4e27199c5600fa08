// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/backlog.hpp"

#include <algorithm>
#include <utility>

#include "runtime/checkpoint/leader.hpp"

namespace aisle::checkpoint {

backlog::backlog(std::vector<std::size_t> sink_of, std::size_t sinks, base::epoch from,
                 base::duration now)
    : sink_of_{std::move(sink_of)},
      delivered_(sink_of_.size()),
      sinks_(sinks, {.since = now}),
      complete_{from} {}

void backlog::completed(base::epoch n, base::duration now) {
  for (std::size_t s = 0; s < sinks_.size(); ++s) {
    if (waiting(s) == 0) {
      sinks_[s].since = now;
    }
  }
  complete_ = n;
}

void backlog::delivered(std::size_t lane, base::epoch to, base::duration now) {
  const auto sink = sink_of_[lane];
  const auto before = waiting(sink);
  delivered_[lane] = std::max(delivered_[lane], to);
  if (waiting(sink) < before) {
    sinks_[sink].since = now;
  }
}

std::uint64_t backlog::waiting(std::size_t sink) const {
  auto least = complete_;
  for (std::size_t l = 0; l < sink_of_.size(); ++l) {
    if (sink_of_[l] == sink) {
      least = std::min(least, delivered_[l]);
    }
  }
  return std::min<std::uint64_t>(complete_.get() - least.get(), leader::max_undelivered);
}

bool backlog::stands(std::size_t sink, base::duration now) const {
  return waiting(sink) > 0 && now - sinks_[sink].since >= standing_after;
}

backlog_news backlog::look(base::duration now) {
  bool any_stands = false;
  bool any_is_new = false;
  for (std::size_t s = 0; s < sinks_.size(); ++s) {
    const bool still = stands(s, now);
    any_is_new = any_is_new || (still && !sinks_[s].was_said);
    any_stands = any_stands || (still && sinks_[s].was_said);
  }
  backlog_news news;
  for (std::size_t s = 0; s < sinks_.size(); ++s) {
    auto& said = sinks_[s].was_said;
    if (any_is_new && !said && waiting(s) > 0) {
      said = true;
      news.stand.push_back(s);
    } else if (!any_is_new && !any_stands && said) {
      said = false;
      news.go_on.push_back(s);
    }
  }
  return news;
}

}  // namespace aisle::checkpoint
