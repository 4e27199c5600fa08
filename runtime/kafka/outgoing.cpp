// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/outgoing.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {
namespace {

rd_kafka_vu_t bytes_of(rd_kafka_vtype_t what, std::string_view bytes) {
  rd_kafka_vu_t made{};
  made.vtype = what;
  // librdkafka reads through this pointer only, and takes null for "none".
  made.u.mem.ptr = const_cast<char*>(bytes.data() == nullptr ? "" : bytes.data());
  made.u.mem.size = bytes.size();
  return made;
}

rd_kafka_vu_t number_of(rd_kafka_vtype_t what, int number) {
  rd_kafka_vu_t made{};
  made.vtype = what;
  what == RD_KAFKA_VTYPE_PARTITION ? void(made.u.i32 = number) : void(made.u.i = number);
  return made;
}

headers_handle headers_of(const outgoing& record) {
  if (record.headers.empty()) {
    return nullptr;
  }
  headers_handle made{rd_kafka_headers_new(record.headers.size())};
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(made.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return made;
}

}  // namespace

rd_kafka_error_s* hand_over(rd_kafka_s* to, const outgoing& record) {
  auto headers = headers_of(record);
  std::array<rd_kafka_vu_t, 7> fields{};
  std::size_t count = 0;
  fields[count].vtype = RD_KAFKA_VTYPE_TOPIC;
  fields[count++].u.cstr = record.topic.c_str();
  fields[count++] = bytes_of(RD_KAFKA_VTYPE_VALUE, record.value);
  fields[count++] = number_of(RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY);
  fields[count++] = record.key ? bytes_of(RD_KAFKA_VTYPE_KEY, *record.key)
                               : number_of(RD_KAFKA_VTYPE_PARTITION, record.partition);
  if (record.timestamp) {
    fields[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    fields[count++].u.i64 = record.timestamp->time_since_epoch().count();
  }
  if (headers) {
    fields[count].vtype = RD_KAFKA_VTYPE_HEADERS;
    fields[count++].u.headers = headers.get();
  }
  auto* const refused = rd_kafka_produceva(to, fields.data(), count);
  if (refused == nullptr) {
    // They belong to the record now.
    static_cast<void>(headers.release());
  }
  return refused;
}

std::size_t batch_bytes_of(const outgoing& record) {
  // https://kafka.apache.org/documentation/#recordbatch: 61 bytes of the batch, 7 lengths and
  // deltas of at most 5 or 10 bytes and a byte of attributes of the record.
  constexpr std::size_t around_a_record = 61 + 5 + 1 + 10 + 5 + 5 + 5 + 5;
  constexpr std::size_t around_a_header = 5 + 5;
  auto bytes = around_a_record + (record.key ? record.key->size() : 0) + record.value.size();
  for (const auto& [name, value] : record.headers) {
    bytes += around_a_header + name.size() + value.size();
  }
  return bytes;
}

std::optional<property> batch_setting(std::size_t topic_takes) {
  if (topic_takes >= batch_bytes_default) {
    return std::nullopt;
  }
  return property{"batch.size", secret{fmt::format("{}", std::max<std::size_t>(topic_takes, 1))}};
}

}  // namespace aisle::kafka
