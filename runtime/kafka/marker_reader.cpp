// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/marker_reader.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::int32_t the_partition = 0;
constexpr int slice_ms = 100;

int left_ms(steady::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 1));
}

struct log_span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

error trouble_of(const client& with, std::string_view doing, int code) {
  const auto trouble = with.trouble();
  return trouble ? *trouble : failure(doing, code);
}

/// With everything that is not committed yet.
result<log_span> span_of(const settings& to, const std::string& topic, steady::time_point until) {
  const std::vector<property> own{{"isolation.level", secret{"read_uncommitted"}}};
  auto with = client::open(purpose::administer, to, own);
  if (!with) {
    return std::unexpected{std::move(with.error())};
  }
  log_span found;
  const auto code = rd_kafka_query_watermark_offsets(
      (*with)->handle(), topic.c_str(), the_partition, &found.begin, &found.end, left_ms(until));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    (*with)->poll();
    return std::unexpected{trouble_of(**with, fmt::format("look for the end of {}", topic), code)};
  }
  return found;
}

/// Reads one partition without a group.
class partition_scan {
 public:
  partition_scan(client& with, const std::string& topic)
      : topic_{rd_kafka_topic_new(with.handle(), topic.c_str(), nullptr)} {}
  partition_scan(const partition_scan&) = delete;
  partition_scan& operator=(const partition_scan&) = delete;
  ~partition_scan() {
    if (runs_) {
      rd_kafka_consume_stop(topic_.get(), the_partition);
    }
  }

  [[nodiscard]] bool start() {
    runs_ = rd_kafka_consume_start(topic_.get(), the_partition, RD_KAFKA_OFFSET_BEGINNING) == 0;
    return runs_;
  }
  [[nodiscard]] message_handle next() {
    return message_handle{rd_kafka_consume(topic_.get(), the_partition, slice_ms)};
  }

 private:
  topic_handle topic_;
  bool runs_ = false;
};

std::string_view bytes_of(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), bytes == nullptr ? 0 : size};
}

/// The last marker under the key.
class marker_scan {
 public:
  explicit marker_scan(const lane_name& lane)
      : topic_{marker_topic(lane.topology)}, key_{marker_key(lane)} {}

  result<std::optional<lane_marker>> read(const settings& to, steady::time_point until) {
    const auto span = span_of(to, topic_, until);
    if (!span) {
      return std::unexpected{span.error()};
    }
    if (span->begin >= span->end) {
      return found_;
    }
    auto with = client::open(purpose::read, to);
    if (!with) {
      return std::unexpected{std::move(with.error())};
    }
    partition_scan scan{**with, topic_};
    if (!scan.start()) {
      return std::unexpected{
          trouble_of(**with, fmt::format("read {}", topic_), rd_kafka_last_error())};
    }
    while (at_ < span->end) {
      if (steady::now() >= until) {
        return base::fail(errc::timed_out,
                          fmt::format("topic {} was read to {} of {}: somebody has "
                                      "a transaction open there",
                                      topic_, at_, span->end));
      }
      if (const auto one = scan.next()) {
        if (auto taken = take(*one); !taken) {
          return std::unexpected{std::move(taken.error())};
        }
      }
      (*with)->poll();
    }
    return found_;
  }

 private:
  result<void> take(const rd_kafka_message_t& one) {
    if (one.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // Behind what is not shown as well: ends of transactions.
      at_ = one.offset;
      return {};
    }
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected{failure(fmt::format("read {}", topic_), one.err)};
    }
    at_ = one.offset + 1;
    if (bytes_of(one.key, one.key_len) != key_) {
      return {};
    }
    const auto text = bytes_of(one.payload, one.len);
    found_ = read_marker(text);
    if (!found_) {
      return base::fail(errc::corrupt,
                        fmt::format("what stands in {} under {} at {} is no marker: {}", topic_,
                                    key_, one.offset, text.substr(0, 80)));
    }
    return {};
  }

  std::string topic_;
  std::string key_;
  std::int64_t at_ = 0;
  std::optional<lane_marker> found_;
};

}  // namespace

result<std::optional<lane_marker>> find_marker(const settings& to, const lane_name& lane,
                                               base::duration at_most) {
  return marker_scan{lane}.read(to, steady::now() + at_most);
}

}  // namespace aisle::kafka
