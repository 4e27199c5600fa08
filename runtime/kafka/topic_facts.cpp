// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topic_facts.hpp"

#include <span>

#include <fmt/core.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {
namespace {

constexpr std::int64_t earliest = -2;
constexpr std::int64_t latest = -1;

int ms_of(base::duration time) { return static_cast<int>(time.count()); }

std::string name_of(const std::string& topic) { return fmt::format("Kafka topic \"{}\"", topic); }

std::unexpected<error> no_answer(client& with, const std::string& topic, error why) {
  with.poll();
  if (may_pass(why.code)) return std::unexpected{with.trouble().value_or(std::move(why))};
  if (why.code == errc::not_found) {
    return base::fail(errc::not_found,
                      fmt::format("there is no Kafka topic \"{}\", or it lacks a partition: create "
                                  "it, or mend its name",
                                  topic));
  }
  return std::unexpected{std::move(why)};
}

std::unexpected<error> no_answer(client& with, const std::string& topic, rd_kafka_resp_err_t code) {
  return no_answer(with, topic, failure(name_of(topic), code));
}

std::unexpected<error> no_offsets(client& with, const std::string& topic,
                                  rd_kafka_resp_err_t code) {
  return no_answer(with, topic, offsets_failure(name_of(topic), code));
}

result<std::vector<base::offset>> ask(client& with, const std::string& topic,
                                      std::uint32_t partitions, std::int64_t time,
                                      base::duration at_most) {
  const offsets_handle list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions))};
  for (std::uint32_t p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<std::int32_t>(p))
        ->offset = time;
  }
  const auto code = rd_kafka_offsets_for_times(with.handle(), list.get(), ms_of(at_most));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return no_offsets(with, topic, code);
  std::vector<base::offset> found(partitions);
  for (const auto& one : std::span{list->elems, static_cast<std::size_t>(list->cnt)}) {
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return no_offsets(with, topic, one.err);
    found.at(static_cast<std::size_t>(one.partition)) = base::offset{one.offset};
  }
  with.answered();
  return found;
}

}  // namespace

result<std::uint32_t> partitions_of(client& with, const std::string& topic,
                                    base::duration at_most) {
  const topic_handle named{rd_kafka_topic_new(with.handle(), topic.c_str(), nullptr)};
  if (!named) return no_answer(with, topic, rd_kafka_last_error());
  const rd_kafka_metadata_t* found = nullptr;
  const auto code = rd_kafka_metadata(with.handle(), 0, named.get(), &found, ms_of(at_most));
  const metadata_handle facts{found};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return no_answer(with, topic, code);
  if (facts->topic_cnt != 1) {
    return no_answer(with, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  }
  if (facts->topics->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return no_answer(with, topic, facts->topics->err);
  }
  with.answered();
  return static_cast<std::uint32_t>(facts->topics->partition_cnt);
}

result<std::vector<base::offset>> beginnings(client& with, const std::string& topic,
                                             std::uint32_t partitions, base::duration at_most) {
  return ask(with, topic, partitions, earliest, at_most);
}

result<std::vector<base::offset>> ends(client& with, const std::string& topic,
                                       std::uint32_t partitions, base::duration at_most) {
  return ask(with, topic, partitions, latest, at_most);
}

result<std::vector<base::offset>> offsets_at(client& with, const std::string& topic,
                                             std::uint32_t partitions, base::event_time time,
                                             base::duration at_most) {
  auto found = ask(with, topic, partitions, time.time_since_epoch().count(), at_most);
  if (!found) return found;
  const auto behind = ends(with, topic, partitions, at_most);
  if (!behind) return behind;
  for (std::size_t p = 0; p < found->size(); ++p) {
    if ((*found)[p] < base::offset{0}) (*found)[p] = (*behind)[p];
  }
  return found;
}

}  // namespace aisle::kafka
