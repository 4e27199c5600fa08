// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/sink_topics.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/topics.hpp"

namespace aisle::kafka {

sink_topics::sink_topics(sink_topic_settings how, std::string markers,
                         std::function<void(const std::string&)> tell)
    : how_{std::move(how)},
      markers_{std::move(markers)},
      undelivered_{how_.topic + "-undelivered"},
      tell_{std::move(tell)} {}

result<void> sink_topics::look(const settings& to, base::duration at_most) {
  auto with = client::open(purpose::administer, to);
  if (!with) {
    return std::unexpected{std::move(with.error())};
  }
  const auto mine = ensure_topic(**with,
                                 {.name = how_.topic,
                                  .use = topic_use::output,
                                  .partitions = how_.partitions,
                                  .create = how_.create},
                                 at_most);
  if (!mine) {
    return std::unexpected{mine.error()};
  }
  record_bytes_max_ = mine->facts.record_bytes_max();
  partitions_ = mine->facts.partitions;
  undelivered_is_there_ = false;
  say(mine->remarks);
  if (markers_.empty()) {
    return {};
  }
  const auto markers = ensure_topic(
      **with, {.name = markers_, .use = topic_use::markers, .partitions = 1, .create = how_.create},
      at_most);
  if (!markers) {
    return std::unexpected{markers.error()};
  }
  say(markers->remarks);
  return {};
}

result<outgoing> sink_topics::place(flow::framed_record& record, base::lane_id lane,
                                    const settings& to, base::duration at_most) {
  // A record without a key stays with its lane, and so in order.
  outgoing made{.topic = how_.topic,
                .key = record.key,
                .value = record.value,
                .headers = record.headers,
                .partition = static_cast<std::int32_t>(lane.get()) % partitions_};
  const auto bytes = batch_bytes_of(made);
  if (bytes <= record_bytes_max_) {
    return made;
  }
  const auto reason =
      fmt::format("{} bytes, and topic {} takes {}", bytes, how_.topic, record_bytes_max_);
  if (bytes > undelivered_bytes_max) {
    return base::fail(errc::too_large, fmt::format("a record has {}", reason));
  }
  if (!undelivered_is_there_) {
    auto with = client::open(purpose::administer, to);
    auto found = with ? ensure_topic(**with,
                                     {.name = undelivered_,
                                      .use = topic_use::undelivered,
                                      .partitions = 1,
                                      .create = how_.create},
                                     at_most)
                      : std::unexpected{with.error()};
    if (!found) {
      found.error().message = fmt::format("a record has {}; it should go to {}: {}", reason,
                                          undelivered_, found.error().message);
      return std::unexpected{std::move(found.error())};
    }
    say(found->remarks);
    undelivered_is_there_ = true;
  }
  say(
      {fmt::format("records that are too large for topic {} go to {}: raise max.message.bytes of "
                   "the topic, or read them there",
                   how_.topic, undelivered_)});
  record.headers.push_back({.name = "aisle-undelivered", .value = reason});
  return outgoing{.topic = undelivered_,
                  .key = record.key,
                  .value = record.value,
                  .headers = record.headers,
                  .partition = 0};
}

void sink_topics::say(const std::vector<std::string>& remarks) {
  for (const auto& one : remarks) {
    if (tell_ && std::ranges::find(said_, one) == said_.end()) {
      said_.push_back(one);
      tell_(one);
    }
  }
}

}  // namespace aisle::kafka
