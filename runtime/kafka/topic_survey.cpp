// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topic_survey.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/kafka/topic_facts.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

// What one question may take.
constexpr base::duration answer_max = std::chrono::seconds{5};
constexpr base::duration look_again_after{200};

void begin_at(std::vector<partition_place>& places, const std::vector<base::offset>& starts) {
  for (std::size_t p = 0; p < places.size(); ++p) {
    places[p].start = starts[p];
  }
}

result<void> begin_at_time(client& with, const topic_options& options,
                           std::vector<partition_place>& places) {
  const auto count = static_cast<std::uint32_t>(places.size());
  const auto found = offsets_at(with, options.topic, count, options.time, answer_max);
  if (!found) return std::unexpected{found.error()};
  begin_at(places, *found);
  return {};
}

result<void> begin_at_group(group_offsets& group, const topic_options& options,
                            std::vector<partition_place>& places) {
  const auto count = static_cast<std::uint32_t>(places.size());
  const auto kept = group.read(options.topic, count, answer_max);
  if (!kept) return std::unexpected{kept.error()};
  for (std::size_t p = 0; p < places.size(); ++p) {
    auto& place = places[p];
    place.start = std::max((*kept)[p].value_or(place.first), place.first);
  }
  return {};
}

result<void> begin_as_asked(client& with, group_offsets* group, const topic_options& options,
                            std::vector<partition_place>& places) {
  switch (options.start) {
    case start_at::latest:
      for (auto& place : places)
        place.start = place.end;
      break;
    case start_at::time:
      return begin_at_time(with, options, places);
    case start_at::group:
      if (group != nullptr) return begin_at_group(*group, options, places);
      return base::fail(errc::bad_setting, "`start: group` needs the group's name in `group:`");
    case start_at::earliest:
      break;
  }
  return {};
}

result<std::vector<partition_place>> look_around(client& with, group_offsets* group,
                                                 const topic_options& options) {
  const auto count = partitions_of(with, options.topic, answer_max);
  if (!count) return std::unexpected{count.error()};
  auto places = places_of(with, options.topic, *count);
  if (!places) return places;
  if (auto begun = begin_as_asked(with, group, options, *places); !begun) {
    return std::unexpected{std::move(begun.error())};
  }
  return places;
}

}  // namespace

result<std::vector<partition_place>> places_of(client& with, const std::string& topic,
                                               std::uint32_t partitions) {
  const auto first = beginnings(with, topic, partitions, answer_max);
  if (!first) return std::unexpected{first.error()};
  const auto end = ends(with, topic, partitions, answer_max);
  if (!end) return std::unexpected{end.error()};
  std::vector<partition_place> places(partitions);
  for (std::size_t p = 0; p < partitions; ++p) {
    places[p] = {.first = (*first)[p], .end = (*end)[p], .start = (*first)[p]};
  }
  return places;
}

result<std::vector<partition_place>> survey(client& with, group_offsets* group,
                                            const topic_options& options) {
  const auto until = steady::now() + options.patience;
  if (auto there = reach(with, options.patience); !there) {
    return std::unexpected{std::move(there.error())};
  }
  auto found = look_around(with, group, options);
  while (!found && may_pass(found.error().code) && steady::now() < until) {
    with.poll(look_again_after);
    found = look_around(with, group, options);
  }
  return found;
}

}  // namespace aisle::kafka
