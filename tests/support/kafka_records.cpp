// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kafka_records.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

namespace aisle::test_support {
namespace {

using steady = std::chrono::steady_clock;

constexpr int timeout_ms = 120'000;
constexpr int slice_ms = 100;
/// Without anything new; an answer to a commit may come this much before its mark is written.
constexpr std::chrono::seconds open_transaction_max{30};

struct message_destroyer {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using message = std::unique_ptr<rd_kafka_message_t, message_destroyer>;

void count_failure(rd_kafka_t*, const rd_kafka_message_t* told, void* failures) {
  if (told->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    static_cast<std::vector<std::string>*>(failures)->emplace_back(rd_kafka_err2str(told->err));
}

std::optional<std::string> bytes(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string{static_cast<const char*>(data), size};
}

rd_kafka_headers_t* headers_of(const kafka_record& record) {
  if (record.headers.empty()) return nullptr;
  auto* made = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(made, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return made;
}

rd_kafka_vu_t word(rd_kafka_vtype_t type) {
  rd_kafka_vu_t made{};
  made.vtype = type;
  return made;
}

rd_kafka_vu_t memory(rd_kafka_vtype_t type, const std::optional<std::string>& bytes) {
  auto made = word(type);
  // It only reads what it is asked to copy, whatever the type says.
  if (bytes) made.u.mem = {.ptr = const_cast<char*>(bytes->data()), .size = bytes->size()};
  return made;
}

void hand_over(rd_kafka_t* client, const std::string& topic, const kafka_record& record) {
  std::array words{word(RD_KAFKA_VTYPE_TOPIC),
                   word(RD_KAFKA_VTYPE_PARTITION),
                   word(RD_KAFKA_VTYPE_MSGFLAGS),
                   memory(RD_KAFKA_VTYPE_KEY, record.key),
                   memory(RD_KAFKA_VTYPE_VALUE, record.value),
                   word(RD_KAFKA_VTYPE_TIMESTAMP),
                   word(RD_KAFKA_VTYPE_HEADERS)};
  words[0].u.cstr = topic.c_str();
  words[1].u.i32 = record.partition;
  words[2].u.i = RD_KAFKA_MSG_F_COPY;
  words[5].u.i64 = record.timestamp;
  words[6].u.headers = headers_of(record);
  for (;;) {
    auto* error = rd_kafka_produceva(client, words.data(), words.size());
    if (error == nullptr) return;
    const auto code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    REQUIRE_MESSAGE(code == RD_KAFKA_RESP_ERR__QUEUE_FULL, std::string{rd_kafka_err2str(code)});
    rd_kafka_poll(client, 100);
  }
}

void assign_all(rd_kafka_t* client, const std::string& topic, int partitions) {
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  const auto error = rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  REQUIRE_MESSAGE(error == RD_KAFKA_RESP_ERR_NO_ERROR, std::string{rd_kafka_err2str(error)});
}

/// Of each partition, committed or not: a client is told by its isolation level.
std::vector<std::int64_t> written_ends(const std::string& servers, const std::string& topic) {
  const kafka_topics all{kafka_settings{
      {"bootstrap.servers", servers}, {"isolation.level", "read_uncommitted"}, {"log_level", "3"}}};
  std::vector<std::int64_t> ends(static_cast<std::size_t>(all.partitions(topic)));
  for (std::size_t p = 0; p < ends.size(); ++p)
    ends[p] = all.offsets(topic, static_cast<std::int32_t>(p)).end;
  return ends;
}

}  // namespace

kafka_record record_of(const rd_kafka_message_s& message) {
  kafka_record made{.key = bytes(message.key, message.key_len),
                    .value = bytes(message.payload, message.len),
                    .partition = message.partition,
                    .timestamp = rd_kafka_message_timestamp(&message, nullptr),
                    .offset = message.offset};
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return made;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    made.headers.emplace_back(name, bytes(value, size).value_or(""));
  }
  return made;
}

void append(const std::string& servers, const std::string& topic,
            const std::vector<kafka_record>& records, kafka_settings settings) {
  settings.emplace("bootstrap.servers", servers);
  settings.emplace("enable.idempotence", "true");
  std::vector<std::string> failures;
  const auto client =
      kafka_client(RD_KAFKA_PRODUCER, settings, {.delivery = count_failure, .opaque = &failures});
  for (const auto& record : records)
    hand_over(client.get(), topic, record);
  REQUIRE(rd_kafka_flush(client.get(), timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR);
  REQUIRE_MESSAGE(failures.empty(), failures.front());
}

std::vector<kafka_record> read_all(const std::string& servers, const std::string& topic,
                                   kafka_settings settings) {
  settings.emplace("bootstrap.servers", servers);
  settings.emplace("group.id", "read_all");
  settings.emplace("enable.auto.commit", "false");
  settings.emplace("enable.partition.eof", "true");
  settings.emplace("auto.offset.reset", "error");
  const auto ends = written_ends(servers, topic);
  REQUIRE_MESSAGE(!ends.empty(), "no such topic: " << topic);
  const auto client = kafka_client(RD_KAFKA_CONSUMER, settings);
  assign_all(client.get(), topic, static_cast<int>(ends.size()));

  std::vector<std::vector<kafka_record>> found(ends.size());
  // Where everything that is shown now was read; told again when more is shown.
  std::vector<std::int64_t> shown(ends.size(), -1);
  const auto is_read = [&] { return std::ranges::equal(shown, ends, std::greater_equal{}); };
  const auto waits = [&] { return std::ranges::find(shown, -1) == shown.end(); };
  auto moved = steady::now();
  while (!is_read()) {
    const message got{rd_kafka_consumer_poll(client.get(), slice_ms)};
    if (!got) {
      const auto since = steady::now() - moved;
      if (waits() && since > open_transaction_max) break;
      REQUIRE_MESSAGE(since < std::chrono::milliseconds{timeout_ms},
                      "nothing comes from " << topic);
      continue;
    }
    moved = steady::now();
    if (got->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      shown[static_cast<std::size_t>(got->partition)] = got->offset;
      continue;
    }
    REQUIRE_MESSAGE(got->err == RD_KAFKA_RESP_ERR_NO_ERROR,
                    std::string{rd_kafka_message_errstr(got.get())});
    found[static_cast<std::size_t>(got->partition)].push_back(record_of(*got));
  }
  std::vector<kafka_record> all;
  for (auto& of_partition : found)
    std::move(of_partition.begin(), of_partition.end(), std::back_inserter(all));
  return all;
}

}  // namespace aisle::test_support
