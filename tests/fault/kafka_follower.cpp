// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/kafka_follower.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "runtime/flow/dead_letter.hpp"

namespace aisle::fault {
namespace {

using test_support::kafka_record;

constexpr std::chrono::seconds patience{60};

struct message_destroyer {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};

template <class Number>
Number number_of(const std::string& text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// What a consumer hears while brokers are away and come back; it goes on by itself.
bool passes(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<std::string> header_of(const kafka_record& record, std::string_view name) {
  const auto found = std::ranges::find(
      record.headers, name, [](const auto& header) { return std::string_view{header.first}; });
  return found == record.headers.end() ? std::nullopt : std::optional{found->second};
}

std::string line_of(const kafka_record& record) {
  const auto reason = header_of(record, "aisle_reason");
  const auto value = record.value.value_or("");
  if (!reason) return value;
  const auto text = [&](std::string_view name) { return header_of(record, name).value_or(""); };
  const auto source = text("aisle_source");
  const auto stage = text("aisle_stage");
  const auto field = text("aisle_field");
  const auto message = text("aisle_message");
  return flow::to_json(
      {.source = source,
       .partition = base::partition_id{number_of<std::uint32_t>(text("aisle_partition"))},
       .offset = base::offset{number_of<std::int64_t>(text("aisle_offset"))},
       .stage = stage,
       .reason = *reason,
       .field = field,
       .message = message,
       .original = value});
}

void header_laws::take(const std::string& sink, const kafka_record& record, findings& wrong) {
  const bool is_dead_letter = header_of(record, "aisle_reason").has_value();
  const auto id = header_of(record, "ce_id");
  if (!id && !is_dead_letter) wrong.add(sink + ": no ce_id: " + record.value.value_or(""));
  if (id && !ids_.insert(sink + " " + *id).second) {
    wrong.add(fmt::format("{}: the ce_id {} for the second time", sink, *id));
  }
  const auto place = header_of(record, "aisle-place");
  if (!place) {
    wrong.add(sink + ": no aisle-place: " + record.value.value_or(""));
    return;
  }
  take_place(*place, record.partition, wrong);
}

void header_laws::take_place(const std::string& text, std::int32_t partition, findings& wrong) {
  if (!places_.insert(text).second) wrong.add("for the second time: " + text);
  place now{};
  auto end = text.size();
  for (auto part = now.rbegin(); part != now.rend() && end != std::string::npos; ++part) {
    const auto slash = text.rfind('/', end - 1);
    *part = number_of<std::uint64_t>(text.substr(slash + 1, end - slash - 1));
    end = slash;
  }
  auto& last = last_[{text.substr(0, end), partition}];
  if (now <= last) wrong.add(fmt::format("{} behind epoch {} of its lane", text, last[1]));
  last = now;
}

kafka_follower::kafka_follower(const std::string& servers, std::map<std::string, std::string> sinks)
    : servers_{servers}, sinks_{std::move(sinks)} {
  const test_support::kafka_topics topics{servers};
  std::vector<partition_name> all;
  for (const auto& [topic, sink] : sinks_) {
    const auto count = topics.partitions(topic);
    REQUIRE_MESSAGE(count > 0, topic);
    for (int p = 0; p < count; ++p) {
      all.emplace_back(topic, p);
      seen_[all.back()];
    }
  }
  client_ = open(all);
}

test_support::kafka_handle kafka_follower::open(const std::vector<partition_name>& all) const {
  auto made = test_support::kafka_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", servers_},
                                                             {"group.id", "verifier"},
                                                             {"enable.auto.commit", "false"},
                                                             {"isolation.level", "read_committed"},
                                                             {"auto.offset.reset", "error"},
                                                             {"fetch.wait.max.ms", "20"},
                                                             {"reconnect.backoff.max.ms", "200"},
                                                             {"log_level", "0"}});
  const std::unique_ptr<rd_kafka_topic_partition_list_t,
                        decltype(&rd_kafka_topic_partition_list_destroy)>
      list{rd_kafka_topic_partition_list_new(static_cast<int>(all.size())),
           &rd_kafka_topic_partition_list_destroy};
  for (const auto& [topic, partition] : all) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  const auto error = rd_kafka_assign(made.get(), list.get());
  REQUIRE_MESSAGE(error == RD_KAFKA_RESP_ERR_NO_ERROR, std::string{rd_kafka_err2str(error)});
  return made;
}

kafka_follower::seen_record kafka_follower::digest_of(const kafka_record& record) {
  auto all = record.key.value_or("none") + '\0' + record.value.value_or("none");
  for (const auto& [name, value] : record.headers)
    all += '\0' + name + '=' + value;
  return {.offset = record.offset, .hash = std::hash<std::string>{}(all)};
}

std::optional<kafka_follower::record_in> kafka_follower::next(rd_kafka_s& from,
                                                              std::chrono::milliseconds within,
                                                              findings& wrong) {
  const std::unique_ptr<rd_kafka_message_t, message_destroyer> got{
      rd_kafka_consumer_poll(&from, static_cast<int>(within.count()))};
  if (!got) return std::nullopt;
  if (got->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (!passes(got->err)) {
      wrong.add(fmt::format("a consumer is told: {}", rd_kafka_message_errstr(got.get())));
    }
    return std::nullopt;
  }
  return record_in{.at = {rd_kafka_topic_name(got->rkt), got->partition},
                   .record = test_support::record_of(*got)};
}

void kafka_follower::look(result_laws& into, findings& wrong) {
  while (const auto got = next(*client_, std::chrono::milliseconds{0}, wrong)) {
    const auto& sink = sinks_.at(got->at.first);
    seen_.at(got->at).push_back(digest_of(got->record));
    headers_.take(sink, got->record, wrong);
    into.take(sink, line_of(got->record));
  }
}

void kafka_follower::look_back(findings& wrong) {
  std::map<partition_name, std::size_t> again;
  std::vector<partition_name> all;
  std::size_t left = 0;
  for (const auto& [name, seen] : seen_) {
    if (!seen.empty()) all.push_back(name);
    left += seen.size();
  }
  if (left == 0) return;
  // Another consumer, as assertions of librdkafka 2.0.2 fail when one is sent back to the start.
  const auto client = open(all);
  auto end = std::chrono::steady_clock::now() + patience;
  while (left > 0 && std::chrono::steady_clock::now() < end) {
    const auto got = next(*client, std::chrono::milliseconds{100}, wrong);
    if (!got) continue;
    const auto& seen = seen_.at(got->at);
    auto& number = again[got->at];
    if (number == seen.size()) continue;
    if (digest_of(got->record) != seen[number]) {
      wrong.add(fmt::format("{}/{}: offset {} had another record", got->at.first, got->at.second,
                            seen[number].offset));
    }
    ++number;
    --left;
    end = std::chrono::steady_clock::now() + patience;
  }
  if (left > 0) wrong.add(fmt::format("{} records that were read once are there no more", left));
}

}  // namespace aisle::fault
